import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { docker } from "../../engine/docker";
import { collectEvents, type EngineEvent } from "./support/events";
import { freePort } from "./support/ports";
import { overHttp, overStdio } from "./support/mcp";
import { TestStack } from "./support/stack";

const databases = ["postgres-db", "mariadb"];
const servers = ["postgres-mcp", "mariadb-mcp", "python-experimental"];
const all = [...databases, ...servers];

let stack: TestStack;
let port: number;
let events: EngineEvent[];

interface Outputs {
  servers: Record<string, { http: string; stdio: string; published?: string }>;
}
let outputs: Outputs;

const settings = (publish: number) => ({
  services: { "postgres-mcp": { access: "owner", publish }, "mariadb-mcp": { access: "owner" } },
});

beforeAll(async () => {
  port = await freePort();
  stack = await TestStack.create(settings(port));
  const collected = await collectEvents(stack.name);
  await stack.up();
  events = collected.stop();
  outputs = JSON.parse((await stack.pulumi("stack", "output", "--json")).output) as Outputs;
});

afterAll(() => stack.remove());

const endpoint = (server: string) => {
  const found = outputs.servers[server];
  if (!found) throw new Error(`no ${server} among the outputs`);
  return found;
};

/** When the engine first saw an event of a service's container. */
function first(service: string, what: Partial<EngineEvent>): bigint {
  const event = events.find(
    (found) =>
      found.container === stack.containerName(service) &&
      Object.entries(what).every(([key, value]) => found[key as keyof EngineEvent] === value),
  );
  if (!event) throw new Error(`no ${JSON.stringify(what)} of ${service} among ${events.length} events`);
  return event.nanoseconds;
}

describe("a cluster that is up", () => {
  it.each(all)("has %s healthy at its address, found by name", async (service) => {
    const { State, NetworkSettings } = await stack.container(service);
    expect(State.Health?.Status).toBe("healthy");
    const [network] = Object.values(NetworkSettings.Networks);
    expect(Object.keys(NetworkSettings.Networks)).toEqual([`${stack.prefix}mcp-cluster`]);
    const offsets: Record<string, number> = {
      "postgres-db": 20,
      mariadb: 21,
      "postgres-mcp": 30,
      "mariadb-mcp": 31,
    };
    expect(network?.IPAddress).toBe(stack.address(offsets[service] ?? 32));
    const found = await docker(["exec", stack.containerName("postgres-mcp"), "getent", "hosts", service]);
    expect(found).toContain(network?.IPAddress);
  });

  it.each([
    ["postgres-mcp", "postgres-db"],
    ["mariadb-mcp", "mariadb"],
    ["python-experimental", "postgres-db"],
    ["python-experimental", "mariadb"],
  ])("started %s after the health check of %s had passed, by the engine's own clock", (server, database) => {
    const answered = first(database, { action: "exec_die", exitCode: 0 });
    expect(first(server, { action: "start" })).toBeGreaterThan(answered);
  });

  it.each(all)(
    "runs %s without root, privileges, a writable root or unbounded resources",
    async (service) => {
      const { Config, HostConfig } = await stack.container(service);
      expect(Config.User).toMatch(/^[1-9]/);
      expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, Privileged: false, CapDrop: ["ALL"] });
      expect(HostConfig.SecurityOpt).toContain("no-new-privileges:true");
      expect(HostConfig.Memory).toBeGreaterThan(0);
      expect(HostConfig.MemorySwap).toBe(HostConfig.Memory);
      expect(HostConfig.PidsLimit).toBeGreaterThan(0);
      expect(HostConfig.RestartPolicy.Name).toBe("unless-stopped");
      const status = await docker(["exec", stack.containerName(service), "cat", "/proc/1/status"]);
      expect(status).toMatch(/^CapEff:\s+0+$/m);
      expect(status).not.toMatch(/^Uid:\s+0\s/m);
    },
  );

  it("publishes only what a setting asks for, on the loopback", async () => {
    const published = await Promise.all(
      all.map(async (name) => (await stack.container(name)).HostConfig.PortBindings),
    );
    expect(published.flatMap((ports) => Object.values(ports ?? {}).flat())).toEqual([
      { HostIp: "127.0.0.1", HostPort: String(port) },
    ]);
    const answer = await fetch(`http://127.0.0.1:${port}/health`);
    expect(answer.status).toBe(200);
  });

  it("keeps passwords out of outputs, logs and argument lists", async () => {
    const { output } = await stack.pulumi("stack", "output", "--json", "--show-secrets");
    const { Config } = await stack.container("postgres-mcp");
    const password = Config.Env.find((line) => line.startsWith("DATABASE_PASSWORD="))?.split("=")[1] ?? "";
    expect(password.length).toBeGreaterThanOrEqual(32);
    expect(output).not.toContain(password);
    for (const service of ["postgres-db", "postgres-mcp"]) {
      const lines: string[] = [];
      await docker(["logs", stack.containerName(service)], { onLine: (line) => lines.push(line) });
      expect(lines.join("\n")).not.toContain(password);
      expect(await docker(["top", stack.containerName(service), "-eo", "pid,args"])).not.toContain(password);
    }
  });
});

