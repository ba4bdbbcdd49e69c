import { randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "../../engine/files";
import { configFileArgs, type StackArguments } from "../arguments";
import { keepingSettings } from "../keep-settings";
import { root } from "../paths";
import { run } from "../process";
import { exportStack, openedSecrets, stackIsThere } from "../pulumi";
import { SetupError } from "../setup/step";
import { type Plan, readPlan } from "./plan";
import { redact, secretTexts } from "./redact";

/** What a preview found, and whether the stack is in the backend at all. */
export interface Previewed {
  plan: Plan;
  isNew: boolean;
}

/**
 * Runs Pulumi's preview of a stack and reads its events, which never touch the disk. The program itself holds the stack to the
 * policies, so no policy pack, a process of its own, says the same again. It takes no lock and changes nothing,
 * so that any number of them run beside each other and beside an update. A stack that the backend does not have yet is
 * previewed in a state that is thrown away.
 */
export async function previewStack(stack: StackArguments): Promise<Previewed> {
  const told = await tellsOf(stack, process.env);
  const ran = told.code === 0 || told.lines.some(isEvent);
  if (!ran && !(await stackIsThere(stack))) return { plan: await inPassing(stack), isNew: true };
  return { plan: await cleanPlan(told, () => secretsOf(stack)), isNew: false };
}

/** What Pulumi's preview wrote, and how it ended. */
interface Told {
  code: number;
  lines: string[];
}

async function tellsOf(stack: StackArguments, env: NodeJS.ProcessEnv): Promise<Told> {
  const lines: string[] = [];
  const args = [
    ...["-C", root, "preview", "--json", "--non-interactive", "--stack", stack.stack],
    ...configFileArgs(stack),
  ];
  const code = await keepingSettings(stack, () =>
    run("pulumi", args, {
      // Source: Pulumi's documentation of its environment variables: the engine's events as they come, one a line.
      env: { ...env, PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
      onLine: (line) => lines.push(line),
    }),
  );
  return { code, lines };
}

/** The plan that was told, without secrets. Those are asked for only where there is text that could hold one: that takes a third of a second. */
async function cleanPlan({ code, lines }: Told, secretsOf: () => Promise<readonly string[]>): Promise<Plan> {
  const plan = readPlan(lines);
  const failed = code !== 0 && plan.violations.length === 0;
  // What Pulumi says before its engine runs, for example of a passphrase, is no event.
  const said = lines.filter((line) => !isEvent(line));
  const errors = failed && plan.errors.length === 0 ? said : plan.errors;
  const { violations, warnings } = plan;
  if (errors.length + warnings.length + violations.length === 0) return plan;
  const secrets = await secretsOf();
  const clean = (text: string) => redact(text, secrets);
  return {
    ...plan,
    violations: violations.map((found) => ({ ...found, message: clean(found.message) })),
    errors: errors.map(clean),
    warnings: warnings.map(clean),
  };
}

function isEvent(line: string): boolean {
  return line.startsWith("{");
}

/** What must not be shown of a stack: the secrets in its state, and those in its settings. */
async function secretsOf(stack: StackArguments): Promise<string[]> {
  const [exported, settings] = await Promise.all([exportStack(stack), openedSecrets(stack)]);
  if (exported === undefined)
    throw new SetupError(`The state of "${stack.stack}" can't be read; look at: pulumi stack export`);
  return [...secretTexts(JSON.parse(exported)), ...Object.values(settings)];
}

/** A preview against an empty state of its own: the backend is not to gain a stack by being asked about one. */
function inPassing(stack: StackArguments): Promise<Plan> {
  return withFolder(async (folder) => {
    const settings = await readFile(stack.configFile ?? join(root, `Pulumi.${stack.stack}.yaml`), "utf8");
    const configFile = join(folder, `Pulumi.${stack.stack}.yaml`);
    // Its own passphrase means its own salt; settings that are encrypted can't be opened with it, which Pulumi says.
    await writeFile(configFile, settings.replace(/^encryptionsalt:.*\n?/m, ""));
    await writeFile(join(folder, "Pulumi.yaml"), "name: mcp\nruntime: nodejs\n");
    await mkdir(join(folder, "state"));
    const env = {
      ...process.env,
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex"),
      PULUMI_CONFIG_PASSPHRASE_FILE: "",
    };
    const init = ["-C", folder, "stack", "init", stack.stack, "--no-select", "--non-interactive"];
    await run("pulumi", init, { env, onLine: () => undefined });
    return await cleanPlan(await tellsOf({ stack: stack.stack, configFile }, env), async () => []);
  });
}
