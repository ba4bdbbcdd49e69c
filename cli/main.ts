import { SettingsError } from "../config/errors";
import { UsageError } from "./arguments";
import { SetupError } from "./setup/step";

/** The commands by name; each is loaded only when it is asked for. */
const commands: Record<string, () => Promise<{ run(args: string[]): Promise<number> }>> = {
  setup: () => import("./commands/setup"),
  up: () => import("./commands/up"),
  down: () => import("./commands/down"),
  repair: () => import("./commands/repair"),
  env: () => import("./commands/env"),
  images: () => import("./commands/images"),
  generate: () => import("./commands/generate"),
  check: () => import("./commands/check"),
  test: () => import("./commands/test"),
  bench: () => import("./commands/bench"),
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
    const misused = error instanceof UsageError || error instanceof SettingsError;
    console.error(misused || error instanceof SetupError ? error.message : error);
    process.exit(misused ? 2 : 1);
  },
);
