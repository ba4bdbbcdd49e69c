import { z } from "zod";
import { EnvironmentError, readEnvironment, wholeNumber } from "../../host/environment";

const words = z.string().transform((value, context) => {
  if (!value.trimStart().startsWith("[")) return value.trim().split(/\s+/);
  try {
    return z.array(z.string()).parse(JSON.parse(value));
  } catch {
    context.addIssue({
      code: "custom",
      message: 'is no JSON list of words, such as ["mcp-server-time", "--verbose"]',
    });
    return z.NEVER;
  }
});

const names = z
  .string()
  .transform((value) =>
    value
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  )
  .refine((list) => list.every((name) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)), {
    error: "must be names of variables, separated by commas",
  });

const schema = z.object({
  /** The command that speaks MCP on standard input and output: words, or a JSON list of them. No shell reads it. */
  HOSTED_COMMAND: words.refine((list) => list.length > 0, { error: "names no program" }),
  /** Further arguments of the command, which its settings name and its image does not: a JSON list of words. */
  HOSTED_ARGUMENTS: words.prefault("[]"),
  /** What the server is called where it runs, in a stack the name of its settings: for messages. */
  HOSTED_NAME: z.string().min(1).optional(),
  /** Folder that it runs in. */
  HOSTED_FOLDER: z.string().min(1).optional(),
  /** Variables that it gets besides PATH, HOME, LANG and TZ, by name, comma-separated. */
  HOSTED_ENVIRONMENT: names.prefault(""),
  /** `session`: a process for each session, and for each request without one. `shared`: one process for all. */
  HOSTED_PROCESS: z.enum(["session", "shared"]).prefault("session"),
  /** Most processes at a time. */
  HOSTED_PROCESSES: wholeNumber(1, 1000).prefault("16"),
  /** How long a session lasts in which nothing is asked, in seconds. */
  HOSTED_IDLE_SECONDS: wholeNumber(1, 86_400).prefault("900"),
  /** Longest time to the answer of a process that was started, in seconds. */
  HOSTED_START_SECONDS: wholeNumber(1, 600).prefault("30"),
  /** Longest time of a request, in seconds. */
  HOSTED_CALL_SECONDS: wholeNumber(1, 86_400).prefault("300"),
});

/** What is run and what it may cost, as the rest of the program uses it. */
export interface Settings {
  command: Command;
  process: "session" | "shared";
  processes: number;
  idleSeconds: number;
  callMilliseconds: number;
}

/** How a process is started. */
export interface Command {
  /** What the server is called, for messages. */
  name?: string;
  program: string;
  args: string[];
  folder?: string;
  environment: Record<string, string>;
  startMilliseconds: number;
}

/** What every program may know of its environment. */
const ALWAYS = ["PATH", "HOME", "LANG", "TZ"];

/** Begins the names of variables that only the command gets, by what follows: they mean nothing to this program. */
const HANDED_OVER = "HOSTED_VARIABLE_";

function handedOver(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value = ""]) =>
      name.startsWith(HANDED_OVER) ? [[name.slice(HANDED_OVER.length), value]] : [],
    ),
  );
}

/** Reads the settings from the environment; throws an `EnvironmentError` that names what is missing or wrong. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const read = readEnvironment(schema, environment);
  const missing = read.HOSTED_ENVIRONMENT.filter((name) => environment[name] === undefined);
  if (missing.length > 0) {
    throw new EnvironmentError(missing.map((name) => `${name} is not set, but HOSTED_ENVIRONMENT names it`));
  }
  const passed = [...ALWAYS, ...read.HOSTED_ENVIRONMENT].filter((name) => environment[name] !== undefined);
  const [program = "", ...args] = [...read.HOSTED_COMMAND, ...read.HOSTED_ARGUMENTS];
  return {
    command: {
      ...(read.HOSTED_NAME === undefined ? {} : { name: read.HOSTED_NAME }),
      program,
      args,
      ...(read.HOSTED_FOLDER === undefined ? {} : { folder: read.HOSTED_FOLDER }),
      environment: {
        ...Object.fromEntries(passed.map((name) => [name, environment[name]!])),
        ...handedOver(environment),
      },
      startMilliseconds: read.HOSTED_START_SECONDS * 1000,
    },
    process: read.HOSTED_PROCESS,
    processes: read.HOSTED_PROCESSES,
    idleSeconds: read.HOSTED_IDLE_SECONDS,
    callMilliseconds: read.HOSTED_CALL_SECONDS * 1000,
  };
}
