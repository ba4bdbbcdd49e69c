import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { overHttp, type Session } from "./support/mcp";
import { freePort } from "./support/ports";
import { type Settings, TestStack } from "./support/stack";

let stack: TestStack;
let url: string;
let settings: Settings;

beforeAll(async () => {
  const port = await freePort();
  url = `http://127.0.0.1:${port}/mcp`;
  settings = {
    system: "tekup",
    environment: "staging",
    clients: { ide: {}, bot: { allow: ["search__*"] } },
    // Nothing of these tests is on the public internet.
    browser: { allowPrivate: ["10.0.0.0/8"] },
    services: { "mcp-gateway": { publish: port } },
  };
  stack = await TestStack.create(settings);
  await stack.up();
});
afterAll(() => stack.remove());

const headersOf = (key: string) => ({ "X-Api-Key": key });

/** The newest key of a client, as the stack's output shows it to whoever may open its secrets. */
async function keyOf(client: string): Promise<string> {
  const { output } = await stack.pulumi("stack", "output", "clientKeys", "--show-secrets", "--json");
  return (JSON.parse(output) as Record<string, string>)[client] ?? "";
}

async function as<T>(client: string, use: (session: Session) => Promise<T>): Promise<T> {
  return overHttp(url, use, headersOf(await keyOf(client)));
}

const toolNames = (key: string) => overHttp(url, (session) => session.toolNames(), headersOf(key));

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

describe("a client with a key, through the gateway", () => {
  it("writes a file, finds it and reads it", async () => {
    await as("ide", async (session) => {
      const path = "/srv/workspace/notes/today.txt";
      await session.call("filesystem__create_directory", { path: "/srv/workspace/notes" });
      const content = "bread\na needle\n";
      expect(await session.call("filesystem__write_file", { path, content })).toMatchObject({
        isError: false,
      });
      const found = await session.call("search__search_code", { pattern: "needle" });
      expect(found.text).toContain(`${path}:2:a needle`);
      expect((await session.call("filesystem__read_text_file", { path })).text).toContain("bread");
    });
  });

  it("asks a question, and is shown the place that answers it in other words", async () => {
    await as("ide", async (session) => {
      const content = "The feline slept on the sofa all afternoon.\n";
      await session.call("filesystem__write_file", { path: "/srv/workspace/pets.md", content });
      const query = "Where did the cat take a nap?";
      // The index looks for changed files every few seconds.
      await eventually(async () => {
        const { text } = await session.call("search__search_semantic", { query });
        expect(text).toContain("pets.md");
      }, 240);
    });
  });

  it("drives a page of a site, and takes a picture of it", async () => {
    const page = await site();
    try {
      await as("ide", async (session) => {
        const call = (tool: string, args: Record<string, unknown>) =>
          session.call(`browser__browser_${tool}`, args);
        await call("navigate", { url: page });
        await call("type", { target: "#name", text: "Ann" });
        await call("click", { target: "#greet" });
        expect((await call("read", {})).text).toContain("Hello Ann");
        const { images } = await call("take_screenshot", {});
        expect(images[0]?.subarray(1, 4).toString()).toBe("PNG");
      });
    } finally {
      await docker(["rm", "--force", stack.containerName("site")]);
    }
  });

  it("sees and calls no more than its rules allow", async () => {
    await as("bot", async (session) => {
      const names = await session.toolNames();
      expect(names).toContain("search__search_code");
      expect(names.filter((name) => !name.startsWith("search__"))).toEqual([]);
      await expect(
        session.call("filesystem__read_text_file", { path: "/srv/workspace/notes/today.txt" }),
      ).rejects.toThrow(/not allowed/);
    });
  });

  it("is refused with a wrong key, and without one", async () => {
    await expect(toolNames("guessed")).rejects.toThrow(/401|not good|key/i);
    await expect(overHttp(url, (session) => session.toolNames())).rejects.toThrow(/401|key/i);
  });
});

it("changes nothing when it is put up again, and drift finds nothing", async () => {
  const again = await stack.pulumi("preview", "--expect-no-changes");
  expect(again).toMatchObject({ code: 0 });
  const { code, output } = await stack.command("drift");
  expect({ code, output }).toMatchObject({ code: 0 });
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

describe("while the gateway runs", () => {
  const clients = (keys: string[]) => ({ ...settings, clients: { ide: { keys }, bot: {} } });

  it("a client's key is changed without a pause", async () => {
    const { State: before } = await stack.container("mcp-gateway");
    const old = await keyOf("ide");
    stack.configure(clients(["2", "1"]));
    await stack.up();
    const fresh = await keyOf("ide");
    expect(fresh).not.toBe(old);
    await eventually(() => toolNames(fresh));
    expect(await toolNames(old)).toContain("search__search_code");
    stack.configure(clients(["2"]));
    await stack.up();
    await eventually(() => expect(toolNames(old)).rejects.toThrow());
    expect(await toolNames(fresh)).toContain("search__search_code");
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
    const load = await underLoad(await keyOf("ide"));
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
  async function calls(service: string): Promise<number> {
    const script = `fetch("http://127.0.0.1:3003/metrics").then(r => r.text()).then(console.log)`;
    const text = await docker(["exec", stack.containerName(service), "node", "-e", script]);
    const line = /^mcp_server_operation_duration_seconds_count\{.*tools\/call.*\} (\d+)$/m.exec(text);
    return Number(line?.[1] ?? 0);
  }
});

/** A site on the browser's own network, in a container of its own; gives its address. */
async function site(): Promise<string> {
  const page = `<input id="name"><button id="greet" onclick="said.textContent = 'Hello ' + name_.value">Greet</button>
    <p id="said"></p><script>const name_ = document.getElementById("name")</script>`;
  const script = `require("node:http").createServer((_, response) => {
    response.setHeader("content-type", "text/html").end(${JSON.stringify(page)}) }).listen(8000)`;
  const name = stack.containerName("site");
  const { Image } = await stack.container("mcp-search");
  await docker([
    ...["run", "--detach", "--name", name, "--network", `${stack.prefix}tekup-mcp-network-browser`],
    ...["--entrypoint", "node", Image, "-e", script],
  ]);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const address = (await docker(["inspect", "--format", format, name])).trim();
  return `http://${address}:8000/`;
}

/** Clients that call a tool one call after the other until they are ended. */
async function underLoad(key: string) {
  const load = {
    calls: 0,
    failures: [] as string[],
    /** Waits for so many further calls. */
    async more(calls: number) {
      for (const until = load.calls + calls; load.calls < until;) await sleep(100);
    },
    async end() {
      ended = true;
      await Promise.all(clients);
    },
  };
  let ended = false;
  const call = async (session: Session) => {
    while (!ended) {
      const failed = await session.call("search__search_code", { pattern: "needle" }).then(
        ({ isError, text }) => (isError ? text : undefined),
        (error: unknown) => String(error),
      );
      if (failed !== undefined) load.failures.push(failed);
      load.calls += 1;
    }
  };
  const clients = Array.from({ length: 4 }, () => overHttp(url, call, headersOf(key)));
  await load.more(5);
  return load;
}

/** Tries until it works; the gateway looks at its files twice a second. */
async function eventually<T>(attempt: () => Promise<T>, tries = 40): Promise<T> {
  for (let left = tries; ; left -= 1) {
    try {
      return await attempt();
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(250);
    }
  }
}
