import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { chosenImageSource } from "../config/image-source";
import { namespace, sealedSecret, secretSettings, type Settings } from "../config/schema";
import { SettingsError } from "../config/errors";
import { parseSettings } from "../config/settings";
import type { ImageSource } from "../imaging";
import { buildTopology, type Topology } from "../topology";
import { configFileArgs, type StackArguments, UsageError } from "./arguments";
import { root } from "./paths";

/** What a stack's settings file says, checked as the program itself checks it, without running Pulumi. */
export interface StackDescription {
  settings: Settings;
  topology: Topology;
  imageSource: ImageSource;
}

/** The stacks of the project: those that have a settings file beside Pulumi.yaml. */
export function stackNames(): string[] {
  return readdirSync(root).flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
}

/**
 * Reads a stack's settings file and builds its topology.
 * @param imageSource where images come from, whatever settings and machine say. Default: as the program decides it.
 * @throws SettingsError where the settings can't be used; UsageError where there is no such file or it is not YAML.
 */
export function describeStack(stack: StackArguments, imageSource?: ImageSource): StackDescription {
  return describeText(stack, readFileSync(settingsFile(stack), "utf8"), imageSource);
}

/**
 * The file with a stack's settings.
 * @throws UsageError where there is none.
 */
export function settingsFile({ stack, configFile }: StackArguments): string {
  const file = configFile ?? join(root, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new UsageError(`There is no settings file ${file}.`);
  return file;
}

/** The same of what a settings file says, or is about to. */
export function describeText(
  stack: StackArguments,
  text: string,
  imageSource?: ImageSource,
): StackDescription {
  try {
    return described(stack, text, imageSource);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    throw new SettingsError(error.stackName, error.problems, configFileArgs(stack));
  }
}

function described(
  { stack, configFile }: StackArguments,
  text: string,
  imageSource?: ImageSource,
): StackDescription {
  const { config = {} } = parsed(text, configFile ?? `Pulumi.${stack}.yaml`);
  const secrets = secretSettings.map((name) => `${namespace}:${name}`).filter((key) => isSealed(config[key]));
  const values = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      asText(secrets.includes(key) ? opened(value) : value),
    ]),
  );
  const settings = parseSettings({ stack, values, isSecret: (key) => secrets.includes(key) });
  const source = imageSource ?? chosenImageSource(settings.imageSource);
  return { settings, topology: buildTopology(stack, settings, source), imageSource: source };
}

/** Whether any of the stack's settings is encrypted, at whatever depth. */
export function hasSealedSettings(stack: StackArguments): boolean {
  const file = settingsFile(stack);
  return holdsSealed(parsed(readFileSync(file, "utf8"), file).config);
}

function holdsSealed(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(
    ([key, inner]) => (key === "secure" && typeof inner === "string") || holdsSealed(inner),
  );
}

function parsed(text: string, file: string): { config?: Record<string, unknown> } {
  try {
    return (parse(text) ?? {}) as { config?: Record<string, unknown> };
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw new UsageError(`The settings file ${file} is not YAML: ${error.message.trim()}`);
  }
}

/** Whether a value is encrypted, or a map of nothing but such values. */
function isSealed(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return "secure" in value || (Object.keys(value).length > 0 && Object.values(value).every(isSealed));
}

/** An encrypted value with something in the place of what only Pulumi can open. */
function opened(value: unknown): unknown {
  if (typeof value !== "object" || value === null || "secure" in value) return sealedSecret;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, opened(inner)]));
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
