import { type ChildProcess, execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "../../../test/engine/support/ports";
import { type Fixture, serveFixture } from "./fixture/serve";
import { toolbox } from "./fixture/toolbox";
import { eventually, gatewayFor } from "./support";

/** Python with the official SDK; see test/services. */
const python = process.env.TEST_PYTHON ?? "python3";
const script = (name: string) => join(__dirname, "fixture", name);

let modern: Fixture;
let legacy: Fixture;
let server: ChildProcess;
let gateway: Awaited<ReturnType<typeof gatewayFor>>;

beforeAll(async () => {
  modern = await serveFixture((serving) => toolbox("new", serving), "modern");
  legacy = await serveFixture((serving) => toolbox("old", serving), "legacy");
  const port = await freePort();
  server = spawn(python, [script("server.py"), String(port)], { stdio: ["pipe", "ignore", "ignore"] });
  gateway = await gatewayFor({ new: modern.url, old: legacy.url, py: `http://127.0.0.1:${port}` });
  await eventually(async () => {
    const { ready, checks } = (await (await fetch(gateway.url("/health"))).json()) as {
      ready: boolean;
      checks: Record<string, { ok: boolean }>;
    };
    return ready && (await answers(port)) && checks.py?.ok === true;
  });
});

afterAll(async () => {
  server.stdin?.end();
  await gateway.stop();
  await Promise.all([modern.close(), legacy.close()]);
});

it.each(["2026-07-28", "legacy"])(
  "clients of the Python SDK use every server in its mode %s",
  async (mode) => {
    const servers = { new: ["echo", "ask", "sample"], old: ["echo", "ask", "sample"], py: ["echo"] };
    const { stdout } = await promisify(execFile)(python, [
      script("client.py"),
      gateway.url(""),
      mode,
      JSON.stringify(servers),
    ]);
    const own = (name: string) => [`${name}: hi`, `${name} met Ada`, `${name} heard hello`, `${name} one`];
    const expected = { new: own("new"), old: own("old"), py: ["py: hi", "py one"] };
    expect(JSON.parse(stdout)).toEqual({ whole: expected, parts: expected });
  },
);

/** Whether somebody listens at a port. */
function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}
