import { stackOptions, type Usage } from "./arguments";

/** What a command does and takes, as `npm run NAME -- --help` prints it. */
export function commandHelp(name: string, usage: Usage): string {
  const { summary, words, flags = {}, options = {}, ofStack = true } = usage;
  const rows = [
    ...Object.entries(options).map(([option, [value, does]]): Row => [`--${option} ${value}`, does]),
    ...Object.entries(flags).map(([flag, does]): Row => [`--${flag}`, does]),
    ...(ofStack
      ? Object.entries(stackOptions).map(([option, [value, does]]): Row => [`--${option} ${value}`, does])
      : []),
    ["--help", "prints this"] as const,
  ];
  const call = name === "test" ? "npm test" : `npm run ${name}`;
  return [
    `${call} -- ${words === undefined ? "" : `[${words}] `}[OPTION …]: ${summary}`,
    "",
    ...table(rows),
  ].join("\n");
}

/** All commands, as `--help` with no command prints them. */
export function allHelp(usages: Readonly<Record<string, Usage>>): string {
  const rows = Object.entries(usages).map(([name, { summary }]): Row => [name, summary]);
  return [
    "npm run COMMAND -- [OPTION …], where COMMAND is one of:",
    "",
    ...table(rows),
    "",
    "npm run COMMAND -- --help tells what a command takes. Its options stand behind --, as npm keeps others for itself.",
  ].join("\n");
}

type Row = readonly [string, string];

function table(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([first]) => first.length));
  return rows.map(([first, second]) => `  ${first.padEnd(width)}  ${second}`);
}
