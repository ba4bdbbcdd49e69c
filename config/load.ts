import * as pulumi from "@pulumi/pulumi";
import { allConfig } from "@pulumi/pulumi/runtime/config";
import type { Settings } from "./schema";
import { parseSettings } from "./settings";

/** A stack's checked settings, and its name. */
export interface LoadedSettings {
  stack: string;
  settings: Settings;
}

/**
 * Reads the settings of the stack that the program runs for: the one place that knows Pulumi's configuration.
 * @throws SettingsError where they can't be used.
 */
export function loadSettings(): LoadedSettings {
  const stack = pulumi.getStack();
  return {
    stack,
    settings: parseSettings({ stack, values: allConfig(), isSecret: (key) => secretKeys().includes(key) }),
  };
}

/** The keys that are encrypted in the stack file, as the language host tells the program. */
function secretKeys(): string[] {
  return JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]") as string[];
}
