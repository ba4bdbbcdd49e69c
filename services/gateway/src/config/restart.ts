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
  const switched = (before.tlsCert === undefined) !== (after.tlsCert === undefined);
  const tls: Problem = {
    key: "tlsCert",
    value: "the certificate",
    wrong: `can be changed as the gateway runs, but TLS is switched ${after.tlsCert ? "on" : "off"} by a restart only`,
    fix: "restart the gateway; until then no other change is taken over either",
  };
  const others = restartSettings
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({
      key,
      value: JSON.stringify(after[key]) ?? "nothing",
      wrong: `is taken over by a restart only; ${JSON.stringify(before[key]) ?? "nothing"} is in force`,
      fix: "restart the gateway, or put the value back; until then no other change is taken over either",
    }));
  return switched ? [tls, ...others] : others;
}
