import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chosenImageSource } from "../../../config/image-source";
import { inspectContainer } from "../../../engine/container";
import { docker } from "../../../engine/docker";
import { ensureImage } from "../../../imaging";
import { forgetImage } from "../../../test/services/databases";
import { watchdog } from "../../../topology/watchdog";

export const engineSocket = "/var/run/docker.sock";

/** A line of the watchdog's log. */
export interface LogLine {
  message: string;
  service?: string;
  attempt?: number;
  backoffSeconds?: number;
  [detail: string]: unknown;
}

/** Asks until the answer is the wanted one; how long that may take is the test's own limit. */
export async function eventually<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    await sleep(200);
  }
}

/** Small containers of an environment that only this test knows, all from the watchdog's own image. */
export class TestEnvironment {
  readonly id = `test-${randomBytes(4).toString("hex")}`;
  private readonly made: string[] = [];
  private image = "";

  async prepare(): Promise<void> {
    const request = { image: "watchdog", source: chosenImageSource("auto") } as const;
    this.image = await ensureImage(request, { log: () => undefined });
  }

  /** Starts a container that sleeps; `script` is run in it before. */
  async start(service: string, options: string[] = [], script = ":", environment = this.id): Promise<string> {
    return this.run(
      service,
      ["--restart", "unless-stopped", "--init", "--entrypoint", "sh", ...options],
      ["-c", `${script}; exec sleep infinity`],
      environment,
    );
  }

  /** Starts the watchdog as a stack does: its user, its limits, and of the host nothing but that socket. */
  async startWatchdog(variables: Record<string, string>, socket: string): Promise<RunningWatchdog> {
    const { name, user, memoryMiB, pids, environment } = watchdog;
    const group = await docker(
      ["run", "--rm", "--volume", `${socket}:/socket`, "--entrypoint", "stat", this.image].concat([
        "-c",
        "%g",
        "/socket",
      ]),
    );
    const all = { ...environment, WATCHDOG_ENVIRONMENT: this.id, ...variables };
    const id = await this.run(name, [
      ...["--restart", "unless-stopped", "--init", "--read-only", "--cap-drop", "ALL", "--network", "none"],
      ...["--security-opt", "no-new-privileges", "--user", user, "--group-add", group.trim()],
      ...["--memory", `${memoryMiB}m`, "--memory-swap", `${memoryMiB}m`, "--pids-limit", String(pids)],
      ...["--volume", `${socket}:${socket}:ro`],
      ...Object.entries(all).flatMap(([key, value]) => ["--env", `${key}=${String(value)}`]),
    ]);
    const running = new RunningWatchdog(id);
    await eventually(
      () => running.health(),
      (health) => health === "ready\n",
    );
    return running;
  }

  /** Removes all that was made. */
  async clean(): Promise<void> {
    if (this.made.length > 0)
      await docker(["rm", "--force", "--volumes", ...this.made]).catch(() => undefined);
    await forgetImage(this.image);
  }

  private async run(
    service: string,
    options: string[],
    command: string[] = [],
    environment = this.id,
  ): Promise<string> {
    const labels = {
      "dev.mcp.test": "services",
      "dev.mcp.environment": environment,
      "dev.mcp.service": service,
      "dev.mcp.tier": "2",
    };
    const id = await docker([
      ...["run", "--detach"],
      ...Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]),
      ...options,
      this.image,
      ...command,
    ]);
    this.made.push(id.trim());
    return id.trim();
  }
}

/** A watchdog in its container. */
export class RunningWatchdog {
  constructor(readonly id: string) {}

  /** What it has logged so far. */
  async log(): Promise<LogLine[]> {
    const lines: string[] = [];
    await docker(["logs", this.id], { onLine: (line) => lines.push(line) });
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits until it has logged a line like that, and gives all lines. */
  async logged(like: Partial<LogLine>): Promise<LogLine[]> {
    const matches = (line: LogLine) => Object.entries(like).every(([key, value]) => line[key] === value);
    return eventually(
      () => this.log(),
      (lines) => lines.some(matches),
    );
  }

  /** Its metrics of one container, by name and the labels that are asked for. */
  async metrics(service: string): Promise<Record<string, number>> {
    const script = "fetch('http://127.0.0.1:8000/metrics').then((r) => r.text()).then((t) => console.log(t))";
    const text = await docker(["exec", this.id, "node", "-e", script]);
    const lines = text.split("\n").filter((line) => line.includes(`service="${service}"`));
    return Object.fromEntries(
      lines.map((line) => {
        const [, name = "", by = "", value] =
          /^mcp_container_(\w+)\{.*?(?:by="(\w+)")?\} (\S+)$/.exec(line) ?? [];
        return [by ? `${name} ${by}` : name, Number(value)];
      }),
    );
  }

  /** What its health check says. */
  async health(): Promise<string> {
    return docker(["exec", this.id, "watchdog", "health"]).catch((error: Error) => error.message);
  }
}

/** The engine's verdict on a container. */
export async function verdict(id: string): Promise<string> {
  const state = await inspectContainer(id);
  return state?.State.Health?.Status ?? state?.State.Status ?? "gone";
}

/** A socket that leads to the engine's, and can be cut. */
export class EngineCable {
  private readonly folder = mkdtempSync(join(tmpdir(), "engine-cable-"));
  private readonly open = new Set<Socket>();
  private server: Server | undefined;
  private plugged = true;
  readonly socket = join(this.folder, "docker.sock");

  async lay(): Promise<void> {
    chmodSync(this.folder, 0o755);
    this.server = createServer((near) => {
      if (!this.plugged) return near.destroy();
      const far = connect(engineSocket);
      for (const socket of [near, far]) {
        this.open.add(socket);
        socket.on("error", () => undefined).on("close", () => this.open.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    this.server.listen(this.socket);
    await once(this.server, "listening");
    chmodSync(this.socket, 0o666);
  }

  /** Ends all connections; new ones lead nowhere until `plug`. */
  cut(): void {
    this.plugged = false;
    this.open.forEach((socket) => socket.destroy());
  }

  plug(): void {
    this.plugged = true;
  }

  remove(): void {
    this.cut();
    this.server?.close();
    rmSync(this.folder, { recursive: true });
  }
}
