import { parseDocument } from "yaml";
import type { z } from "zod";
import { settingsSchema } from "../../config/schema";
import { kindOf, projectDefaults } from "../../config/schema-walk";
import { definitionOf, metaOf } from "../../services/host/zod-schema";

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
  const defaults = projectDefaults();
  return Object.fromEntries(
    Object.entries(settingsSchema.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
      if (definitionOf(field).type === "optional") return [];
      const given = key in defaults ? { default: defaults[key] } : {};
      return [
        [key, { type: pulumiTypes[kindOf(field)], description: metaOf(field, "description"), ...given }],
      ];
    }),
  );
}
