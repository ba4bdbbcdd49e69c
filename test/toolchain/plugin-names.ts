import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bin, environment } from "./bin";

interface Properties {
  properties?: Record<string, unknown>;
}

interface Schema {
  name: string;
  version: string;
  config?: { variables?: Record<string, unknown> };
  types?: Record<string, Properties>;
  resources: Record<
    string,
    Properties & { inputProperties?: Record<string, unknown>; requiredInputs?: string[] }
  >;
  functions?: Record<string, { inputs?: Properties; outputs?: Properties }>;
}

/** Asks a built plugin for its schema, as `pulumi package get-schema` does. */
export function pluginSchema(provider: string): Schema {
  const home = mkdtempSync(join(tmpdir(), "toolchain-schema-"));
  try {
    const text = execFileSync("pulumi", ["package", "get-schema", join(bin!, `pulumi-resource-${provider}`)], {
      encoding: "utf8",
      cwd: home, // else the CLI reads the project's Pulumi.yaml
      env: environment(home),
      maxBuffer: 64 * 1024 * 1024,
    });
    return JSON.parse(text) as Schema;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** Every name that a program can meet in the schema, one a line. */
export function pluginNames(schema: Schema): Set<string> {
  const names = new Set<string>();
  const add = (kind: string, owner: string, properties: Record<string, unknown> = {}) => {
    for (const property of Object.keys(properties)) names.add(`${kind} ${owner}.${property}`);
  };
  add("setting", schema.name, schema.config?.variables);
  for (const [token, resource] of Object.entries(schema.resources)) {
    const name = lastPart(token);
    names.add(`resource ${token}`);
    add("output", name, resource.properties);
    add("input", name, resource.inputProperties);
    for (const input of resource.requiredInputs ?? []) names.add(`required ${name}.${input}`);
  }
  for (const [token, { inputs, outputs }] of Object.entries(schema.functions ?? {})) {
    if (token.startsWith("pulumi:providers:")) continue; // a method of every provider
    const name = lastPart(token);
    names.add(`function ${token}`);
    add("argument", name, inputs?.properties);
    add("result", name, outputs?.properties);
  }
  for (const [token, type] of Object.entries(schema.types ?? {})) {
    if (token.includes(":config/")) continue; // the same as a Provider's type of the same name
    const name = lastPart(token).replace(/^get/, "Get"); // as the SDK's interfaces are capitalised
    names.add(`type ${name}`);
    add("property", name, type.properties);
  }
  return names;
}

function lastPart(token: string): string {
  return token.slice(token.lastIndexOf(":") + 1);
}
