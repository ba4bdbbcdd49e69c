import { z } from "zod";
import { settingsReference } from "../../../cli/generate/settings-reference";
import { settingsSchema } from "../../../config/schema";

/** What of JSON Schema tells which keys there are. */
interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | false;
}

/** Every setting that is described, as the path of its map and its key; what stands for any name is `*`. */
function described({ properties = {}, additionalProperties }: JsonSchema, path = ""): [string, string][] {
  const below = Object.entries(properties).flatMap(([key, schema]): [string, string][] => [
    ...(schema.description === undefined ? [] : [[path, key] as [string, string]]),
    ...described(schema, `${path}.${schema.description === undefined ? "*" : key}`),
  ]);
  return [...below, ...(additionalProperties ? described(additionalProperties, `${path}.*`) : [])];
}

/** The keys of each table, by the path that is said above it. */
function tables(reference: string): Map<string, string[]> {
  const sections = reference.split("\n## ").slice(1);
  return new Map(
    sections.map((text) => [
      (/^Under `mcp:([^`]+)`/m.exec(text)?.[1] ?? "").replace(/^(?=.)/, ".").replaceAll(/<\w+>/g, "*"),
      [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, key = ""]) => key),
    ]),
  );
}

test("the settings' reference has a table for every map of settings, with all of its keys", () => {
  const schema = z.toJSONSchema(settingsSchema, { io: "input", unrepresentable: "any", reused: "inline" });
  const listed = tables(settingsReference());
  const all = described(schema as JsonSchema);
  expect(all).toContainEqual([".tls", "days"]); // the walk finds what is nested
  expect(all).toContainEqual([".policies.exceptions.*.*", "reason"]);
  expect(all.filter(([path, key]) => !listed.get(path)?.includes(key))).toEqual([]);
});
