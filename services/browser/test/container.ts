import { randomBytes } from "node:crypto";
import { type Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { docker } from "../../../engine/docker";
import { waitHealthy } from "../../../engine/health";
import { ensureImage } from "../../../imaging";
import { freePort } from "../../../test/engine/support/ports";
import { connected, type Era } from "../../host/test/program";

/** A process in the container. */
export interface Process {
  pid: number;
  state: string;
  command: string;
}

/**
 * The browser server in its image, confined as a stack confines it: Chromium is Debian's, and is tested where its users
 * have it.
 */
export class BrowserContainer {
  private readonly clients: Client[] = [];

  private constructor(
    readonly name: string,
    readonly url: URL,
  ) {}

  /** Starts it, with names of hosts that all are the machine that the tests run on. */
  static async start(environment: Record<string, string>, hosts: string[]): Promise<BrowserContainer> {
    const image = await ensureImage({ image: "mcp-browser", source: "build" }, { log: () => undefined });
    const name = `mcptest-browser-${randomBytes(4).toString("hex")}`;
    const port = await freePort();
    await docker([
      ...["run", "--detach", "--name", name, "--label", "dev.mcp.test=services"],
      ...["--read-only", "--tmpfs", "/tmp:size=512m,mode=1777", "--cap-drop", "ALL"],
      ...["--security-opt", "no-new-privileges", "--memory", "2g", "--cpus", "1", "--pids-limit", "512"],
      ...["--publish", `127.0.0.1:${port}:3001`],
      ...["--health-cmd", "mcp-server health", "--health-interval", "2s"],
      ...hosts.flatMap((host) => ["--add-host", `${host}:host-gateway`]),
      ...Object.entries(environment).flatMap(([key, value]) => ["--env", `${key}=${value}`]),
      image,
    ]);
    try {
      await waitHealthy(name, 120);
    } catch (error) {
      await docker(["rm", "--force", "--volumes", name]);
      throw error;
    }
    return new BrowserContainer(name, new URL(`http://127.0.0.1:${port}/mcp`));
  }

  async client(era: Era): Promise<Client> {
    const client = await connected(era, new StreamableHTTPClientTransport(this.url));
    this.clients.push(client);
    return client;
  }

  /** The processes of the container, by their numbers there. */
  async processes(): Promise<Process[]> {
    const script = String.raw`for p in /proc/[0-9]*; do
      [ -r $p/stat ] && printf '%s\t%s\t%s\n' "$(basename $p)" "$(sed 's/.*) //;s/ .*//' $p/stat)" "$(tr '\0' ' ' < $p/cmdline)"
    done 2>/dev/null`;
    const lines = (await this.run(script)).split("\n").filter((line) => line !== "");
    return lines.map((line) => {
      const [pid = "", state = "", command = ""] = line.split("\t");
      return { pid: Number(pid), state, command };
    });
  }

  /** Sends a signal to Chromium's own process, or to those that show pages. */
  async signal(signal: string, which: "browser" | "renderers"): Promise<void> {
    const found = (await this.processes()).filter(({ command }) =>
      which === "browser"
        ? /headless-shell/.test(command) && !/--type=/.test(command)
        : /--type=renderer/.test(command),
    );
    if (found.length === 0) throw new Error(`There is no process to send ${signal} to`);
    await this.run(`kill -${signal} ${found.map(({ pid }) => pid).join(" ")}`);
  }

  /** Stops it as the engine does, and gives its exit code. */
  async stop(): Promise<number> {
    await docker(["stop", "--time", "20", this.name]);
    return Number(await docker(["wait", this.name]));
  }

  async remove(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close().catch(() => undefined)));
    await docker(["rm", "--force", "--volumes", this.name]);
  }

  /** The address by which it finds the machine that the tests run on; an engine that has just been installed knows no other's. */
  async hostAddress(): Promise<string> {
    return (await docker(["inspect", "--format", "{{.NetworkSettings.Gateway}}", this.name])).trim();
  }

  private async run(script: string): Promise<string> {
    return docker(["exec", this.name, "sh", "-c", script]);
  }
}
