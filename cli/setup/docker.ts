import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
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
    const chosen = process.env.DOCKER_HOST ?? process.env.DOCKER_CONTEXT;
    if (chosen)
      throw new SetupError(`No Docker engine answers at ${chosen}; start it, or unset DOCKER_HOST.`);
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
export async function install(names: string[], log: (line: string) => void): Promise<void> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  log(`apt-get update && apt-get install ${names.join(" ")}`);
  const tail: string[] = [];
  const onLine = (line: string) => void (tail.push(line), tail.splice(0, tail.length - 10));
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...names]]) {
    if ((await run("apt-get", args, { env, onLine })) !== 0) {
      throw new SetupError(`apt-get ${args[0]} failed:\n${tail.join("\n")}`);
    }
  }
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

async function start(log: (line: string) => void): Promise<void> {
  if (existsSync("/run/systemd/system")) {
    await run("systemctl", ["start", "docker"], { onLine: log });
  } else {
    removeStalePid("/var/run/docker.pid", "dockerd");
    removeStalePid("/var/run/docker/containerd/containerd.pid", "containerd");
    const file = openSync(engineLog, "a");
    spawn("dockerd", [], { detached: true, stdio: ["ignore", file, file] }).unref();
  }
  for (let tries = 0; tries < 120; tries += 1) {
    const version = await engineVersion();
    if (version) return log(`engine ${version} answers`);
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
