import { carriesLabel, nameOf } from "../../cli/operate/containers";
import { lastEvent } from "../events";
import type { ExpectedNetwork, ExpectedService } from "../expected";
import { type Evidence, finding, type Finding } from "../finding";
import { containerOf } from "../observe";
import type { ObservedContainer } from "../observed";

/** The network itself, the place of every container on it, and who else is on it. */
export function networks(evidence: Evidence): Finding[] {
  const { network, services } = evidence.expected;
  if (!network) return [];
  return [
    ...itself(evidence, network),
    ...services.flatMap((service) => {
      const container = containerOf(service, evidence.observed.containers);
      return container ? place(evidence, network, service, container) : [];
    }),
    ...foreign(evidence, network),
  ];
}

function itself(evidence: Evidence, network: ExpectedNetwork): Finding[] {
  const { observed, line } = evidence;
  const told = { kind: "network" as const, object: network.name };
  const own = observed.networks.find(({ Id }) => Id === network.id);
  const other = observed.networks.find(({ Id }) => Id !== network.id);
  const found = own ?? other;
  const trace = (...actions: string[]) =>
    lastEvent(observed.events, { type: "network", actions, about: own ? network.id : network.name });
  if (!found)
    return [
      finding(
        evidence,
        { ...told, what: "removed", expected: network.subnet, found: "none", trace: trace("destroy") },
        { repair: { do: "network" } },
      ),
    ];
  // Without it the stack's own is one that was removed.
  const command = `${removal(network, observed.containers)} && ${line("drift", ["--fix"])}`;
  const values = {
    driver: ["bridge", found.Driver],
    subnet: [network.subnet, found.IPAM.Config?.[0]?.Subnet ?? "none"],
    gateway: [network.gateway, found.IPAM.Config?.[0]?.Gateway ?? "none"],
    internal: ["no", found.Internal ? "yes" : "no"],
  };
  return [
    ...(own
      ? []
      : [
          finding(
            evidence,
            {
              ...told,
              what: "replaced",
              expected: `network ${network.id.slice(0, 12)}`,
              found: `network ${found.Id.slice(0, 12)}`,
              trace: { ...trace("create"), since: new Date(found.Created).toISOString() },
            },
            { command },
          ),
        ]),
    ...Object.entries(values)
      .filter(([, [expected, actual]]) => expected !== actual)
      .map(([what, [expected = "", actual = ""]]) =>
        finding(evidence, { ...told, what, expected, found: actual }, { command }),
      ),
  ];
}

/** Takes a network away that is not the stack's: whoever is on it has to leave it first. */
function removal({ name }: ExpectedNetwork, containers: readonly ObservedContainer[]): string {
  const on = containers.filter(({ NetworkSettings }) => name in NetworkSettings.Networks).map(nameOf);
  const leave = on.map((container) => `docker network disconnect --force ${name} ${container}`);
  return [...leave, `docker network rm ${name}`].join(" && ");
}

function place(
  evidence: Evidence,
  network: ExpectedNetwork,
  service: ExpectedService,
  container: ObservedContainer,
): Finding[] {
  const { events, networks: there } = evidence.observed;
  const [wish] = service.args.networksAdvanced ?? [];
  const address = wish?.ipv4Address;
  const { Networks } = container.NetworkSettings;
  const endpoint = Networks[network.name];
  const told = { kind: "network" as const, object: service.containerName, service: service.name };
  const connect = {
    repair: {
      do: "connect" as const,
      container: container.Id,
      network: network.name,
      ...(address ? { address } : {}),
      aliases: wish?.aliases ?? [],
    },
  };
  // Onto one that is not the stack's nothing is connected; one that is gone is made first.
  const foreignNetwork = there.length > 0 && there.every(({ Id }) => Id !== network.id);
  const mend = foreignNetwork
    ? {
        command: `${removal(network, evidence.observed.containers)} && ${evidence.line("drift", ["--fix"])}`,
      }
    : connect;
  const changed = lastEvent(events, {
    type: "network",
    actions: ["disconnect", "connect"],
    about: container.Id,
  });
  const extra = Object.keys(Networks)
    .filter((name) => name !== network.name)
    .map((name) =>
      finding(
        evidence,
        { ...told, what: `extra network ${name}`, expected: "not connected", found: name, trace: changed },
        { repair: { do: "disconnect", container: container.Id, network: name } },
      ),
    );
  if (!endpoint)
    return [
      ...extra,
      finding(
        evidence,
        { ...told, what: "detached", expected: network.name, found: "not connected", trace: changed },
        mend,
      ),
    ];
  const found = endpoint.IPAddress || (endpoint.IPAMConfig?.IPv4Address ?? "");
  const lost = (wish?.aliases ?? []).filter((alias) => !endpoint.Aliases?.includes(alias));
  return [
    ...extra,
    ...(address && found !== address
      ? [
          finding(
            evidence,
            { ...told, what: "address", expected: address, found: found || "any", trace: changed },
            mend,
          ),
        ]
      : []),
    ...lost.map((alias) =>
      finding(
        evidence,
        {
          ...told,
          what: `alias ${alias}`,
          expected: alias,
          found: (endpoint.Aliases ?? []).join(", ") || "none",
          trace: changed,
        },
        mend,
      ),
    ),
  ];
}

/** Containers that are on the network or say that they are the stack's, and are none of its services. */
function foreign(evidence: Evidence, { name }: ExpectedNetwork): Finding[] {
  const { expected, observed, line } = evidence;
  const own = new Set(
    expected.services.map((service) => containerOf(service, observed.containers)?.Id ?? ""),
  );
  return observed.containers
    .filter((container) => !own.has(container.Id))
    .filter(
      (container) => name in container.NetworkSettings.Networks || carriesLabel(container, expected.stack),
    )
    .map((container) => {
      const made = container.Config.Labels?.["dev.mcp.environment"] === expected.environment;
      const object = nameOf(container);
      return finding(
        evidence,
        {
          kind: "network",
          object,
          what: "foreign container",
          expected: "none",
          found: `${object} (${container.Id.slice(0, 12)}, ${container.State.Status})`,
          trace: { since: new Date(container.Created).toISOString() },
        },
        {
          // What carries the state's own label was made by the program, and is not in the state.
          command: made ? line("repair") : `docker network disconnect --force ${name} ${object}`,
        },
      );
    });
}
