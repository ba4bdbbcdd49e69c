import { endProgress } from "../progress/current";
import { UsageError } from "./arguments";
import { failure } from "./failure";

/** The commands by name; each is loaded only when it is asked for. */
const commands: Record<string, () => Promise<{ run(args: string[]): Promise<number> }>> = {
  setup: () => import("./commands/setup"),
  up: () => import("./commands/up"),
  preview: () => import("./commands/preview"),
  post: () => import("./commands/post"),
  down: () => import("./commands/down"),
  repair: () => import("./commands/repair"),
  drift: () => import("./commands/drift"),
  status: () => import("./commands/status"),
  logs: () => import("./commands/logs"),
  start: () => import("./commands/start"),
  stop: () => import("./commands/stop"),
  restart: () => import("./commands/restart"),
  rebuild: () => import("./commands/rebuild"),
  shell: () => import("./commands/shell"),
  open: () => import("./commands/open"),
  clients: () => import("./commands/clients"),
  export: () => import("./commands/export"),
  env: () => import("./commands/env"),
  images: () => import("./commands/images"),
  sbom: () => import("./commands/sbom"),
  scan: () => import("./commands/scan"),
  generate: () => import("./commands/generate"),
  check: () => import("./commands/check"),
  test: () => import("./commands/test"),
  bench: () => import("./commands/bench"),
  soak: () => import("./commands/soak"),
};

async function main([name = "", ...args]: string[]): Promise<number> {
  const load = commands[name];
  if (!load)
    throw new UsageError(`"${name}" is not a command. There are: ${Object.keys(commands).join(", ")}`);
  return (await load()).run(args);
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    const { message, code } = failure(error);
    endProgress();
    console.error(message);
    process.exit(code);
  },
);
