import type { Rule } from "../rule";
import { addresses } from "./addresses";
import { data } from "./data";
import { images } from "./images";
import { lifecycle } from "./lifecycle";
import { limits } from "./limits";
import { mounts } from "./mounts";
import { namespaces } from "./namespaces";
import { network } from "./network";
import { privileges } from "./privileges";
import { secrets } from "./secrets";

const all = [
  ...privileges,
  ...namespaces,
  ...mounts,
  ...network,
  ...limits,
  ...lifecycle,
  ...images,
  ...secrets,
  ...data,
  ...addresses,
] as const;

/** A rule's name, as settings and exceptions give it. */
export type RuleId = (typeof all)[number]["id"];

/** Every rule, once: for the program, the policy pack, `npm run check` and the tests. */
export const rules: readonly Rule<RuleId>[] = all;

/** The rules' names, for the settings' schema. */
export const ruleIds = rules.map(({ id }) => id) as [RuleId, ...RuleId[]];
