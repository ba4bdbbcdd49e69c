import type { Check, Evidence, Finding } from "../finding";
import { certificates } from "./certificates";
import { configuration } from "./configuration";
import { containers } from "./containers";
import { files } from "./files";
import { images } from "./images";
import { networks } from "./networks";
import { rights } from "./rights";
import { secrets } from "./secrets";
import { settings } from "./settings";
import { state } from "./state";
import { volumes } from "./volumes";

/** All that is checked, in the order of the report. A further kind of check is one more function here. */
const checks: readonly Check[] = [
  state,
  networks,
  volumes,
  images,
  containers,
  settings,
  files,
  configuration,
  secrets,
  rights,
  certificates,
];

/** All differences between what is expected and what one look has found. */
export function compare(evidence: Evidence): Finding[] {
  const found = checks.flatMap((check) => check(evidence));
  return [...new Map(found.map((finding) => [finding.id, finding])).values()];
}
