import { rmSync } from "node:fs";
import { join } from "node:path";
import { docker } from "../../engine/docker";
import { eventually } from "./support/eventually";
import { underLoad } from "./support/load";
import type { Session } from "./support/mcp";
import { type Settings, type TestStack } from "./support/stack";
import { headersOf, TekUp } from "./support/tekup";

let tekup: TekUp;
let stack: TestStack;
let settings: Settings;
/** What a server and the gateway may send each other in a second. */
const bandwidthKiB = 256;
/** A file of which the quota has room for one. */
const largeBytes = 600_000;

beforeAll(async () => {
  tekup = await TekUp.up({
    environment: "staging",
    clients: { ide: {}, bot: {} },
    servers: {
      memory: {
        npm: "@modelcontextprotocol/server-memory@2026.8.31",
        environment: { MEMORY_FILE_PATH: "/data/memory.json" },
        data: true,
      },
      time: {
        pypi: "mcp-server-time==2026.10.19",
        args: ["--local-timezone", "Europe/Copenhagen"],
        process: "call",
      },
    },
    tls: { days: 10, renewDays: 2 },
    filesystem: { quotaMiB: 1 },
    services: { "mcp-filesystem": { bandwidthKiB } },
  });
  ({ stack, settings } = tekup);
});
afterAll(() => stack?.remove());

/** Whether a program in a service's container gets a connection. */
async function reaches(service: string, host: string, port: number): Promise<boolean> {
  const script = `
    const socket = require("node:net").connect({ host: "${host}", port: ${port}, timeout: 1500 });
    const end = (code) => process.exit(code);
    socket.on("connect", () => end(0)).on("error", () => end(1)).on("timeout", () => end(1));
  `;
  const command = ["exec", stack.containerName(service), "node", "-e", script];
  return docker(command).then(
    () => true,
    () => false,
  );
}

async function addressIn(service: string, network: string): Promise<string> {
  const { NetworkSettings } = await stack.container(service);
  return NetworkSettings.Networks[network]?.IPAddress ?? "";
}

describe("a server that settings name a package for", () => {
  it("is used like the others where it is from npm, and keeps what its volume holds", async () => {
    const entities = [{ name: "Ann", entityType: "person", observations: ["likes rye bread"] }];
    await tekup.as("ide", (session) => session.call("memory__create_entities", { entities }));
    await docker(["restart", stack.containerName("mcp-memory")]);
    // Another session, and so another process than the one that wrote it.
    await eventually(async () => {
      const found = await tekup.as("ide", (session) =>
        session.call("memory__search_nodes", { query: "bread" }),
      );
      expect(found.text).toContain("Ann");
    });
  });

  it("is used like the others where it is from PyPI, with its arguments", async () => {
    await tekup.as("ide", async (session) => {
      const at = { source_timezone: "UTC", time: "12:00", target_timezone: "Asia/Tokyo" };
      expect((await session.call("time__convert_time", at)).text).toContain("21:00");
    });
    const { Config } = await stack.container("mcp-time");
    expect(Config.Env).toContain('HOSTED_ARGUMENTS=["--local-timezone","Europe/Copenhagen"]');
  });

  it("is held as the others are: read-only, without root, limited, apart from the others", async () => {
    const { Config, HostConfig } = await stack.container("mcp-time");
    expect(Config.User).toBe("10001:10001");
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ["ALL"], Memory: 512 * 1024 * 1024 });
    expect(await reaches("mcp-gateway", "mcp-time", 8000)).toBe(true);
    expect(await reaches("mcp-time", "mcp-memory", 8000)).toBe(false);
  });

  it("is handed a secret that no preview shows", async () => {
    const secret = "correct-horse-battery";
    const path = "mcp:serverSecrets.time.TIME_API_KEY";
    const options = ["--secret", "--path", "--config-file", stack.configFile];
    expect(await stack.pulumi("config", "set", path, secret, ...options)).toMatchObject({ code: 0 });
    const preview = await stack.pulumi("preview", "--diff");
    expect(preview).toMatchObject({ code: 0 });
    expect(preview.output).toContain("mcp-time");
    expect(preview.output).not.toContain(secret);
    await stack.up();
    const { Config } = await stack.container("mcp-time");
    expect(Config.Env).toContain(`HOSTED_VARIABLE_TIME_API_KEY=${secret}`);
    const { code, output } = await stack.command("drift");
    expect({ code, output }).toMatchObject({ code: 0 });
  });
});

