import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cacheFolder } from "../../../cli/paths";
import { docker } from "../../../engine/docker";
import { freePort } from "./ports";

/** Debian's `docker-registry`, unpacked into the cache: nothing is installed on the machine. */
function registryProgram(): string | undefined {
  const folder = join(cacheFolder, "docker-registry");
  const program = join(folder, "usr", "bin", "docker-registry");
  if (existsSync(program)) return program;
  if (!existsSync("/etc/debian_version")) return undefined;
  mkdirSync(cacheFolder, { recursive: true });
  const scratch = mkdtempSync(join(cacheFolder, "docker-registry-"));
  const options = { cwd: scratch, stdio: "pipe" } as const;
  execFileSync("apt-get", ["download", "docker-registry"], options);
  const [archive = ""] = readdirSync(scratch);
  execFileSync("dpkg-deb", ["--extract", archive, "."], options);
  rmSync(join(scratch, archive));
  renameSync(scratch, folder);
  return program;
}

/** A real registry on the loopback, which the engine trusts without certificates. */
export class Registry {
  private constructor(
    readonly host: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Whether one can be had here: only Debian has the package. */
  static readonly available = existsSync("/etc/debian_version");

  static async start(): Promise<Registry> {
    const program = registryProgram();
    if (!program) throw new Error("Debian's docker-registry can't be had here.");
    const folder = mkdtempSync(join(tmpdir(), "registry-"));
    const host = `127.0.0.1:${await freePort()}`;
    const config = join(folder, "config.yml");
    const storage = `storage: {filesystem: {rootdirectory: ${folder}}}`;
    writeFileSync(
      config,
      `version: 0.1\nlog: {accesslog: {disabled: false}}\n${storage}\nhttp: {addr: "${host}"}\n`,
    );
    const log = join(folder, "log");
    const child = spawn("sh", ["-c", `exec "${program}" serve "${config}" > "${log}" 2>&1`], {
      stdio: "ignore",
    });
    const registry = new Registry(host, child, folder);
    await registry.answers();
    return registry;
  }

  /** Pushes an image under a name of this registry, and gives the reference by digest. */
  async push(imageId: string, repository: string): Promise<string> {
    const name = `${this.host}/${repository}`;
    await docker(["tag", imageId, `${name}:test`]);
    try {
      const output = await docker(["push", `${name}:test`]);
      const digest = /digest: (sha256:[0-9a-f]{64})/.exec(output)?.[1];
      if (!digest) throw new Error(`no digest in: ${output}`);
      return `${name}@${digest}`;
    } finally {
      await docker(["image", "rm", `${name}:test`]);
    }
  }

  /** What was asked of the registry so far. */
  requests(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  stop(): void {
    this.process.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async answers(): Promise<void> {
    for (;;) {
      const answer = await fetch(`http://${this.host}/v2/`).catch(() => undefined);
      if (answer?.ok) return;
      if (this.process.exitCode !== null) throw new Error(`The registry ended: ${this.requests()}`);
      await sleep(100);
    }
  }
}
