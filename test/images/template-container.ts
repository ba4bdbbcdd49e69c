import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Verdict, verdictOn } from "../../cli/operate/status/health";
import { inspectContainer } from "../../engine/container";
import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { ensureImage } from "../../imaging";
import type { ServiceTemplate } from "../../topology/service";

/** The label of all that these tests leave on the engine while they run. */
export const testLabel = "dev.mcp.test=images";

/**
 * One service's container as a stack runs it, with every right and limit out of its template, on a network and volumes of
 * its own.
 */
export class TemplateContainer {
  readonly name: string;
  image = "";
  private readonly configs = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-configs-"));

  constructor(private readonly template: ServiceTemplate) {
    this.name = `mcptest-${template.name}-${randomBytes(4).toString("hex")}`;
  }

  /** The volume's name on the engine. */
  volume(name: string): string {
    return `${this.name}-${name}`;
  }

  async start(): Promise<void> {
    const { template, name } = this;
    const id = await ensureImage({ image: template.image, source: "build" }, { log: () => undefined });
    this.image = `${name}/image:test`;
    await docker(["image", "tag", id, this.image]);
    await docker(["network", "create", "--label", testLabel, name]);
    for (const { volume } of template.volumes)
      await docker(["volume", "create", "--label", testLabel, this.volume(volume)]);
    const [entrypoint, ...rest] = template.entrypoint ?? [];
    await docker([
      ...["run", "--detach", "--name", name, "--label", testLabel],
      ...["--network", name, "--network-alias", template.name],
      ...this.limits(),
      ...this.mounts(),
      ...(entrypoint === undefined ? [] : ["--entrypoint", entrypoint]),
      this.image,
      ...rest,
      ...(template.command ?? []),
    ]);
  }

  /** Waits until the stack's own probe passes. */
  async healthy(): Promise<void> {
    const [kind, ...rest] = this.template.probe.command;
    const command = kind === "CMD-SHELL" ? ["sh", "-c", ...rest] : rest;
    for (const end = Date.now() + 60_000; ; await sleep(100)) {
      try {
        await this.exec(command);
        return;
      } catch (error) {
        const state = (await inspect<{ State: { Status: string } }>("container", this.name))?.State.Status;
        if (state !== "running" || Date.now() > end)
          throw new Error(`${this.name} is ${state} and not healthy: ${await this.logs()}`, { cause: error });
      }
    }
  }

  /** The host's address on the container's network. */
  async gateway(): Promise<string> {
    return (
      await docker(["network", "inspect", "--format", "{{(index .IPAM.Config 0).Gateway}}", this.name])
    ).trim();
  }

  /** Runs a command in the container, as its user. */
  async exec(command: string[]): Promise<string> {
    return (await docker(["exec", this.name, ...command])).trim();
  }

  /** All that the container has written, to both streams. */
  async logs(): Promise<string> {
    const lines: string[] = [];
    await docker(["logs", this.name], { onLine: (line) => lines.push(line) });
    return lines.join("\n");
  }

  /** Tells it to stop, and gives what a stack's status has to say of that. */
  async stopped(): Promise<Verdict> {
    await docker(["stop", this.name]);
    return verdictOn(await inspectContainer(this.name), this.template.stop);
  }

  async remove(): Promise<void> {
    await docker(["rm", "--force", "--volumes", "--volumes", this.name]);
    for (const { volume } of this.template.volumes) await docker(["volume", "rm", this.volume(volume)]);
    await docker(["network", "rm", this.name]);
    await docker(["image", "rm", this.image]);
    fs.rmSync(this.configs, { recursive: true });
  }

  private limits(): string[] {
    const { user, groups = [], capabilities = [], unconfined = [], memoryMiB, pids, stop } = this.template;
    return [
      ...["--user", user, "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...groups.flatMap((group) => ["--group-add", String(group)]),
      ...capabilities.flatMap((capability) => ["--cap-add", capability]),
      ...unconfined.flatMap((filter) => ["--security-opt", `${filter}=unconfined`]),
      ...["--memory", `${memoryMiB}m`, "--memory-swap", `${memoryMiB}m`, "--pids-limit", String(pids)],
      ...["--stop-signal", stop.signal, "--stop-timeout", String(stop.graceSeconds)],
      ...(this.template.writableRoot ? [] : ["--read-only"]),
      ...(this.template.init ? ["--init"] : []),
    ];
  }

  private mounts(): string[] {
    const { volumes, tmpfs, binds = [], environment, configs } = this.template;
    const cluster = { stack: "test", tiers: [], settings: {} as never };
    return [
      ...volumes.flatMap(({ volume, path: target }) => ["--volume", `${this.volume(volume)}:${target}`]),
      ...tmpfs.flatMap(({ path: target, sizeMiB }) => [
        "--tmpfs",
        `${target}:rw,nosuid,nodev,size=${sizeMiB}m`,
      ]),
      ...binds.flatMap(({ source, path: target, readOnly }) =>
        typeof source === "string" ? ["--volume", `${source}:${target}:${readOnly ? "ro" : "rw"}`] : [],
      ),
      ...(configs?.(cluster) ?? []).flatMap(({ path: target, files }, index) => {
        const folder = path.join(this.configs, String(index));
        for (const [file, text] of Object.entries(files)) {
          fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
          fs.writeFileSync(path.join(folder, file), text);
        }
        return ["--volume", `${folder}:${target}:ro`];
      }),
      ...Object.entries(environment).flatMap(([name, value]) =>
        typeof value === "string" ? ["--env", `${name}=${value}`] : [],
      ),
    ];
  }
}
