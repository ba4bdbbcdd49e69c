import { endProgress } from "../progress/current";
import { version } from "../package.json";
import type { Usage } from "./arguments";
import { failure } from "./failure";
import { pathWithoutNpm } from "./npm-path";
import { UsageError } from "./usage-error";

/** A command's module. */
interface Command {
  usage: Usage;
  /** @returns the exit code. */
  run(args: string[]): Promise<number>;
}

/** The commands by name; each is loaded only when it is asked for. */
const commands: Record<string, () => Promise<Command>> = {
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
  config: () => import("./commands/config"),
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

async function main([name = "--help", ...args]: string[]): Promise<number> {
  if (name === "--version") return say(version);
  if (name === "--help") return say(await helpOfAll());
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load)
    throw new UsageError(`"${name}" is not a command. There are: ${Object.keys(commands).join(", ")}`);
  process.env.PATH = pathWithoutNpm();
  const command = await load();
  // What stands behind a further `--` is another program's.
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (own.includes("--version")) return say(version);
  if (!own.includes("--help") && !own.includes("-h")) return command.run(args);
  const { commandHelp } = await import("./help");
  return say(commandHelp(name, command.usage));
}

async function helpOfAll(): Promise<string> {
  const { allHelp } = await import("./help");
  const all = Object.entries(commands).map(async ([name, load]) => [name, (await load()).usage] as const);
  return allHelp(Object.fromEntries(await Promise.all(all)));
}

function say(text: string): number {
  console.log(text);
  return 0;
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
