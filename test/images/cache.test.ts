import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { docker } from "../../engine/docker";
import { ensureImage, imageKey, type ImageRequest, prepareImages } from "../../imaging";
import { tiny } from "./tiny/recipe";

const root = path.resolve(__dirname, "../..");
const base = `mcptest-${randomBytes(4).toString("hex")}/debian:test`;
/** An image whose key no other run has, built in seconds, without a registry: on a base of the engine. */
const request: ImageRequest = { image: tiny, source: "registry", bases: { debian13: base } };
const name = `${tiny}-${imageKey(request)}`;

let cache: string;
let lines: string[];
const bring = () => ensureImage(request, { log: (line) => lines.push(line) });
const archive = () => path.join(cache, "images", `${name}.tar`);

/** Everything of this image that the engine has, unfinished parts included. */
const inEngine = async () => {
  const filter = ["--filter", `label=dev.mcp.build=${name}`];
  return (await docker(["image", "ls", "--all", "--quiet", "--no-trunc", ...filter]))
    .split("\n")
    .filter(Boolean);
};

beforeAll(async () => {
  const id = await ensureImage({ image: "debian13", source: "build" }, { log: () => undefined });
  await docker(["image", "tag", id, base]);
}, 600_000);
beforeEach(() => {
  lines = [];
  cache = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-cache-"));
  process.env["MCP_CACHE"] = cache;
});
afterEach(async () => {
  for (const id of await inEngine()) await docker(["image", "rm", id]).catch(() => undefined);
  delete process.env["MCP_CACHE"];
  fs.rmSync(cache, { recursive: true });
});
afterAll(() => docker(["image", "rm", base]));

test("an image is made once, and leaves nothing but itself in the engine", async () => {
  const id = await bring();
  expect(await inEngine()).toEqual([id]);
  expect(lines.join("\n")).toMatch(/building tiny[\s\S]*keeping tiny/);
  lines = [];
  await expect(bring()).resolves.toBe(id);
  expect(lines).toEqual([]);
});

test("an image that has gone from the engine comes back from the cache, the very same", async () => {
  const id = await bring();
  await docker(["image", "rm", id]);
  lines = [];
  await expect(bring()).resolves.toBe(id);
  expect(lines[0]).toMatch(/^loading tiny-/);
});

test("an archive that was cut short is noticed, said, and made again", async () => {
  await docker(["image", "rm", await bring()]);
  fs.truncateSync(archive(), 1_000_000);
  lines = [];
  const id = await bring();
  expect(lines.join("\n")).toMatch(/is damaged \(it has 1000000 bytes instead of \d+\); it is made again/);
  expect(await inEngine()).toEqual([id]);
});

test("a cache that was lost takes over what the engine still has", async () => {
  const id = await bring();
  fs.rmSync(path.join(cache, "images"), { recursive: true });
  await expect(bring()).resolves.toBe(id);
  expect(fs.existsSync(archive())).toBe(true);
});

test("prepared images are in the cache, and the engine is as it was", async () => {
  await prepareImages([request, request], { log: (line) => lines.push(line) });
  expect(await inEngine()).toEqual([]);
  expect(fs.existsSync(archive())).toBe(true);
  expect(lines.filter((line) => line.startsWith("building"))).toHaveLength(1);
});

test("several processes make it once: who comes late waits, and says for whom", async () => {
  const outputs = await Promise.all([runBring().output, runBring().output, runBring().output]);
  const ids = outputs.map((output) => /^id (.*)$/m.exec(output)?.[1]);
  expect(new Set(ids).size).toBe(1);
  expect(outputs.filter((output) => output.includes("building tiny"))).toHaveLength(1);
  expect(await inEngine()).toEqual([ids[0]]);
});

test.each(["building", "keeping"])("a process killed while %s is not noticed by the next", async (moment) => {
  const { child, output } = runBring((text, process) => {
    if (text.includes(`${moment} tiny`)) process.kill("SIGKILL");
  });
  const said = await output;
  expect(`${child.signalCode}: ${said}`).toMatch(/^SIGKILL/);
  expect(fs.existsSync(archive())).toBe(false);
  const id = await bring();
  expect(await inEngine()).toEqual([id]);
  expect(fs.readdirSync(path.join(cache, "scratch"))).toEqual([]);
  expect(fs.readdirSync(path.join(cache, "locks"))).toEqual([]);
});

/** Runs `bring` in a process of its own. */
function runBring(watch: (text: string, child: ChildProcess) => void = () => undefined) {
  const script = path.join(__dirname, "bring.ts");
  const args = ["--require", "./loader/register.cjs", script, JSON.stringify(request)];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env }, // jest keeps a copy of its own, which a child does not get by itself
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
    watch(text, child);
  });
  return { child, output: once(child, "close").then(() => text) };
}
