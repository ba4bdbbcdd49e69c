import { type Evidence, finding, type Finding } from "../finding";

/** Whether the databases let their users in with the passwords that the state has. */
export function secrets(evidence: Evidence): Finding[] {
  return evidence.expected.users.flatMap(({ service, server, inputs }) => {
    const refused = evidence.observed.refused.get(`${service} ${inputs.kind}`);
    if (refused === undefined) return [];
    return [
      finding(
        evidence,
        {
          kind: "secret",
          object: `${server}/${inputs.name}`,
          service,
          what: `password of ${inputs.name} in ${server}`,
          expected: "the state's password is let in",
          found: refused,
        },
        { repair: { do: "grant", user: inputs } },
      ),
    ];
  });
}
