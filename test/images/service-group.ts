import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { type Verdict, verdictOn } from "../../cli/operate/status/health";
import { chosenImageSource } from "../../config/image-source";
import { inspectContainer } from "../../engine/container";
import { docker } from "../../engine/docker";
import { inspect } from "../../engine/inspect";
import { waitHealthy } from "../../engine/health";
import { ensureImage } from "../../imaging";
import { dialects } from "../../provider/sql/dialects";
import { keepImages } from "../engine/support/kept-images";
import type { BindMount, Service } from "../../topology/types";

const label = "dev.mcp.test=images";

/** The name by which every container finds the host that the tests run on. */
export const testHost = "host.test";

/**
 * Services of a topology on a network of their own: each with its image, user, limits, mounts and configuration, but
 * without Pulumi. They find each other by name, as in a stack.
 */
export class ServiceGroup {
  /** The network's name. */
  readonly id = `mcptest-${randomBytes(4).toString("hex")}`;
  private readonly scratch = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-services-"));
  private readonly secrets: Map<string, string>;
  private readonly images = new Set<string>();

  /** @param given secrets of the topology that are not generated, by name. */
  constructor(
    private readonly services: readonly Service[],
    given: Record<string, string> = {},
  ) {
    this.secrets = new Map(Object.entries(given));
    fs.chmodSync(this.scratch, 0o755);
  }

  /** Starts all, what others depend on first, and waits until each is healthy by its own health check. */
  async start(): Promise<void> {
    await docker(["network", "create", "--label", label, this.id]);
    for (let left = this.services; left.length > 0;) {
      const names = left.map(({ name }) => name);
      const ready = left.filter(({ dependsOn }) => !dependsOn.some((name) => names.includes(name)));
      await Promise.all(ready.map((service) => this.startOne(service)));
      left = left.filter((service) => !ready.includes(service));
    }
    await keepImages(this.id);
  }

  /** The name of a service's container. */
  container(name: string): string {
    return `${this.id}-${name}`;
  }

  /** A password of the topology; made when it is first asked for. */
  secret(name: string): string {
    const known = this.secrets.get(name) ?? randomBytes(16).toString("hex");
    this.secrets.set(name, known);
    return known;
  }

  /** Where a port of a service is on this host. */
  async url(name: string, port: number): Promise<string> {
    const found = await docker(["port", this.container(name), String(port)]);
    return `http://${found.trim().split("\n")[0]}`;
  }

  /** Runs a shell script in a service's container. */
  async run(name: string, script: string): Promise<string> {
    return (await docker(["exec", this.container(name), "sh", "-c", script])).trim();
  }

  /** All that a service has written, to both streams. */
  async logs(name: string): Promise<string[]> {
    const lines: string[] = [];
    await docker(["logs", this.container(name)], { onLine: (line) => lines.push(line) });
    return lines;
  }

  /** Tells each service to stop, and gives what a stack's status has to say of that, by name. */
  async stopped(): Promise<Record<string, Verdict>> {
    const ends = this.services.map(async ({ name, stop }) => {
      await docker(["stop", this.container(name)]);
      return [name, verdictOn(await inspectContainer(this.container(name)), stop)] as const;
    });
    return Object.fromEntries(await Promise.all(ends));
  }

  /** Removes all that this group has made. */
  async remove(): Promise<void> {
    const containers = await docker(["ps", "--all", "--quiet", "--filter", `name=^${this.id}-`]);
    const names = containers.split("\n").filter(Boolean);
    if (names.length > 0) await docker(["rm", "--force", "--volumes", "--volumes", ...names]);
    await docker(["network", "rm", this.id]).catch(() => undefined);
    // By force, as a container of somebody else's may run the same image without a name of its own for it.
    if (this.images.size > 0) await docker(["image", "rm", "--force", ...this.images]);
    fs.rmSync(this.scratch, { recursive: true });
  }