it("changes nothing when it is put up again, and drift finds nothing", async () => {
  const again = await stack.pulumi("preview", "--expect-no-changes");
  expect(again).toMatchObject({ code: 0 });
  const { code, output } = await stack.command("drift");
  expect({ code, output }).toMatchObject({ code: 0 });
});

it("has images with a version to hand on, of the same content as those that run", async () => {
  const tag = stack.name;
  const { output } = await stack.command("images", "--tag", tag);
  const names = output.split("\n").filter((line) => line.startsWith("tekup/"));
  try {
    expect(names).toContain(`tekup/mcp-gateway:${tag}`);
    const id = await docker(["image", "inspect", "--format", "{{.Id}}", `tekup/mcp-search:${tag}`]);
    expect(id.trim()).toBe((await stack.container("mcp-search")).Image);
    expect((await stack.command("images", "--tag", "not a tag")).output).toMatch(/--tag: "not a tag" is not/);
  } finally {
    await docker(["image", "rm", ...names]);
  }
});

describe("a server", () => {
  it("is reached by the gateway alone, and reaches neither the others nor the stack's own network", async () => {
    const network = `${stack.prefix}tekup-mcp-network`;
    expect(await reaches("mcp-gateway", "mcp-search", 3003)).toBe(true);
    const filesystem = await addressIn("mcp-filesystem", `${network}-filesystem`);
    expect(await reaches("mcp-gateway", filesystem, 3002)).toBe(true);
    const gateway = await addressIn("mcp-gateway", network);
    const reached = await Promise.all([
      reaches("mcp-search", filesystem, 3002),
      reaches("mcp-search", "mcp-filesystem", 3002),
      reaches("mcp-search", gateway, 3000),
    ]);
    expect(reached).toEqual([false, false, false]);
  });

  it("has no way out unless its setting says so", async () => {
    const isInternal = async (network: string) =>
      (await docker(["network", "inspect", "--format", "{{.Internal}}", `${stack.prefix}${network}`])).trim();
    expect(await isInternal("tekup-mcp-network-search")).toBe("true");
    expect(await isInternal("tekup-mcp-network")).toBe("false");
  });

  it("has the specification's limits", async () => {
    const { HostConfig } = await stack.container("mcp-search");
    expect(HostConfig).toMatchObject({ Memory: 1024 * 1024 * 1024, NanoCpus: 500_000_000, PidsLimit: 128 });
    expect(HostConfig.ReadonlyRootfs).toBe(true);
  });
});

