import { labelOf } from "../resource";
import { resourceRule } from "../rule";

/** What a replacement of the volume would follow from. Measured: the Docker provider replaces it, with all that is in it. */
const replacing = ["labels", "driverOpts"];

/** What must outlive mistakes. */
export const data = [
  resourceRule({
    id: "data-retained",
    type: "docker:index/volume:Volume",
    title: "Volumes with data are kept when their stack goes, and never replaced",
    reference: ["this project"],
    level: "mandatory",
    onlyInProgram: true,
    remedy: `register it with \`retainOnDelete\` and \`ignoreChanges\` of ${replacing.join(" and ")}, or label it a cache`,
    check({ inputs, options: { retainOnDelete, ignoreChanges = [] } }) {
      if (labelOf(inputs.labels, "dev.mcp.volume-kind") === "cache") return [];
      return [
        ...(retainOnDelete ? [] : [{ setting: "retainOnDelete", value: String(retainOnDelete ?? false) }]),
        ...replacing
          .filter((input) => !ignoreChanges.includes(input))
          .map((input) => ({ setting: "ignoreChanges", value: `without ${input}` })),
      ];
    },
    example: { options: { retainOnDelete: false, ignoreChanges: replacing } },
  }),
];