  private async startOne(service: Service): Promise<void> {
    const { name, databaseUsers } = service;
    for (const { server, password, ...user } of databaseUsers) {
      const { client, grant } = dialects[user.kind];
      await docker(["exec", "-i", this.container(server), ...client(user.database)], {
        input: grant({ ...user, password: this.secret(password.secret) }),
      });
    }
    await docker(["run", "--detach", "--name", this.container(name), ...(await this.options(service))], {
      env: this.environment(service),
    });
    await waitHealthy(this.container(name), 120);
  }

  private async options(service: Service): Promise<string[]> {
    const { name, user, memoryMiB, pids, probe, stop, ports, entrypoint, command } = service;
    const image = await this.image(service);
    const [program, ...first] = entrypoint ?? [];
    const [kind, ...test] = probe.command;
    return [
      ...["--label", label, "--network", this.id, "--network-alias", name],
      ...["--add-host", `${testHost}:${await this.gateway()}`],
      ...["--user", user, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
      ...["--memory", `${memoryMiB}m`, "--memory-swap", `${memoryMiB}m`, "--pids-limit", String(pids)],
      ...["--stop-signal", stop.signal, "--stop-timeout", String(stop.graceSeconds)],
      ...["--health-cmd", kind === "CMD-SHELL" ? test.join(" ") : test.map(quoted).join(" ")],
      ...["--health-interval", "1s", "--health-retries", "60"],
      ...ports.flatMap(({ container }) => ["--publish", `127.0.0.1::${container}`]),
      ...this.mounts(service),
      // By name only: the value comes from this process's environment and shows in no process list.
      ...Object.keys(service.environment).flatMap((variable) => ["--env", variable]),
      ...(program === undefined ? [] : ["--entrypoint", program]),
      image,
      ...first,
      ...(command ?? []),
    ];
  }

  /** The service's image, under a name of this group's, with which it goes. */
  private async image({ image }: Service): Promise<string> {
    const request = { image, source: chosenImageSource("auto") };
    const tag = `${this.id}/${image}:test`;
    await docker(["image", "tag", await ensureImage(request, { log: () => undefined }), tag]);
    this.images.add(tag);
    return tag;
  }

  private async gateway(): Promise<string> {
    const network = await inspect<{ IPAM: { Config: { Gateway: string }[] } }>("network", this.id);
    return network?.IPAM.Config[0]?.Gateway ?? "";
  }

  private mounts({ name, volumes, tmpfs, binds = [], configs = [] }: Service): string[] {
    return [
      // Anonymous, so that they go with the container.
      ...volumes.flatMap(({ path: target }) => ["--volume", target]),
      ...tmpfs.flatMap(({ path: target, sizeMiB }) => [
        ...["--tmpfs", `${target}:rw,nosuid,nodev,size=${sizeMiB}m`],
      ]),
      ...configs.flatMap(({ path: target, files }) => {
        const folder = path.join(this.scratch, name, target);
        for (const [file, text] of Object.entries(files)) {
          fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
          fs.writeFileSync(path.join(folder, file), text);
        }
        return ["--volume", `${folder}:${target}:ro`];
      }),
      ...binds.flatMap((bind) => ["--mount", bindOption(bind)]),
    ];
  }

  private environment({ environment }: Service): Record<string, string> {
    return Object.fromEntries(
      Object.entries(environment).map(([variable, value]) => {
        if (typeof value === "string") return [variable, value];
        return [variable, "secret" in value ? this.secret(value.secret) : this.id];
      }),
    );
  }
}

function bindOption({ source, path: target, readOnly, follow }: BindMount): string {
  if (typeof source !== "string") throw new Error("a folder of the project is of no use here");
  const propagation = follow && rootIsShared() ? ",bind-propagation=rslave" : "";
  return `type=bind,source=${source},target=${target}${readOnly ? ",readonly" : ""}${propagation}`;
}

/** Whether mounts can be followed on this machine: systemd shares the root, others may not. */
function rootIsShared(): boolean {
  const root = fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .find((line) => line.split(" ")[4] === "/");
  return root?.includes(" shared:") ?? false;
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
