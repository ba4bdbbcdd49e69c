import { spawn } from "node:child_process";
import { randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { describeStack } from "../../../cli/stack-file";
import { SettingsError } from "../../../config/errors";
import { docker } from "../../../engine/docker";
import { eachLine } from "../../../engine/lines";
import { allServices } from "../../../topology/services";
import { keepImages } from "./kept-images";
import { allJudged, type InspectedContainer, judged, namesOnEngine, type OnEngine } from "./on-engine";
import { signalIfThere } from "./signal";

const root = join(__dirname, "..", "..", "..");

export interface PulumiResult {
  code: number;
  /** Standard output and error together, as a user sees them. */
  output: string;
}

/** A command that goes on until it is ended. */
export interface RunningCommand {
  /** What it has written to standard output so far. */
  readonly lines: readonly string[];
  /** Ends it as a supervisor does, and gives its exit code. */
  end(): Promise<number | null>;
}

export type Settings = Record<string, unknown>;
type Services = Record<string, object | undefined>;

/** A whole TekUp whose gateway takes everybody's calls, so that a test needs no key. */
export const openTekup: Settings = { system: "tekup", tiers: 3, environment: "development", clients: {} };

/**
 * What a system publishes unless told otherwise, kept from the host: these ports are fixed, and another test's stack or the
 * developer's own may have them.
 */
function unpublished({ system, tiers }: { system: unknown; tiers: unknown }): Settings {
  const hidden = { publish: false };
  if (system === "tekup") return { "mcp-gateway": hidden, ...(Number(tiers) > 2 ? { nginx: hidden } : {}) };
  return Number(tiers) > 3 ? { nginx: hidden } : {};
}

/** How often the engine asks after a container's health in tests that are not about that, in seconds: each time costs. */
const restingInterval = 20;

/** How a test's stack differs from those of others, besides its settings. */
export interface StackOptions {
  /** Health checks as the product has them, for tests of how soon the engine and the watchdog find out. */
  productProbes?: boolean;
  /** How often the engine asks after each container's health, in seconds, where settings don't say so. */
  interval?: number;
}

/**
 * A stack of the test's own, on the real engine: its name, prefix, network, address range, state and passphrase are
 * nobody else's, so that tests run side by side and never touch a stack that a user runs.
 */
export class TestStack {
  readonly name = `test-${randomBytes(4).toString("hex")}`;
  readonly prefix = `${this.name}-`;
  readonly subnet = `10.${randomInt(128, 256)}.${randomInt(0, 256)}.0/24`;
  readonly folder = mkdtempSync(join(tmpdir(), `${this.name}-`));
  readonly configFile = join(this.folder, `Pulumi.${this.name}.yaml`);
  /** Where its state is, unless `create` was told of another backend. */
  readonly stateFile = join(this.folder, ".pulumi", "stacks", "mcp", `${this.name}.json`);
  readonly environment: NodeJS.ProcessEnv = {
    PULUMI_BACKEND_URL: `file://${this.folder}`,
    PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };

  constructor(private readonly options: StackOptions = {}) {}

  /**
   * Makes the stack with settings beside those that keep it apart; nothing is started.
   * @param environment variables that lead to another backend than the stack's own folder
   */
  static async create(
    settings: Settings = {},
    environment: NodeJS.ProcessEnv = {},
    options: StackOptions = {},
  ): Promise<TestStack> {
    const stack = new TestStack(options);
    Object.assign(stack.environment, environment);
    stack.configure(settings);
    writeFileSync(join(stack.folder, "Pulumi.yaml"), "name: mcp\nruntime: nodejs\n");
    const made = await stack.run("pulumi", ["-C", stack.folder, "stack", "init", stack.name, "--no-select"]);
    if (made.code !== 0) throw new Error(made.output);
    return stack;
  }

  /** Replaces the stack's settings. Services whose health check they don't speak of are seldom asked. */
  configure(settings: Settings): void {
    const whole = {
      system: "devcontainer",
      namePrefix: this.prefix,
      networkSubnet: this.subnet,
      // The most that a test needs, but for those of whole stacks, which say so.
      tiers: 2,
      ...settings,
    };
    const services: Services = {
      ...(unpublished(whole) as Services),
      ...(settings.services as Services | undefined),
    };
    this.write({ ...whole, services });
    const { productProbes, interval = restingInterval } = this.options;
    if (productProbes) return;
    const resting = this.serviceNames().map(
      (name) => [name, { probe: { interval }, ...services[name] }] as const,
    );
    this.write({ ...whole, services: { ...services, ...Object.fromEntries(resting) } });
  }

  private write(settings: Settings): void {
    const config = Object.entries(settings).map(([key, value]) => [`mcp:${key}`, value] as const);
    writeFileSync(this.configFile, stringify({ config: Object.fromEntries(config) }));
  }

  /** The services that settings may name; none where they are wrong, which is for Pulumi to say. */
  private serviceNames(): string[] {
    try {
      const { topology } = describeStack({ stack: this.name, configFile: this.configFile });
      return allServices(topology).map(({ name, replicaOf }) => replicaOf ?? name);
    } catch (error) {
      if (error instanceof SettingsError) return [];
      throw error;
    }
  }

  /** Runs Pulumi for the stack as a user would, without any of the project's own commands. */
  pulumi(...command: string[]): Promise<PulumiResult> {
    const takesSettings = /^(up|preview|destroy|refresh|import)$/.test(command[0] ?? "");
    const config = takesSettings ? ["--config-file", this.configFile] : [];
    return this.run("pulumi", ["-C", root, ...command, "--stack", this.name, ...config, "--non-interactive"]);
  }

  /** `pulumi up`; fails the test with Pulumi's words where it does not succeed. */
  async up(...options: string[]): Promise<string> {
    const { code, output } = await this.pulumi("up", "--yes", "--skip-preview", ...options);
    if (code !== 0) throw new Error(`pulumi up failed:\n${output}`);
    await keepImages(`mcp-${this.name}`);
    await this.verdicts();
    return output;
  }

  /** Waits until every container answers its health check that the engine has no verdict on yet. */
  verdicts(): Promise<void> {
    return allJudged(this.name);
  }

  /** One of the project's own commands for this stack, for example `repair`. */
  command(name: string, ...options: string[]): Promise<PulumiResult> {
    const args = ["cli/start.mjs", name, "--stack", this.name, "--config-file", this.configFile, ...options];
    return this.run(process.execPath, args);
  }

  /** A line that one of the project's commands told its user to run. */
  type(line: string): Promise<PulumiResult> {
    return this.run("/bin/sh", ["-c", line]);
  }

  /** Starts one of the project's own commands that goes on until it is ended. */
  running(name: string, ...options: string[]): RunningCommand {
    const args = ["cli/start.mjs", name, "--stack", this.name, "--config-file", this.configFile, ...options];
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...this.environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(child, "exit");
    const lines: string[] = [];
    eachLine(child.stdout, (line) => lines.push(line));
    return {
      lines,
      async end() {
        child.kill();
        const [code] = (await ended) as [number | null];
        return code;
      },
    };
  }

  /** A service's container as the engine has it now; where it has no verdict yet, the health check is asked. */
  container(service: string): Promise<InspectedContainer> {
    return judged(this.containerName(service));
  }

  /** What a statement gives when PostgreSQL's superuser runs it in the cluster's database. */
  async psql(sql: string): Promise<string> {
    const client = ["psql", "-U", "postgres", "-d", "mcp", "-qtAXc", sql];
    return (await docker(["exec", this.containerName("postgres-db"), ...client])).trim();
  }

  containerName(service: string): string {
    return `${this.prefix}${service}`;
  }

  /** The address a service has by default, behind the network's first one. */
  address(offset: number): string {
    return this.subnet.replace(/0\/24$/, String(offset));
  }

  /** Names of what the stack has on the engine: containers, networks, volumes, or images it holds. */
  async onEngine(kind: OnEngine): Promise<string[]> {
    return (await namesOnEngine(this.name, kind)).sort();
  }

  /** Starts Pulumi and gives the process, for tests that kill it. */
  start(command: string[]) {
    return spawn(
      "pulumi",
      ["-C", root, ...command, "--stack", this.name, "--config-file", this.configFile, "--non-interactive"],
      { env: { ...process.env, ...this.environment }, stdio: "ignore", detached: true },
    );
  }

  /** Processes that work for this stack, known by the state that they were told of, and by words of their command. */
  async processes(command = /./): Promise<string[]> {
    const numbers = (await readdir("/proc")).filter((name) => /^[0-9]+$/.test(name));
    const mine = numbers.map(async (number) => {
      const read = (file: string) => readFile(`/proc/${number}/${file}`, "utf8").catch(() => "");
      return (await read("environ")).includes(`file://${this.folder}`) && command.test(await read("cmdline"));
    });
    const found = await Promise.all(mine);
    return numbers.filter((_, index) => found[index]);
  }

  /**
   * Takes everything of the stack off the engine, whatever state a failed test left it in. Not by Pulumi, which would wait for
   * every container to end well; that `destroy` leaves nothing behind has tests of its own.
   */
  async remove(): Promise<void> {
    for (const left of await this.processes()) signalIfThere(Number(left), "SIGKILL");
    const remove = async (kind: OnEngine, ...command: string[]) => {
      const names = await this.onEngine(kind);
      if (names.length > 0) await docker([...command, ...names]);
    };
    await remove("container", "rm", "--force", "--volumes");
    await remove("network", "network", "rm");
    await remove("volume", "volume", "rm");
    // By force, as a container of somebody else's may run the same image without a name of its own for it.
    await remove("image", "image", "rm", "--force");
    rmSync(this.folder, { recursive: true, force: true });
  }

  private run(command: string, args: string[]): Promise<PulumiResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: root,
        env: { ...process.env, ...this.environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      [child.stdout, child.stderr].forEach((stream) =>
        stream.on("data", (data: Buffer) => (output += data.toString())),
      );
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? 1, output }));
    });
  }
}
