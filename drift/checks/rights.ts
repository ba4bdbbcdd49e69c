import { dialects } from "../../provider/sql/dialects";
import type { Deviation } from "../../provider/sql/rights";
import type { ExpectedUser } from "../expected";
import { type Evidence, finding, type Finding } from "../finding";
import { containerOf } from "../observe";
import { shellWord } from "../../config/shell-word";

/** Whether the stack's database users may do what their access says and nothing else, and whether there are others. */
export function rights(evidence: Evidence): Finding[] {
  return [
    ...unread(evidence),
    ...deviationsOf(evidence).flatMap(({ server, deviation, user, users }) => {
      if (deviation.of === "password") return [];
      if (deviation.of === "foreign") return [foreign(evidence, server, users, deviation)];
      // What several have their rights from is brought back along with one of them.
      const mended = user ?? users.find(({ inputs }) => inputs.name === deviation.mendedBy) ?? users[0];
      return mended ? [changed(evidence, server, deviation, mended, user?.service ?? server)] : [];
    }),
  ];
}

/** A deviation, with the user that it is about where it is about one. */
interface Found {
  server: string;
  deviation: Deviation;
  user: ExpectedUser | undefined;
  users: ExpectedUser[];
}

/** All that differs about accounts, on all servers. */
export function deviationsOf({ expected, observed }: Evidence): Found[] {
  return [...observed.accounts].flatMap(([server, found]) => {
    if ("unread" in found) return [];
    const users = expected.users.filter((user) => user.server === server);
    return found.deviations.map((deviation) => ({
      server,
      deviation,
      user: users.find(({ inputs }) => inputs.name === deviation.user),
      users,
    }));
  });
}

function unread(evidence: Evidence): Finding[] {
  return [...evidence.observed.accounts].flatMap(([server, found]) =>
    "unread" in found
      ? [
          finding(
            evidence,
            {
              kind: "rights",
              object: server,
              service: server,
              what: "accounts",
              expected: "what its users may do can be read",
              found: found.unread,
            },
            { command: evidence.line("logs", [server]) },
          ),
        ]
      : [],
  );
}

function changed(
  evidence: Evidence,
  server: string,
  { name, what, expected, found }: Deviation,
  user: ExpectedUser,
  service: string,
): Finding {
  return finding(
    evidence,
    {
      kind: "rights",
      object: `${server}/${name}`,
      service,
      what: `${what} of ${name} in ${server}`,
      expected,
      found,
    },
    { repair: { do: "grant", user: user.inputs } },
  );
}

/** Whoever made it may need it: it is for a person to lock it out. */
function foreign(
  evidence: Evidence,
  server: string,
  [user]: readonly ExpectedUser[],
  { name, what, expected, found, lock = "" }: Deviation,
): Finding {
  const service = evidence.expected.services.find((one) => one.name === server);
  const container = service && containerOf(service, evidence.observed.containers);
  const words = user ? dialects[user.inputs.kind].statement(lock) : [];
  const command = ["docker", "exec", container?.Name.slice(1) ?? server, ...words].map(shellWord).join(" ");
  return finding(
    evidence,
    {
      kind: "rights",
      object: `${server}/${name}`,
      service: server,
      what: `${what} ${name}`,
      expected,
      found,
    },
    { command },
  );
}
