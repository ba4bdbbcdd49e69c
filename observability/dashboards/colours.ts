import type { Level } from "./model";

/** What values are shown in by how well things are. */
export const colours: Record<"fine" | Level, string> = {
  fine: "#2e9e4f",
  warning: "#e0a100",
  critical: "#d5293f",
};
