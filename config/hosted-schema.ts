import { z } from "zod";
import { type PackageRegistry, registries } from "../imaging/packages/registries";
import { mostHosted } from "../topology/tekup/places";
import { removeCommand } from "./errors";
import { keyOf } from "./key-path";
import { wholeNumber } from "./whole-number";

/** The names that the stack's own servers and the gateway have. */
const taken = ["browser", "filesystem", "search", "gateway"];

const variable = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Ends a check with what mends it, where an example would be no help. */
const mend = (fix: string) => ({ params: { fix } });

function specifier(registry: PackageRegistry, title: string) {
  const { pattern, example } = registries[registry];
  return z
    .string({ error: "is not text" })
    .regex(pattern, { error: `names no package of ${title} with an exact version, such as ${example}` })
    .optional()
    .describe(`Package of ${title} and its exact version. One of \`npm\` and \`pypi\` is needed.`)
    .meta({ example });
}

/** An MCP server that speaks stdio, hosted as a container of the stack. */
export const hostedServerSettings = z
  .strictObject({
    npm: specifier("npm", "npm"),
    pypi: specifier("pypi", "PyPI"),
    program: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, { error: "is not a program's name" })
      .optional()
      .describe(
        "Program of the package that is started. Default: its only one, or the one that is called like the package.",
      )
      .meta({ example: "mcp-server-time" }),
    args: z
      .array(z.string(), { error: "is not a list of texts" })
      .default([])
      .describe("The program's arguments. Never a secret.")
      .meta({ example: ["--local-timezone", "UTC"] }),
    environment: z
      .record(z.string().regex(variable), z.string({ error: "is not text" }), {
        error: "is not a map from variable to text",
      })
      .default({})
      .describe("Variables that the program gets. Those that are secret belong into `serverSecrets`.")
      .meta({ example: { MEMORY_FILE_PATH: "/data/memory.json" } }),
    data: z
      .boolean({ error: "is neither true nor false" })
      .default(false)
      .describe(
        "Whether it has a volume at `/data`, which outlives the stack. All else that it may write to is `/tmp`.",
      )
      .meta({ example: true }),
    process: z
      .enum(["session", "call", "shared"], { error: "is not a way to start processes" })
      .default("session")
      .describe(
        "Who has a process of his own: each `session` of a client, as on his own machine; each `call`, for servers that keep " +
          "nothing between two; nobody where it is `shared`, for servers that keep nothing or what everybody may see.",
      )
      .meta({ example: "shared" }),
    processes: wholeNumber("a number of processes", 1, 100)
      .default(8)
      .describe(
        "Most processes in one container; they share its memory. For one more the least recently used session that idles makes room.",
      )
      .meta({ example: 16 }),
    idleSeconds: wholeNumber("a number of seconds", 1, 86_400)
      .optional()
      .describe(
        "How long a client's session lasts in which nothing is asked and nobody listens, in seconds. Default: 900.",
      )
      .meta({ example: 3600 }),
  })
  .superRefine(({ npm, pypi }, context) => {
    if ((npm === undefined) === (pypi === undefined)) {
      const message = npm ? "names two packages" : "names no package";
      context.addIssue({
        code: "custom",
        message,
        ...mend("set one of `npm` and `pypi`, and not the other"),
      });
    }
  })
  .meta({ title: "a hosted server", note: "[add-a-server.md](add-a-server.md) shows it." });

export type HostedServerSettings = z.infer<typeof hostedServerSettings>;

/** The settings of servers that the project does not bring along. */
export const hostedSettings = {
  servers: z
    .record(z.string(), hostedServerSettings, { error: "is not a map from name to server" })
    .default({})
    .superRefine((servers, context) => {
      for (const name of Object.keys(servers)) {
        const wrong = wrongName(name);
        if (!wrong) continue;
        const message = `${wrong}; set it under another name`;
        const fix = removeCommand(keyOf("mcp", ["servers", name]));
        context.addIssue({ code: "custom", message, path: [name], ...mend(fix) });
      }
      const count = Object.keys(servers).length;
      if (count > mostHosted) {
        const message = `names ${count} servers, and there is room for ${mostHosted} beside the stack's own`;
        context.addIssue({
          code: "custom",
          message,
          ...mend("take one out, or put it into a stack of its own"),
        });
      }
    })
    .describe(
      "TekUp: further MCP servers behind the gateway, by name: packages of npm and PyPI that speak stdio. Each is the service " +
        "`mcp-<name>`, whose limits, replicas and way to the internet are under `services`.",
    )
    .meta({ example: { time: { pypi: "mcp-server-time==2026.10.19" } } }),
  serverSecrets: z
    .record(
      z.string(),
      z.record(z.string().regex(variable), z.string().min(1, { error: "is empty" }), {
        error: "is not a map from variable to text",
      }),
      { error: "is not a map from server to variables" },
    )
    .optional()
    .describe("Secret. TekUp: variables of servers under `servers` that are secret, by server and variable."),
} as const;

function wrongName(name: string): string | undefined {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
    return "has no server's name: a letter, then at most 31 letters, digits and dashes, all small";
  if (taken.includes(name)) return "has the name of one of the stack's own";
  if (/-\d+$/.test(name)) return "has a name that ends in a dash and a number, as those of replicas do";
  return undefined;
}
