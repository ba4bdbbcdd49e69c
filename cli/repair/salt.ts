import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StackArguments } from "../arguments";
import { root } from "../paths";

const saltLine = /^encryptionsalt:.*\n?/m;

/**
 * Whether a stack's settings file carries the salt of a passphrase and nothing that is encrypted with it: where the state
 * is lost with its passphrase, that salt fits no other one and holds up everything.
 */
export function hasIdleSalt(stack: StackArguments): boolean {
  const file = fileOf(stack);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return saltLine.test(text) && !/^\s+secure:/m.test(text);
}

/** Takes the salt out of the settings file; Pulumi writes the new passphrase's. */
export function dropSalt(stack: StackArguments): void {
  const file = fileOf(stack);
  writeFileSync(file, readFileSync(file, "utf8").replace(saltLine, ""));
}

function fileOf({ stack, configFile }: StackArguments): string {
  return configFile ?? join(root, `Pulumi.${stack}.yaml`);
}
