import type { Deviation } from "../../provider/sql/rights";
import type { ExpectedUser } from "../expected";
import { type Evidence, finding, type Finding } from "../finding";
import { deviationsOf } from "./rights";

/** Whether the databases let their users in with the passwords that the state has. */
export function secrets(evidence: Evidence): Finding[] {
  return deviationsOf(evidence).flatMap(({ deviation, user }) =>
    deviation.of === "password" && user ? [password(evidence, deviation, user)] : [],
  );
}

function password(
  evidence: Evidence,
  { found }: Deviation,
  { service, server, inputs }: ExpectedUser,
): Finding {
  return finding(
    evidence,
    {
      kind: "secret",
      object: `${server}/${inputs.name}`,
      service,
      what: `password of ${inputs.name} in ${server}`,
      expected: "the state's password",
      found,
    },
    { repair: { do: "grant", user: inputs } },
  );
}
