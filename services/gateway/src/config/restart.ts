import { isDeepStrictEqual } from "node:util";
import type { Problem } from "./errors";
import { type Settings, settingsSchema } from "./schema";
import { metaOf } from "../../../host/zod-schema";

/** The settings that only a new process takes over. */
export const restartSettings = Object.entries(settingsSchema.shape)
  .filter(([, field]) => metaOf(field, "restart"))
  .map(([key]) => key as keyof Settings);

/** What keeps a running gateway from taking over other settings. */
export function restartProblems(before: Settings, after: Settings): Problem[] {
  return restartSettings
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({
      key,
      value: JSON.stringify(after[key]) ?? "nothing",
      wrong: `is taken over by a restart only; ${JSON.stringify(before[key]) ?? "nothing"} is in force`,
      fix: "restart the gateway, or put the value back; until then no other change is taken over either",
    }));
}
