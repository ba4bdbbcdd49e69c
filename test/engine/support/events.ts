import { spawn } from "node:child_process";
import { once } from "node:events";

/** Something the engine saw, with its own clock. */
export interface EngineEvent {
  nanoseconds: bigint;
  /** For example `start`, or `health_status: healthy`. */
  action: string;
  container: string;
}

/** Collects what the engine says of a stack's containers, from before an update until `stop`. */
export async function collectEvents(stack: string) {
  const format = "{{.TimeNano}}|{{.Action}}|{{.Actor.Attributes.name}}";
  const filters = [`label=dev.mcp.stack=${stack}`, "event=start", "event=health_status"];
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
  const [time = "0", action = "", container = ""] = line.split("|");
  return { nanoseconds: BigInt(time), action, container };
}