describe("a limit holds when a server goes beyond it", () => {
  /** What a program in a server's container writes to its standard output; it may end as it likes. */
  const inside = (service: string, script: string) =>
    docker(["exec", stack.containerName(service), "node", "-e", script]);
  const stillHealthy = async (service: string) => {
    const { State } = await stack.container(service);
    expect(State).toMatchObject({ Status: "running", Health: { Status: "healthy" } });
  };

  it("of memory: what asks for more is ended, and the server stays", async () => {
    const { State: before } = await stack.container("mcp-filesystem");
    const greedy = "const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))";
    await expect(inside("mcp-filesystem", greedy)).rejects.toThrow(/exit code 137/);
    expect((await stack.container("mcp-filesystem")).State.StartedAt).toBe(before.StartedAt);
    await eventually(() => stillHealthy("mcp-filesystem"), 120);
  });

  it("of processes: there is none beyond the last", async () => {
    const script = `
      const { spawn } = require("node:child_process");
      const all = Array.from({ length: 300 }, () => spawn("sleep", ["30"]).on("error", () => undefined));
      const started = all.filter(({ pid }) => pid !== undefined);
      console.log(started.length);
      for (const child of started) child.kill("SIGKILL");`;
    const { HostConfig } = await stack.container("mcp-search");
    const started = Number(await inside("mcp-search", script));
    expect(started).toBeGreaterThan(10);
    expect(started).toBeLessThan(HostConfig.PidsLimit);
    await stillHealthy("mcp-search");
  });

  it("of processors: who keeps two busy gets the half of one", async () => {
    const script = `
      const { Worker } = require("node:worker_threads");
      const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 };
      const workers = [1, 2].map(() => new Worker("for (;;);", { eval: true }));
      setTimeout(() => {
        const [began, before] = [performance.now(), used()];
        setTimeout(() => {
          console.log((used() - before) / (performance.now() - began));
          process.exit();
        }, 3000);
      }, 500);`;
    const share = Number(await inside("mcp-search", script));
    expect(share).toBeLessThan(0.65);
  });

  it("of the disk: a quota for what it writes, a size for what is temporary, and nothing else at all", async () => {
    await tekup.as("ide", async (session) => {
      const content = "x".repeat(largeBytes);
      const write = (name: string) =>
        session.call("filesystem__write_file", { path: `/srv/workspace/${name}`, content });
      expect(await write("one")).toMatchObject({ isError: false });
      const refused = await write("two");
      expect(refused.isError).toBe(true);
      expect(refused.text).toMatch(/quota/i);
      await write("one");
    });
    const write = (path: string) =>
      inside("mcp-search", `require("fs").writeFileSync("${path}", Buffer.alloc(1 << 27))`);
    await expect(write("/tmp/large")).rejects.toThrow(/ENOSPC/);
    await expect(write("/app/large")).rejects.toThrow(/EROFS/);
    await inside("mcp-search", `require("fs").rmSync("/tmp/large")`);
  });

  it("of bandwidth: what is beyond it comes later", async () => {
    await tekup.as("ide", async (session) => {
      const read = () => session.call("filesystem__read_text_file", { path: "/srv/workspace/one" });
      const began = performance.now();
      const { length } = [await read(), await read()].map(({ text }) => text).join("");
      expect(length).toBeGreaterThanOrEqual(2 * largeBytes);
      // Of the last answer a part may be there at once.
      expect(performance.now() - began).toBeGreaterThan((largeBytes / 1024 / bandwidthKiB) * 1000);
    });
  });
});