describe.each([
  ["postgres-mcp", "CREATE TABLE fruit (id serial PRIMARY KEY, name text)", "$1"],
  ["mariadb-mcp", "CREATE TABLE fruit (id int AUTO_INCREMENT PRIMARY KEY, name text)", "?"],
])("%s", (server, createTable, placeholder) => {
  it("lists its tools over stdio and HTTP alike", async () => {
    const { http, stdio } = endpoint(server);
    const tools = await overHttp(http, (session) => session.toolNames());
    expect(tools).toEqual(expect.arrayContaining(["describe_table", "execute", "list_tables", "query"]));
    expect(await overStdio(stdio, (session) => session.toolNames())).toEqual(tools);
  });

  it("gives back over HTTP the rows that were inserted over stdio, and the other way round", async () => {
    const { http, stdio } = endpoint(server);
    const insert = (name: string) => ({
      sql: `INSERT INTO fruit (name) VALUES (${placeholder})`,
      parameters: [name],
    });
    await overStdio(stdio, async (session) => {
      expect(await session.call("execute", { sql: createTable })).toMatchObject({ isError: false });
      expect(await session.call("execute", insert("apple"))).toMatchObject({ isError: false });
    });
    await overHttp(http, async (session) => {
      const { structured } = await session.call("query", { sql: "SELECT name FROM fruit" });
      expect(structured.rows).toEqual([{ name: "apple" }]);
      await session.call("execute", insert("pear"));
    });
    await overStdio(stdio, async (session) => {
      const { structured } = await session.call("query", { sql: "SELECT name FROM fruit ORDER BY id" });
      expect(structured.rows).toEqual([{ name: "apple" }, { name: "pear" }]);
    });
  });
});

describe("python-experimental", () => {
  const runPython = (code: string) =>
    overHttp(endpoint("python-experimental").http, (session) => session.call("run_python", { code }));

  it("reads the rows of both databases", async () => {
    const { structured, text } = await runPython(`
from databases import mariadb, postgres
names = []
for connect in (postgres, mariadb):
    with connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM fruit ORDER BY id")
            names.append([row[0] for row in cursor.fetchall()])
names
`);
    expect({ text, result: structured.result }).toMatchObject({
      result: "[['apple', 'pear'], ['apple', 'pear']]",
    });
  });

  it("may not write where the settings do not grant it, whatever the session says", async () => {
    const { text } = await runPython(`
from databases import mariadb, postgres
for connect, unlock in ((postgres, "SET TRANSACTION READ WRITE"), (mariadb, "SET SESSION TRANSACTION READ WRITE")):
    with connect() as connection:
        with connection.cursor() as cursor:
            cursor.execute(unlock)
            try:
                cursor.execute("INSERT INTO fruit (name) VALUES ('worm')")
            except Exception as error:
                print(type(error).__name__, error)
`);
    expect(text).toMatch(/permission denied for table fruit/);
    expect(text).toMatch(/INSERT command denied/);
  });

  it("reaches nothing but the databases", async () => {
    const server = createServer((_request, response) => response.end("reached")).listen(0, "0.0.0.0");
    await once(server, "listening");
    const gateway = stack.address(1);
    const { port: hostPort } = server.address() as AddressInfo;
    const { text } = await runPython(
      `import urllib.request; print(urllib.request.urlopen("http://${gateway}:${hostPort}", timeout=3).read())`,
    );
    server.close();
    expect(text).not.toContain("reached");
    expect(text).toMatch(/not permitted|PermissionError/);
  });

  it("answers over stdio too", async () => {
    const answer = await overStdio(endpoint("python-experimental").stdio, (session) =>
      session.call("run_python", { code: "6 * 7" }),
    );
    expect(answer.structured.result).toBe("42");
  });
});

