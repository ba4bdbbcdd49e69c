import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askEngine } from "../../../engine/api";

/** Stands for the CLI: carries its standard streams to the socket, and notes each start. */
const cli = (folder: string) => `#!${process.execPath}
require("node:fs").appendFileSync(${JSON.stringify(join(folder, "starts"))}, "x");
if (process.env.DOCKER_HOST === "nowhere") { process.stderr.write("no engine there\\n"); process.exit(1); }
const socket = require("node:net").connect(${JSON.stringify(join(folder, "engine.sock"))});
process.stdin.pipe(socket).pipe(process.stdout);
socket.on("close", () => process.exit(0));
`;

describe("askEngine", () => {
  const { PATH, DOCKER_HOST } = process.env;
  let folder: string;
  let server: Server;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "engine-api-"));
    writeFileSync(join(folder, "docker"), cli(folder));
    chmodSync(join(folder, "docker"), 0o755);
    // By name, so that no test gets a connection of another's.
    Object.assign(process.env, { PATH: `${folder}:${PATH}`, DOCKER_HOST: folder });
    await listen();
  });

  afterEach(async () => {
    await end();
    rmSync(folder, { recursive: true });
    process.env.PATH = PATH;
    if (DOCKER_HOST === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = DOCKER_HOST;
  });

  async function listen() {
    server = createServer(({ url }, response) => {
      response.statusCode = url === "/none" ? 404 : 200;
      response.end(JSON.stringify({ url }));
    });
    await new Promise<void>((done) => server.listen(join(folder, "engine.sock"), done));
  }

  const end = () =>
    new Promise((done) => {
      server.close(done);
      server.closeAllConnections();
    });

  const starts = () => readFileSync(join(folder, "starts"), "utf8").length;

  it("asks one question after the other over one connection", async () => {
    for (const url of ["/one", "/two", "/three"]) expect(await askEngine(url)).toEqual({ url });
    expect(starts()).toBe(1);
  });

  it("says what the engine refuses, and asks on", async () => {
    await expect(askEngine("/none")).rejects.toThrow('The engine answers 404 to /none: {"url":"/none"}');
    expect(await askEngine("/one")).toEqual({ url: "/one" });
    expect(starts()).toBe(1);
  });

  it("connects anew where the engine was restarted meanwhile", async () => {
    await askEngine("/one");
    await end();
    await listen();
    expect(await askEngine("/two")).toEqual({ url: "/two" });
    expect(starts()).toBe(2);
  });

  it("gives the CLI's words where it reaches no engine", async () => {
    process.env.DOCKER_HOST = "nowhere";
    await expect(askEngine("/one")).rejects.toThrow("no engine there");
  });
});
