import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { appendFile, chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { secretHash } from "../../topology/secret-hash";
import { type ComposeProject, header } from "./project";
import type { Variable } from "./variables";

/** Folders that hold nothing but what an export makes. */
const ownFolders = ["configs", "database-users", "seccomp"];

/** What was written, for the user to be told. */
export interface WrittenProject {
  /** Variables that the user has to fill in before the project can start. */
  toFillIn: Variable[];
  /** Names of variables whose values were made up by this export. */
  madeUp: string[];
}

/**
 * Writes a project into a folder, in the place of an earlier export. An `.env` that is there keeps all it holds, as the
 * databases have its passwords; what it lacks is added.
 * @throws where the folder has a project that is not an export.
 */
export async function writeProject(
  folder: string,
  { files, hashes, variables }: ComposeProject,
): Promise<WrittenProject> {
  const compose = join(folder, "compose.yaml");
  if (existsSync(compose) && !readFileSync(compose, "utf8").startsWith(header))
    throw new Error(`${compose} was not made by an export; choose another folder.`);
  await Promise.all(ownFolders.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  for (const [name, text] of Object.entries(files)) await writeReadable(folder, name, text);
  const environment = join(folder, ".env");
  const done = await completeEnvironment(environment, variables);
  const values = valuesIn(readFileSync(environment, "utf8"));
  for (const [name, variable] of Object.entries(hashes))
    await writeReadable(folder, name, secretHash(values.get(variable) ?? ""));
  return done;
}

/** The containers' users are not the one who exports: whatever the umask is, they can read. */
async function writeReadable(folder: string, name: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o644);
  for (let inner = dirname(name); inner !== "."; inner = dirname(inner))
    await chmod(join(folder, inner), 0o755);
}

/** Adds the variables that the file lacks, with fresh values where one can be made up. */
async function completeEnvironment(file: string, variables: Variable[]): Promise<WrittenProject> {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = new Map(before.split("\n").map((line) => [line.split("=")[0]?.trim() ?? "", line]));
  const missing = variables.filter(({ name }) => !lines.has(name));
  const added = missing.map(({ name, given }) =>
    given ? `# ${given}\n${name}=` : `${name}=${randomValue()}`,
  );
  const separator = before === "" || before.endsWith("\n") ? "" : "\n";
  // The mode comes first: nobody else may read what is then written.
  await appendFile(file, "", { mode: 0o600 });
  await chmod(file, 0o600);
  if (added.length > 0) await appendFile(file, `${separator}${added.join("\n")}\n`);
  return {
    toFillIn: variables.filter(({ name, given }) => given && /=\s*$/.test(lines.get(name) ?? `${name}=`)),
    madeUp: missing.flatMap(({ name, given }) => (given ? [] : [name])),
  };
}

function valuesIn(environment: string): ReadonlyMap<string, string> {
  const lines = environment.split("\n").map((line) => /^\s*([A-Z0-9_]+)=(.*)$/.exec(line));
  return new Map(lines.flatMap((found) => (found ? [[found[1] ?? "", found[2] ?? ""]] : [])));
}

/** Letters and digits of 160 random bits, which need no quoting anywhere. */
function randomValue(): string {
  return randomBytes(20).toString("hex");
}