describe("an update that has nothing to do", () => {
  it("changes nothing, and neither preview finds a difference", async () => {
    const before = await Promise.all(all.map(async (service) => (await stack.container(service)).Id));
    expect(await stack.up()).toMatch(/Resources:\s+\d+ unchanged/);
    expect(await stack.pulumi("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await stack.pulumi("preview", "--refresh", "--expect-no-changes")).toMatchObject({ code: 0 });
    expect(await Promise.all(all.map(async (service) => (await stack.container(service)).Id))).toEqual(
      before,
    );
  });

  it("takes away a right that the settings no longer grant, and replaces only the server that is told so", async () => {
    const untouched = ["postgres-db", "mariadb", "mariadb-mcp", "python-experimental"];
    const before = await Promise.all(untouched.map(async (service) => (await stack.container(service)).Id));
    stack.configure({
      services: { ...settings(port).services, "postgres-mcp": { access: "read", publish: port } },
    });
    await stack.up();
    expect(await Promise.all(untouched.map(async (service) => (await stack.container(service)).Id))).toEqual(
      before,
    );
    const { http } = endpoint("postgres-mcp");
    expect(await overHttp(http, (session) => session.toolNames())).not.toContain("execute");
    const drop = await overHttp(http, (session) => session.call("query", { sql: "DROP TABLE fruit" }));
    expect(drop.isError).toBe(true);
  });
});

describe("settings that can't be used", () => {
  it("are refused by a plain `pulumi up` before anything is registered", async () => {
    stack.configure({ services: { mariadb: { memory: "-512m" } } });
    const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
    expect(code).not.toBe(0);
    expect(output).toMatch(/mcp:services\.mariadb\.memory: "-512m" is not an amount of memory/);
    expect(output).toMatch(/fix: pulumi config set --path 'mcp:services\.mariadb\.memory' 512m/);
    expect(await stack.onEngine("container")).toHaveLength(all.length);
  });

  it("are refused where a port is in use on the host, by something else than this stack", async () => {
    const taken = await freePort();
    const other = createServer().listen(taken, "127.0.0.1");
    await once(other, "listening");
    stack.configure(settings(taken));
    const { code, output } = await stack.pulumi("preview");
    other.close();
    expect(code).not.toBe(0);
    expect(output).toMatch(
      new RegExp(`mcp:services\\.postgres-mcp\\.publish: ${taken} is in use on this host already`),
    );
    const [, instead] = /config set --path 'mcp:services\.postgres-mcp\.publish' (\d+)/.exec(output) ?? [];
    expect(Number(instead)).toBeGreaterThan(taken);
  });
});

describe("a stack that is taken down", () => {
  it("leaves no container, network or image of ours, keeps the data, and comes back with it", async () => {
    stack.configure(settings(port));
    const { code, output } = await stack.pulumi("destroy", "--yes", "--skip-preview");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await stack.onEngine("container")).toEqual([]);
    expect(await stack.onEngine("network")).toEqual([]);
    expect(await stack.onEngine("image")).toEqual([]);
    expect(await stack.onEngine("volume")).toEqual([
      `${stack.prefix}mariadb-data`,
      `${stack.prefix}postgres-data`,
    ]);
    await stack.up();
    for (const server of ["postgres-mcp", "mariadb-mcp"]) {
      const { structured } = await overHttp(endpoint(server).http, (session) =>
        session.call("query", { sql: "SELECT name FROM fruit ORDER BY id" }),
      );
      expect(structured.rows).toEqual([{ name: "apple" }, { name: "pear" }]);
    }
  });

  it("deletes the data when told so, by the project's own command", async () => {
    const { code, output } = await stack.command("down", "--delete-data");
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await stack.onEngine("volume")).toEqual([]);
  });
});
