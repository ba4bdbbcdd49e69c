import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { askEngine, followEngine } from "../../../engine/api";
import { DockerError } from "../../../engine/docker";
import { engineSocket } from "../../../engine/endpoint";
import { inspect, inspectExisting } from "../../../engine/inspect";
import { FakeEngine, json } from "./fake-engine";

let engine: FakeEngine;
beforeEach(async () => {
  engine = new FakeEngine((asked, answer) =>
    asked.url?.includes("gone")
      ? json(answer, 404, { message: "No such container: gone" })
      : json(answer, 200, { Name: asked.url }),
  );
  await engine.start();
});
afterEach(() => engine.stop());

describe("objects of the engine", () => {
  const names = Array.from({ length: 40 }, (_, index) => `c${index}`);

  it("are found by name, and those that are not there are left out", async () => {
    expect(await inspectExisting("container", ["a", "gone", "b"])).toEqual([
      { Name: "/containers/a/json" },
      { Name: "/containers/b/json" },
    ]);
    expect(await inspect("image", "mcp-dev/postgres:key")).toEqual({
      Name: "/images/mcp-dev/postgres:key/json",
    });
    expect(await inspect("volume", "gone")).toBeUndefined();
  });

  it("are asked for over connections that are kept", async () => {
    for (const name of names) await inspect("container", name);
    expect(engine.asked).toHaveLength(names.length);
    expect(engine.connections).toBe(1);
  });

  it("are asked for on an engine elsewhere through few processes of the CLI", async () => {
    engine.beFarAway();
    expect(await inspectExisting("container", names)).toHaveLength(names.length);
    expect(new Set(engine.calls())).toEqual(new Set(["system dial-stdio"]));
    expect(engine.calls().length).toBeLessThanOrEqual(4);
  });

  it("are not said to be gone where the engine can't be asked", async () => {
    engine.respond = (_, answer) => json(answer, 500, { message: "is on fire" });
    await expect(inspect("container", "a")).rejects.toThrow(/500 .*: is on fire/);
    process.env.DOCKER_HOST = "unix:///nowhere/docker.sock";
    await expect(inspect("container", "a")).rejects.toMatchObject({
      name: "DockerError",
      stderr: expect.stringContaining("Cannot connect to the Docker daemon at unix:///nowhere") as string,
    });
  });
});

describe("an engine elsewhere", () => {
  it("is asked anew where the CLI that carried a kept connection has just ended", async () => {
    engine.beFarAway();
    for (let turn = 0; turn < 20; turn += 1) {
      await askEngine("/info");
      engine.endCarriers();
      // From the very moment on to when all is known to have ended.
      await sleep(turn / 2);
      expect(await askEngine("/info")).toEqual({ Name: "/info" });
    }
  });

  it("is said to be away in the CLI's words", async () => {
    engine.beFarAway('console.error("ssh: no route to host"); process.exit(1);');
    const failed = await askEngine("/info").catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DockerError);
    expect(failed).toMatchObject({ exitCode: 1, stderr: "ssh: no route to host\n" });
  });

  it("tells what goes on until it is ended", async () => {
    engine.beFarAway();
    engine.respond = (_, answer) => void answer.writeHead(200).write('{"one":1}\n{"two":2}\n');
    const ended = new AbortController();
    const lines: string[] = [];
    const following = followEngine("/events", (line) => lines.push(line) === 2 && ended.abort(), {
      signal: ended.signal,
    });
    await expect(following).rejects.toThrow(/abort/);
    expect(lines).toEqual(['{"one":1}', '{"two":2}']);
  });
});

it("asks once more where the engine has closed the connection in the meantime", async () => {
  engine.respond = (asked, answer) =>
    engine.asked.length === 2 ? asked.socket.destroy() : json(answer, 200, {});
  await askEngine("/info");
  expect(await askEngine("/info")).toEqual({});
  expect(engine.connections).toBe(2);
});

describe("which socket is the engine's", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "docker-config-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  function context(name: string, host: string) {
    const below = join(folder, "contexts", "meta", createHash("sha256").update(name).digest("hex"));
    mkdirSync(below, { recursive: true });
    writeFileSync(join(below, "meta.json"), JSON.stringify({ Endpoints: { docker: { Host: host } } }));
  }
  const choose = (name: string) =>
    writeFileSync(join(folder, "config.json"), JSON.stringify({ currentContext: name }));
  const found = (env: NodeJS.ProcessEnv = {}) => engineSocket({ DOCKER_CONFIG: folder, ...env });

  it("is the usual one, or that of the context that was chosen", () => {
    expect(found()).toBe("/var/run/docker.sock");
    context("rootless", "unix:///run/user/1000/docker.sock");
    choose("rootless");
    expect(found()).toBe("/run/user/1000/docker.sock");
    expect(found({ DOCKER_CONTEXT: "default" })).toBe("/var/run/docker.sock");
    expect(found({ DOCKER_HOST: "unix:///other.sock" })).toBe("/other.sock");
  });

  it("is left to the CLI where it is none, or can't be told", () => {
    context("server", "ssh://server");
    expect(found({ DOCKER_CONTEXT: "server" })).toBeUndefined();
    expect(found({ DOCKER_CONTEXT: "unknown" })).toBeUndefined();
    expect(found({ DOCKER_HOST: "tcp://10.0.0.1:2376" })).toBeUndefined();
    writeFileSync(join(folder, "config.json"), "{");
    expect(found()).toBeUndefined();
  });
});
