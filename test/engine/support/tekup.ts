import { stat } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { docker } from "../../../engine/docker";
import { readLog } from "../../../engine/logs";
import { webPort } from "../../../observability/web";
import { overHttp, type Session } from "./mcp";
import { freePort } from "./ports";
import { Monitoring } from "./prometheus";
import type { Shared } from "./shared-stack";
import { type Settings, TestStack } from "./stack";

/** Client keys by the client's name, as the stack's output has them. */
type Keys = Record<string, string>;

/** A stack of TekUp with a gateway that tests reach, and its clients. */
export class TekUp {
  private known: { since: number; keys: Keys } | undefined;

  private constructor(
    readonly stack: TestStack,
    /** Its settings, those with which the gateway is published among them. */
    readonly settings: Settings,
    /** Where clients connect. */
    readonly url: string,
  ) {}

  /**
   * Makes it; nothing is started.
   * @param ofFolder further settings that lead into the stack's own folder, which is gone when the stack is
   */
  static async create(settings: Settings, ofFolder?: (folder: string) => Settings): Promise<TekUp> {
    const publish = await freePort();
    const services = { ...(settings.services as object | undefined), "mcp-gateway": { publish } };
    const whole = { ...settings, services };
    const stack = await TestStack.create(whole);
    if (ofFolder) stack.configure(Object.assign(whole, ofFolder(stack.folder)));
    return new TekUp(stack, whole, `http://127.0.0.1:${publish}/mcp`);
  }

  /** The newest key of a client, as the stack's output shows it to whoever may open its secrets. */
  async keyOf(client: string): Promise<string> {
    const { mtimeMs: since } = await stat(this.stack.stateFile);
    if (this.known?.since !== since) this.known = { since, keys: await this.keys() };
    return this.known.keys[client] ?? "";
  }

  private async keys(): Promise<Keys> {
    const { output } = await this.stack.pulumi("stack", "output", "clientKeys", "--show-secrets", "--json");
    return JSON.parse(output) as Keys;
  }

  /**
   * A session of a client, with its key.
   * @param headers that every request carries besides
   */
  async as<T>(
    client: string,
    use: (session: Session) => Promise<T>,
    headers: Record<string, string> = {},
  ): Promise<T> {
    return overHttp(this.url, use, { ...headers, ...headersOf(await this.keyOf(client)) });
  }

  /** The tools that whoever has this key is shown; rejects where it is none. */
  toolNames(key?: string): Promise<string[]> {
    return overHttp(this.url, (session) => session.toolNames(), key === undefined ? {} : headersOf(key));
  }

  /** What a program of Node.js writes to standard output in a service's container. */
  inside(service: string, script: string): Promise<string> {
    return docker(["exec", this.stack.containerName(service), "node", "-e", script]);
  }

  /** What a service's container has logged; by the engine, without the start of `npm run logs`. */
  async log(service: string): Promise<string> {
    const lines: string[] = [];
    await readLog(this.stack.containerName(service), {}, ({ text }) => lines.push(text));
    return lines.join("\n");
  }

  /** When containers of services were started, in the services' order. */
  started(services: readonly string[]): Promise<string[]> {
    return Promise.all(services.map(async (name) => (await this.stack.container(name)).State.StartedAt));
  }

  /** Takes a file or a folder, with all below it, out of where the servers work with files. */
  async removeFile(path: string): Promise<void> {
    await docker(["exec", this.stack.containerName("mcp-filesystem"), "rm", "-rf", path]);
  }

  /** Runs while a site is there on a network of the browser's, in a container of its own, whose address `use` gets. */
  async withSite(use: (address: string) => Promise<void>): Promise<void> {
    const name = this.stack.containerName("site");
    const { Image } = await this.stack.container("mcp-search");
    const { NetworkSettings } = await this.stack.container("mcp-browser");
    const [network = ""] = Object.keys(NetworkSettings.Networks);
    try {
      await docker([
        ...["run", "--detach", "--name", name, "--network", network],
        ...["--entrypoint", "node", Image, "-e", server],
      ]);
      const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
      const address = (await docker(["inspect", "--format", format, name])).trim();
      await use(`http://${address}:8000/`);
    } finally {
      await docker(["rm", "--force", "--volumes", name]);
    }
  }

  /** Its monitoring, by the web entry's address on the stack's network, as only `tekup-dev` publishes it. */
  async monitoring(): Promise<Monitoring> {
    const address = await this.addressIn("nginx", this.network);
    return Monitoring.at(this.stack, `http://${address}:${webPort}`);
  }

  /** The address that a service has on a network. */
  async addressIn(service: string, network: string): Promise<string> {
    const { NetworkSettings } = await this.stack.container(service);
    return NetworkSettings.Networks[network]?.IPAddress ?? "";
  }

  /** The network of the gateway and its clients; those of the servers begin with its name. */
  get network(): string {
    return `${this.stack.prefix}tekup-mcp-network`;
  }
}

/**
 * A stack with the settings of one of the project's own files, whole, with two clients: `default`, as without any setting, and
 * `bot`, which may only search.
 * @param further settings that take the place of the file's, service by service
 * @param ofFolder further ones that lead into the stack's own folder
 */
export function shipped(
  name: string,
  further: Settings = {},
  ofFolder?: (folder: string) => Settings,
): Shared<TekUp> {
  const own = settingsOf(name);
  // Its port is fixed, and other stacks may have it.
  const { nginx: _, ...services } = (own.services ?? {}) as Settings;
  const settings = {
    ...own,
    tiers: 3,
    clients: { default: {}, bot: { allow: ["search__*"] } },
    // No site of the tests' is on the public internet.
    browser: { ...(own.browser as object | undefined), allowPrivate: ["10.0.0.0/8"] },
    ...further,
    services: { ...services, ...(further.services as object | undefined) },
  };
  return { make: () => TekUp.create(settings, ofFolder), stackOf: ({ stack }) => stack };
}

/** A stack file's own settings, but for its names, which are the test's. */
function settingsOf(stack: string): Settings {
  const file = join(__dirname, "..", "..", "..", `Pulumi.${stack}.yaml`);
  const { config } = parse(readFileSync(file, "utf8")) as { config: Record<string, unknown> };
  const own = Object.entries(config).map(([key, value]) => [key.replace(/^mcp:/, ""), value] as const);
  return Object.fromEntries(own.filter(([key]) => key !== "namePrefix" && key !== "networkName"));
}

export const headersOf = (key: string) => ({ "X-Api-Key": key });

const page = `<input id="name"><button id="greet" onclick="said.textContent = 'Hello ' + name_.value">Greet</button>
  <p id="said"></p><script>const name_ = document.getElementById("name")</script>`;
const server = `require("node:http").createServer((_, response) => {
  response.setHeader("content-type", "text/html").end(${JSON.stringify(page)}) }).listen(8000)`;
