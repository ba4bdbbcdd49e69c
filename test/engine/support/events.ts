import { spawn } from "node:child_process";
import { once } from "node:events";

/** Something the engine saw, with its own clock. */
export interface EngineEvent {
  nanoseconds: bigint;
  /** `start`, or `exec_die` for the end of a command that was run inside: a health check, the engine's or the gate's. */
  action: string;
  container: string;
  /** Of a command that was run inside. */
  exitCode?: number;
}

/** Collects what the engine says of a stack's containers, from before an update until `stop`. */
export async function collectEvents(stack: string) {
  const format = "{{.TimeNano}}|{{.Action}}|{{.Actor.Attributes.name}}|{{.Actor.Attributes.exitCode}}";
  const filters = [`label=dev.mcp.stack=${stack}`, "event=start", "event=exec_die"];
  const args = ["events", "--format", format, ...filters.flatMap((filter) => ["--filter", filter])];
  const child = spawn("docker", args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(child, "spawn");
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return {
    stop(): EngineEvent[] {
      child.kill();
      return text.trim().split("\n").filter(Boolean).map(parse);
    },
  };
}

function parse(line: string): EngineEvent {
  const [time = "0", action = "", container = "", exitCode = ""] = line.split("|");
  return {
    nanoseconds: BigInt(time),
    action,
    container,
    ...(/^[0-9]+$/.test(exitCode) ? { exitCode: Number(exitCode) } : {}),
  };
}
