import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { outputOf } from "../../../cli/process";
import { isAlive } from "../../../imaging/cache";
import { hasProgram, lastLines } from "../../../imaging/command";
import { cgroupNames, removeCgroup, within } from "./cgroups";

export interface NestedEngineOptions {
  /** Puts what the engine keeps on a file system in memory of this size, for tests of a full disk. */
  diskMiB?: number;
}

/** Groups of processes, by their names. */
export interface EngineGroups {
  engine: string;
  containers: ReadonlyMap<string, string>;
}

/**
 * Process 1 of the namespaces. It ends, and with it all that runs in them, when its standard input does: with the test,
 * however that ends. `/run` is the engine's own, so that a container that is given the engine's socket gets this one's.
 */
const holderScript = `
  set -e
  read -r pid rest </proc/self/stat
  mount --make-rshared /
  mount -t proc proc /proc
  mount -t tmpfs run /run
  ip link set lo up
  echo "$pid"
  exec 3<&0
  cat <&3 >/dev/null &
  wait
`;

/**
 * A Docker engine of the test's own, to be restarted, killed or run out of disk without harm to the one that the developer
 * works with: the machine's own `dockerd`, in namespaces where its processes, mounts and networks are nobody else's.
 */
export class NestedEngine {
  private readonly folder = mkdtempSync(join(tmpdir(), `engine-${process.pid}-`));
  /** Below the engine's usual group, where programs that watch containers look for them. */
  private readonly cgroup = join("docker", basename(this.folder));
  /** That of the engine's own processes: the daemons, and what they start besides containers. */
  private readonly daemonGroup = basename(this.folder);
  private readonly pidFile = join(this.folder, "dockerd.pid");
  private readonly log = join(this.folder, "dockerd.log");
  private readonly formerHost = process.env.DOCKER_HOST;
  private machine: Machine | undefined;
  private daemon: ChildProcess | undefined;

  private constructor(private readonly diskMiB: number | undefined) {}

  /** Whether one can be had here: it takes root, and a Linux with an engine of its own. */
  static readonly available =
    process.getuid?.() === 0 && ["dockerd", "unshare", "nsenter", "ip", "iptables"].every(hasProgram);

  /** Starts an engine, and leads all that this process runs to it until `dispose`. */
  static async create({ diskMiB }: NestedEngineOptions = {}): Promise<NestedEngine> {
    sweep();
    const engine = new NestedEngine(diskMiB);
    try {
      mkdirSync(engine.data);
      writeFileSync(engine.configFile, "{}\n");
      await engine.start();
    } catch (error) {
      await engine.dispose();
      throw error;
    }
    process.env.DOCKER_HOST = engine.host;
    return engine;
  }

  /** Its address, as in DOCKER_HOST. */
  get host(): string {
    return `unix://${join(this.folder, "docker.sock")}`;
  }

  /** Starts the engine after a `stop` or a `powerCut`; done when it answers. */
  async start(): Promise<void> {
    if (!this.machine) {
      this.machine = await Machine.start();
      if (this.diskMiB) this.run("mount", "-t", "tmpfs", "-o", `size=${this.diskMiB}m`, "data", this.data);
    }
    rmSync(this.pidFile, { force: true }); // one that was killed left it, and a new one would not start
    const options = {
      "config-file": this.configFile,
      "data-root": this.data,
      "exec-root": join(this.folder, "exec"),
      pidfile: this.pidFile,
      "cgroup-parent": `/${this.cgroup}`,
      "exec-opt": "native.cgroupdriver=cgroupfs",
    };
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const log = openSync(this.log, "a");
    const command = this.enter("dockerd", ...args, `--host=${this.host}`, "--host=unix:///run/docker.sock");
    const [program = "", ...words] = within(this.daemonGroup, ["nsenter", ...command]);
    this.daemon = spawn(program, words, { stdio: ["ignore", log, log] });
    const version = ["version", "--format", "{{.Server.Version}}"];
    while ((await outputOf("docker", version, { DOCKER_HOST: this.host })) === undefined) {
      if (this.daemon.exitCode !== null) throw new Error(`The engine ended:\n${lastLines(this.log)}`);
      await sleep(100);
    }
  }

