import { docker } from "../../../engine/docker";
import { overHttp, type Session } from "./mcp";
import { freePort } from "./ports";
import { type Settings, TestStack } from "./stack";

/** Client keys by the client's name, as the stack's output has them. */
type Keys = Record<string, string>;

/** A stack of TekUp with a gateway that tests reach, and its clients. */
export class TekUp {
  private constructor(
    readonly stack: TestStack,
    /** Its settings, those with which the gateway is published among them. */
    readonly settings: Settings,
    /** Where clients connect. */
    readonly url: string,
  ) {}

  /** Puts it up. */
  static async up(settings: Settings): Promise<TekUp> {
    const publish = await freePort();
    const services = { ...(settings.services as object | undefined), "mcp-gateway": { publish } };
    const whole = { system: "tekup", ...settings, services };
    const stack = await TestStack.create(whole);
    try {
      await stack.up();
    } catch (error) {
      await stack.remove();
      throw error;
    }
    return new TekUp(stack, whole, `http://127.0.0.1:${publish}/mcp`);
  }

  /** The newest key of a client, as the stack's output shows it to whoever may open its secrets. */
  async keyOf(client: string): Promise<string> {
    const { output } = await this.stack.pulumi("stack", "output", "clientKeys", "--show-secrets", "--json");
    return (JSON.parse(output) as Keys)[client] ?? "";
  }

  /** A session of a client, with its key. */
  async as<T>(client: string, use: (session: Session) => Promise<T>): Promise<T> {
    return overHttp(this.url, use, headersOf(await this.keyOf(client)));
  }

  /** The tools that whoever has this key is shown; rejects where it is none. */
  toolNames(key?: string): Promise<string[]> {
    return overHttp(this.url, (session) => session.toolNames(), key === undefined ? {} : headersOf(key));
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
      await docker(["rm", "--force", name]);
    }
  }

  /** The network of the gateway and its clients; those of the servers begin with its name. */
  get network(): string {
    return `${this.stack.prefix}tekup-mcp-network`;
  }
}

export const headersOf = (key: string) => ({ "X-Api-Key": key });

const page = `<input id="name"><button id="greet" onclick="said.textContent = 'Hello ' + name_.value">Greet</button>
  <p id="said"></p><script>const name_ = document.getElementById("name")</script>`;
const server = `require("node:http").createServer((_, response) => {
  response.setHeader("content-type", "text/html").end(${JSON.stringify(page)}) }).listen(8000)`;