describe("while the gateway runs", () => {
  const clients = (keys: string[]) => ({ ...settings, clients: { ide: { keys }, bot: {} } });

  it("a limit is set: a client that calls a tool too often is refused, and others are not", async () => {
    const most = 20;
    stack.configure({ ...settings, gateway: { callsPerToolPerMinute: most } });
    await stack.up();
    const call = (session: Session) => session.call("search__index_status", {});
    await tekup.as("ide", async (session) => {
      const refusals = async () => {
        const outcomes = await Promise.allSettled(Array.from({ length: most + 1 }, () => call(session)));
        return outcomes.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
      };
      await eventually(async () =>
        expect(await refusals()).toContainEqual(
          expect.stringMatching(`Too many calls of this tool: ${most} in 60 s`),
        ),
      );
      expect(await session.toolNames()).not.toEqual([]);
    });
    await tekup.as("bot", async (session) => expect(await call(session)).toMatchObject({ isError: false }));
  });

  it("a client's key is changed without a pause", async () => {
    const { State: before } = await stack.container("mcp-gateway");
    const old = await tekup.keyOf("ide");
    stack.configure(clients(["2", "1"]));
    await stack.up();
    const fresh = await tekup.keyOf("ide");
    expect(fresh).not.toBe(old);
    await eventually(() => tekup.toolNames(fresh));
    expect(await tekup.toolNames(old)).toContain("search__search_code");
    stack.configure(clients(["2"]));
    await stack.up();
    await eventually(() => expect(tekup.toolNames(old)).rejects.toThrow());
    expect(await tekup.toolNames(fresh)).toContain("search__search_code");
    expect((await stack.container("mcp-gateway")).State.StartedAt).toBe(before.StartedAt);
  });

  it("configuration that somebody changes by hand is seen by drift, and put back without a restart", async () => {
    const volume = `${stack.containerName("mcp-gateway")}-etc-mcp-gateway`;
    const { Image, State: before } = await stack.container("mcp-gateway");
    const edit = "echo 'requestsPerMinute: 1' >> /config/current/gateway.yaml";
    await docker([
      ...["run", "--rm", "--network", "none", "--user", "0:0", "--volume", `${volume}:/config`],
      ...["--entrypoint", "sh", Image, "-c", edit],
    ]);
    const { code, output } = await stack.command("drift");
    expect(code).toBe(2);
    expect(output).toMatch(/gateway\.yaml[\s\S]*differs from line/);
    expect(await stack.command("drift", "--fix")).toMatchObject({ code: 0 });
    expect((await stack.container("mcp-gateway")).State.StartedAt).toBe(before.StartedAt);
  });

  it("a server is scaled up and down, under load, and no call is lost", async () => {
    const others = ["mcp-search", "mcp-filesystem", "mcp-gateway"];
    const started = () =>
      Promise.all(others.map(async (name) => (await stack.container(name)).State.StartedAt));
    const before = await started();
    const load = await searching(await tekup.keyOf("ide"));
    try {
      await scaleSearch(3);
      // They are used: the gateway finds them by their name.
      for (const replica of ["mcp-search-2", "mcp-search-3"])
        await eventually(async () => expect(await calls(replica)).toBeGreaterThan(0));
      await scaleSearch(1);
      await load.more(50);
    } finally {
      await load.end();
    }
    const { failures, calls: made } = load;
    console.info(`scaled 1 to 3 to 1: ${made} calls, ${failures.length} failed`);
    expect(failures).toEqual([]);
    expect(await started()).toEqual(before);
  });

  const scaleSearch = async (replicas: number) => {
    const services = { ...(settings.services as object), "mcp-search": { replicas } };
    stack.configure({ ...clients(["2"]), services });
    await stack.up();
  };

  /** How many calls of a tool a replica has answered, as it counts them. */
  async function calls(replica: string): Promise<number> {
    const { body } = await askedBySearchsCallers("/metrics", { at: replica, certificate: true });
    const line = /^mcp_server_operation_duration_seconds_count\{.*tools\/call.*\} (\d+)$/m.exec(body);
    return Number(line?.[1] ?? 0);
  }
});

describe("between the gateway and a server", () => {
  const ask = (certificate: boolean) => askedBySearchsCallers("/metrics", { certificate });
  const serial = async () => (await ask(true)).serial;

  it("is TLS, and the server answers only whom the stack's authority knows", async () => {
    expect((await ask(true)).status).toBe(200);
    const refused = await ask(false);
    expect(refused.status).toBe(401);
    expect(refused.body).toContain("certificate");
    const key = ["exec", stack.containerName("mcp-search"), "stat", "--dereference", "--format", "%a %u"];
    expect((await docker([...key, "/etc/mcp-tls/current/key.pem"])).trim()).toBe("400 10001");
  });

  it("certificates are renewed in time, and the authority is changed, under load; no call is lost", async () => {
    const services = ["mcp-gateway", "mcp-search", "mcp-browser", "mcp-filesystem"];
    const started = () =>
      Promise.all(services.map(async (name) => (await stack.container(name)).State.StartedAt));
    const before = await started();
    const serials = [await serial()];
    const load = await searching(await tekup.keyOf("ide"));
    try {
      // Those that there are have 10 days left.
      for (const tls of [{}, { rotation: "2" }]) {
        settings = { ...settings, clients: { ide: { keys: ["2"] }, bot: {} }, tls };
        stack.configure(settings);
        await stack.up();
        await eventually(async () => expect(serials).not.toContain(await serial()));
        serials.push(await serial());
        await load.more(20);
      }
    } finally {
      await load.end();
    }
    console.info(`certificates made anew twice: ${load.calls} calls, ${load.failures.length} failed`);
    expect(load.failures).toEqual([]);
    expect(await started()).toEqual(before);
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
  });
});