  /** Ends the engine: in good order, containers first, or by a kill, which containers outlive. */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const { daemon } = this;
    if (!daemon || !isRunning(daemon)) return;
    const ended = once(daemon, "exit");
    this.run("sh", "-c", `kill -s ${signal.replace("SIG", "")} ${readFileSync(this.pidFile, "utf8").trim()}`);
    await ended;
  }

  /** The groups of processes of the engine itself and of each container, by its ID. */
  groups(): EngineGroups {
    const containers = cgroupNames(this.cgroup).filter((name) => /^[0-9a-f]{64}$/.test(name));
    return {
      engine: this.daemonGroup,
      containers: new Map(containers.map((id) => [id, join(this.cgroup, id)])),
    };
  }

  /** Ends the engine and all that runs on it in one moment. A disk in memory is empty after that. */
  async powerCut(): Promise<void> {
    const { daemon } = this;
    const ended = daemon && isRunning(daemon) ? once(daemon, "exit") : undefined;
    await this.machine?.end();
    this.machine = undefined;
    await ended;
    // Of a real machine these are in memory, and gone with it.
    rmSync(join(this.folder, "exec"), { recursive: true, force: true });
    [this.cgroup, this.daemonGroup].forEach(removeCgroup);
  }

  /** Runs a program of this machine where the engine's networks, mounts and loopback are; gives what it writes. */
  run(...command: string[]): string {
    const { status, stdout, stderr } = spawnSync("nsenter", this.enter(...command), { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}`);
    return stdout;
  }

  /** Ends the engine with all that runs on it, and removes what it kept. */
  async dispose(): Promise<void> {
    if (this.formerHost === undefined) delete process.env.DOCKER_HOST;
    else process.env.DOCKER_HOST = this.formerHost;
    await this.powerCut();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private get data(): string {
    return join(this.folder, "data");
  }

  private get configFile(): string {
    return join(this.folder, "daemon.json");
  }

  private enter(...command: string[]): string[] {
    if (!this.machine) throw new Error("The engine has no machine to run on: start it first.");
    return ["--target", this.machine.pid, "--mount", "--net", "--pid", ...command];
  }
}

/** Namespaces for an engine, and the process that holds them. */
class Machine {
  private constructor(
    private readonly holder: ChildProcess,
    /** Of process 1 in the namespaces, as seen from outside. */
    readonly pid: string,
  ) {}

  static async start(): Promise<Machine> {
    const namespaces = ["--mount", "--propagation", "slave", "--net", "--pid", "--fork", "--kill-child"];
    const command = [...namespaces, "sh", "-c", holderScript];
    const holder = spawn("unshare", command, { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await Promise.race([once(holder.stdout, "data"), once(holder, "exit")])) as unknown[];
    if (!Buffer.isBuffer(line)) throw new Error("No namespaces for an engine can be had here.");
    return new Machine(holder, line.toString().trim());
  }

  /** Ends all that runs in the namespaces. */
  async end(): Promise<void> {
    if (this.holder.exitCode !== null) return;
    const ended = once(this.holder, "exit");
    this.holder.stdin?.end();
    await ended;
  }
}

/** Removes what the engines of killed tests have left; their processes have ended with the tests. */
function sweep(): void {
  const left = (name: string) => {
    const pid = /^engine-(\d+)-/.exec(name)?.[1];
    return pid !== undefined && !isAlive(Number(pid));
  };
  readdirSync(tmpdir())
    .filter(left)
    .forEach((name) => rmSync(join(tmpdir(), name), { recursive: true, force: true }));
  for (const parent of ["", "docker"])
    cgroupNames(parent)
      .filter(left)
      .forEach((name) => removeCgroup(join(parent, name)));
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}
