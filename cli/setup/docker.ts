import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Log, step } from "../../progress";
import { isInDevcontainer, noEngine } from "../no-engine";
import { outputOf, run } from "../process";
import { type Found, type Missing, SetupError, type Step } from "./step";

const engineLog = "/var/log/dockerd.log";
const packages = ["docker.io", "iptables", "debootstrap"];

/** The Docker engine: the one that is reachable, else on Debian as root the distribution's own. */
export const dockerStep: Step = {
  name: "Docker engine",
  async check(): Promise<Found> {
    const version = await engineVersion();
    if (version) return { there: version };
    if (process.env.DOCKER_HOST || process.env.DOCKER_CONTEXT || isInDevcontainer())
      throw new SetupError(noEngine());
    if (process.platform !== "linux" || process.getuid?.() !== 0) throw new SetupError(installHint());
    if (await outputOf("dockerd", ["--version"]))
      return startEngine("The engine is installed and not running. ");
    if (!existsSync("/etc/debian_version")) throw new SetupError(installHint());
    return {
      will: `Install Debian's packages ${packages.join(", ")} and start the engine (its log: ${engineLog})`,
      takes: "about 30 s",
      apply: async (log) => {
        await install(packages, log);
        await start(log);
      },
    };
  },
};

/** Debian packages that something else needs, installed when they are missing. */
export function install(names: string[], log: Log): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  return step(log, `apt-get update && apt-get install ${names.join(" ")}`, 25, async ({ say, tail }) => {
    for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
      if ((await run("apt-get", args, { env, onLine: say })) !== 0)
        throw new SetupError(
          `apt-get ${args[0]} failed:\n${tail()}\nWhen that is mended, run the command again.`,
        );
    }
  });
}

async function engineVersion(): Promise<string | undefined> {
  return (await outputOf("docker", ["version", "--format", "{{.Server.Version}}"]))?.trim();
}

function installHint(): string {
  const how =
    process.platform === "linux"
      ? "Docker Engine (https://docs.docker.com/engine/install/)"
      : "Docker Desktop";
  return `No Docker engine answers. Install and start ${how}, then run the command again.`;
}

function startEngine(why: string): Missing {
  return { will: `${why}Start it (its log: ${engineLog})`, takes: "about 5 s", apply: start };
}

function start(log: Log): Promise<void> {
  return step(log, "starting the engine", 5, async ({ done }) => done(`${await startedEngine()} answers`));
}

async function startedEngine(): Promise<string> {
  if (existsSync("/run/systemd/system")) {
    await run("systemctl", ["start", "docker"], { onLine: () => undefined });
  } else {
    removeStalePid("/var/run/docker.pid", "dockerd");
    removeStalePid("/var/run/docker/containerd/containerd.pid", "containerd");
    const file = openSync(engineLog, "a");
    spawn("dockerd", [], { detached: true, stdio: ["ignore", file, file] }).unref();
  }
  for (let tries = 0; tries < 120; tries += 1) {
    const version = await engineVersion();
    if (version) return version;
    await sleep(500);
  }
  const lines = existsSync(engineLog) ? readFileSync(engineLog, "utf8").trim().split("\n").slice(-10) : [];
  throw new SetupError(`The engine did not start. The end of ${engineLog}:\n${lines.join("\n")}`);
}

/** An engine that was killed leaves its process number behind, and refuses to start while any process has it. */
function removeStalePid(file: string, program: string) {
  if (!existsSync(file)) return;
  const command = `/proc/${readFileSync(file, "utf8").trim()}/comm`;
  if (!existsSync(command) || readFileSync(command, "utf8").trim() !== program) rmSync(file);
}