it("serves with several workers where it is told to, with the keys that there are", async () => {
  settings = { ...settings, gateway: { workers: 2 } };
  stack.configure(settings);
  await stack.up();
  const load = await searching(await tekup.keyOf("ide"));
  await load.more(20);
  await load.end();
  expect(load.failures).toEqual([]);
  const { output } = await stack.command("logs", "mcp-gateway", "--since", "2m");
  expect(new Set(output.match(/"worker":\d+/g))).toEqual(new Set(['"worker":1', '"worker":2']));
});

it("is not begun with more processors than there are: nothing is changed, and the setting is named", async () => {
  const before = await stack.container("mcp-search");
  stack.configure({
    ...settings,
    services: { ...(settings.services as object), "mcp-search": { cpus: 200 } },
  });
  const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
  expect(code).not.toBe(0);
  expect(output).toMatch(/mcp:services\.mcp-search\.cpus.*200[\s\S]*is more than the \d+ processors?/);
  expect((await stack.container("mcp-search")).Id).toBe(before.Id);
  stack.configure(settings);
});

it("is rebuilt from what runs where its state is lost; only keys and certificates are new", async () => {
  const services = ["mcp-gateway", "mcp-search", "mcp-browser", "mcp-filesystem"];
  const ids = () => Promise.all(services.map(async (name) => (await stack.container(name)).Id));
  const [before, old] = [await ids(), await tekup.keyOf("ide")];
  rmSync(join(stack.folder, ".pulumi"), { recursive: true });
  const repaired = await stack.command("repair", "--yes");
  expect(repaired).toMatchObject({ code: 0 });
  expect(repaired.output).toContain("new keys of clients");
  await stack.up();
  expect(await ids()).toEqual(before);
  const fresh = await tekup.keyOf("ide");
  expect(fresh).not.toBe(old);
  await eventually(async () => expect(await tekup.toolNames(fresh)).toContain("search__search_code"));
  await expect(tekup.toolNames(old)).rejects.toThrow();
  expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
});

/** What the search server answers to a program in the gateway's container, on a connection of its own. */
async function askedBySearchsCallers(
  path: string,
  { at = "mcp-search", certificate }: { at?: string; certificate: boolean },
): Promise<{ status: number; body: string; serial: string }> {
  const host = await addressIn(at, `${tekup.network}-search`);
  const script = `
    const read = (name) => require("node:fs").readFileSync("/etc/mcp-tls/current/" + name + ".pem");
    const own = ${certificate} ? { cert: read("cert"), key: read("key") } : {};
    const to = { host: "${host}", port: 3003, path: "${path}", servername: "mcp-search", ca: read("ca"), ...own };
    require("node:https").get({ ...to, agent: false }, async (response) => {
      const { serialNumber: serial } = response.socket.getPeerCertificate();
      let body = "";
      for await (const chunk of response) body += chunk;
      console.log(JSON.stringify({ status: response.statusCode, body, serial }));
    });`;
  const answer = await docker(["exec", stack.containerName("mcp-gateway"), "node", "-e", script]);
  return JSON.parse(answer) as { status: number; body: string; serial: string };
}

/** Clients that search, one call after the other. */
const searching = (key: string) =>
  underLoad({
    url: tekup.url,
    headers: headersOf(key),
    calls: [(session) => session.call("search__search_code", { pattern: "needle" })],
  });
