import { parseDocument } from "yaml";
import type { z } from "zod";
import { settingsSchema } from "../../config/schema";
import { innerType } from "../../config/settings";

const pulumiTypes: Record<string, string> = {
  string: "string",
  enum: "string",
  number: "integer",
  record: "object",
};

/**
 * Pulumi.yaml with its `config:` block made from the schema. A setting whose default hangs on another one is left
 * out, as Pulumi takes a key without a default for one that every stack needs.
 */
export function projectFile(current: string): string {
  const document = parseDocument(current);
  document.delete("config");
  document.set("config", document.createNode(configBlock()));
  return document.toString({ lineWidth: 0 });
}

function configBlock(): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settingsSchema.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
      const { def } = field as unknown as { def: { type: string; defaultValue?: unknown } };
      if (def.type === "optional") return [];
      const description = field.meta()?.description ?? "";
      const type = pulumiTypes[innerType(field)];
      return [[key, { type, description, ...(def.type === "default" ? { default: def.defaultValue } : {}) }]];
    }),
  );
}
