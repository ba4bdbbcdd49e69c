import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { ensureImage } from "../../imaging";
import type { ServiceTemplate } from "../../topology/service";

/** How a template's program is started where no setting says otherwise. */
export function startOf({ startedWithin, ...template }: ServiceTemplate) {
  const { entrypoint, command } = { ...template, ...startedWithin?.(template.memoryMiB) };
  return { entrypoint, command };
}

/** What a test asserts about a container. */
interface ContainerState {
  State: { Status: string; ExitCode: number };
}

const label = "dev.mcp.test=images";

/**
 * Containers of one database as a stack runs it: its user, its paths, nothing writable besides, no capability; each run
 * of a test file on names of its own.
 */
export class DatabaseBench {
  private readonly names: string[] = [];
  private readonly imageName: string;
  private image = "";

  constructor(
    private readonly template: ServiceTemplate,
    private readonly environment: Record<string, string>,
  ) {
    this.imageName = `mcptest-${randomBytes(4).toString("hex")}/${template.image}:test`;
  }

  async prepare(): Promise<void> {
    this.image = await ensureImage({ image: this.template.image, source: "build" }, { log: () => undefined });
    await docker(["image", "tag", this.image, this.imageName]);
  }

  /** A new container with a volume of its own, not started. */
  async create(environment: Record<string, string> = {}): Promise<string> {
    const name = `mcptest-${this.template.image}-${randomBytes(4).toString("hex")}`;
    this.names.push(name);
    await docker(["volume", "create", "--label", label, name]);
    const { user, tmpfs = [], volumes, stop, memoryMiB } = this.template;
    const { entrypoint = [], command = [] } = startOf(this.template);
    const [program, ...first] = entrypoint;
    const variables = { ...this.environment, ...environment };
    await docker(
      [
        ...["create", "--name", name, "--label", label, "--user", user, "--read-only", "--cap-drop", "ALL"],
        ...["--security-opt", "no-new-privileges", "--stop-signal", stop.signal, "--memory", `${memoryMiB}m`],
        ...["--memory-swap", `${memoryMiB}m`],
        ...tmpfs.flatMap(({ path, sizeMiB }) => ["--tmpfs", `${path}:size=${sizeMiB}m`]),
        ...volumes.flatMap(({ path }) => ["--volume", `${name}:${path}`]),
        // By name only: the value comes from this process's environment and shows in no process list.
        ...Object.keys(variables).flatMap((variable) => ["--env", variable]),
        ...(program === undefined ? [] : ["--entrypoint", program]),
        ...[this.image, ...first, ...command],
      ],
      { env: variables },
    );
    return name;
  }

  async start(environment: Record<string, string> = {}): Promise<string> {
    const name = await this.create(environment);
    await docker(["start", name]);
    return name;
  }

  /** Waits until the stack's own probe passes. */
  async healthy(name: string): Promise<void> {
    const [kind, ...rest] = this.template.probe?.command ?? [];
    const command = kind === "CMD-SHELL" ? ["sh", "-c", ...rest] : rest;
    const end = Date.now() + 60_000;
    for (;;) {
      try {
        await docker(["exec", name, ...command]);
        return;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
      const state = await this.state(name);
      if (state.Status === "exited")
        throw new Error(`${name} ended with ${state.ExitCode}: ${await this.logs(name)}`);
      await sleep(100);
    }
  }

  async state(name: string): Promise<ContainerState["State"]> {
    const found = await inspect<ContainerState>("container", name);
    if (!found) throw new Error(`${name} is gone`);
    return found.State;
  }

  /** Sends a signal and gives the exit code. */
  async signal(name: string, signal: string): Promise<number> {
    await docker(["kill", "--signal", signal, name]);
    return Number(await docker(["wait", name]));
  }

  /** Waits until the container has written what is given. */
  async says(name: string, what: string): Promise<void> {
    while (!(await this.logs(name)).includes(what)) {
      const state = await this.state(name);
      if (state.Status === "exited")
        throw new Error(`${name} ended with ${state.ExitCode}: ${await this.logs(name)}`);
      await sleep(20);
    }
  }

  /** All that a container has written, to both streams. */
  async logs(name: string): Promise<string> {
    const lines: string[] = [];
    await docker(["logs", name], { onLine: (line) => lines.push(line) });
    return lines.join("\n");
  }

  /** Runs a shell script in a container that runs. */
  async run(name: string, script: string): Promise<string> {
    return (await docker(["exec", name, "sh", "-c", script])).trim();
  }

  /** Runs a shell script with the container's volume, as its user, whether it runs or not. */
  async onVolume(name: string, script: string): Promise<string> {
    const { user, volumes } = this.template;
    const mounts = volumes.flatMap(({ path }) => ["--volume", `${name}:${path}`]);
    const args = [
      "run",
      "--rm",
      "--label",
      label,
      "--user",
      user,
      ...mounts,
      "--entrypoint",
      "sh",
      this.image,
    ];
    return (await docker([...args, "-c", script])).trim();
  }

  /** Removes all that this bench has made. */
  async clean(): Promise<void> {
    if (this.names.length > 0) {
      await docker(["rm", "--force", "--volumes", ...this.names]);
      await docker(["volume", "rm", ...this.names]);
    }
    await docker(["image", "rm", this.imageName]);
  }
}
