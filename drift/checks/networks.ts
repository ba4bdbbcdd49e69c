import { carriesLabel, nameOf } from "../../cli/operate/containers";
import { lastEvent } from "../events";
import type { ExpectedNetwork, ExpectedService } from "../expected";
import { type Evidence, finding, type Finding, type Repair } from "../finding";
import { containerOf } from "../observe";
import type { Endpoint, ObservedContainer } from "../observed";

/** The networks themselves, the place of every container on them, and who else is on them. */
export function networks(evidence: Evidence): Finding[] {
  const { networks: own, services } = evidence.expected;
  return [
    ...own.flatMap((network) => itself(evidence, network)),
    ...services.flatMap((service) => {
      const container = containerOf(service, evidence.observed.containers);
      if (!container) return [];
      const on = own.filter(({ name }) => wishOf(service, name));
      return [
        ...extra(evidence, service, container),
        ...on.flatMap((network) => place(evidence, network, service, container)),
      ];
    }),
    ...foreign(evidence),
    ...impostors(evidence),
  ];
}

/** What the state wants of a service on the network of this name. */
function wishOf({ args }: ExpectedService, network: string) {
  return args.networksAdvanced?.find(({ name }) => name === network);
}

function itself(evidence: Evidence, network: ExpectedNetwork): Finding[] {
  const { observed, line } = evidence;
  const told = { kind: "network" as const, object: network.name };
  const named = observed.networks.filter(({ Name }) => Name === network.name);
  const own = named.find(({ Id }) => Id === network.id);
  const other = named.find(({ Id }) => Id !== network.id);
  const found = own ?? other;
  const trace = (...actions: string[]) =>
    lastEvent(observed.events, { type: "network", actions, about: own ? network.id : network.name });
  if (!found)
    return [
      finding(
        evidence,
        { ...told, what: "removed", expected: network.subnet, found: "none", trace: trace("destroy") },
        { repair: { do: "network", id: network.id } },
      ),
    ];
  // Without it the stack's own is one that was removed.
  const command = `${removal(network, observed.containers)} && ${line("drift", ["--fix"])}`;
  const values = {
    driver: ["bridge", found.Driver],
    subnet: [network.subnet, found.IPAM.Config?.[0]?.Subnet ?? "none"],
    gateway: [network.gateway, found.IPAM.Config?.[0]?.Gateway ?? "none"],
    internal: [network.internal ? "yes" : "no", found.Internal ? "yes" : "no"],
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
  const { networks: all } = evidence.observed;
  const there = all.filter(({ Name }) => Name === network.name);
  const wish = wishOf(service, network.name);
  const address = wish?.ipv4Address;
  const endpoint = container.NetworkSettings.Networks[network.name];
  const told = { kind: "network" as const, object: service.containerName, service: service.name };
  const connect = { repair: reconnect(service, container, network.name) };
  // Onto one that is not the stack's nothing is connected; one that is gone is made first.
  const foreignNetwork = there.length > 0 && there.every(({ Id }) => Id !== network.id);
  const mend = foreignNetwork
    ? {
        command: `${removal(network, evidence.observed.containers)} && ${evidence.line("drift", ["--fix"])}`,
      }
    : connect;
  const changed = moved(evidence, container);
  if (!endpoint)
    return [
      finding(
        evidence,
        { ...told, what: "detached", expected: network.name, found: "not connected", trace: changed },
        mend,
      ),
    ];
  const found = endpoint.IPAddress || (endpoint.IPAMConfig?.IPv4Address ?? "");
  const lost = (wish?.aliases ?? []).filter((alias) => !endpoint.Aliases?.includes(alias));
  return [
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

/** Gives a container its address and its names on a network, and no others. */
function reconnect(service: ExpectedService, { Id }: ObservedContainer, network: string): Repair {
  const { ipv4Address, aliases = [] } = wishOf(service, network) ?? {};
  return {
    do: "connect",
    container: Id,
    network,
    ...(ipv4Address ? { address: ipv4Address } : {}),
    aliases,
  };
}

/** Networks that a container is on and should not be. */
function extra(evidence: Evidence, service: ExpectedService, container: ObservedContainer): Finding[] {
  const told = { kind: "network" as const, object: service.containerName, service: service.name };
  return Object.keys(container.NetworkSettings.Networks)
    .filter((name) => !wishOf(service, name))
    .map((name) =>
      finding(
        evidence,
        {
          ...told,
          what: `extra network ${name}`,
          expected: "not connected",
          found: name,
          trace: moved(evidence, container),
        },
        { repair: { do: "disconnect", container: container.Id, network: name } },
      ),
    );
}

/** When a container was last taken off a network or put on one. */
function moved({ observed }: Evidence, { Id }: ObservedContainer) {
  return lastEvent(observed.events, { type: "network", actions: ["disconnect", "connect"], about: Id });
}

/** Containers that are on a network of the stack's or say that they are the stack's, and are none of its services. */
function foreign(evidence: Evidence): Finding[] {
  const { expected, observed, line } = evidence;
  const on = (container: ObservedContainer) =>
    expected.networks.filter(({ name }) => name in container.NetworkSettings.Networks);
  const own = new Set(
    expected.services.map((service) => containerOf(service, observed.containers)?.Id ?? ""),
  );
  return observed.containers
    .filter((container) => !own.has(container.Id))
    .filter((container) => on(container).length > 0 || carriesLabel(container, expected.stack))
    .map((container) => {
      const made = container.Config.Labels?.["dev.mcp.environment"] === expected.environment;
      const object = nameOf(container);
      const leave = on(container).map(({ name }) => `docker network disconnect --force ${name} ${object}`);
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
          command: made ? line("repair") : leave.join(" && ") || `docker rm --force ${object}`,
        },
      );
    });
}

/** Containers that answer to the name of a service that they are not: look-ups lead to them, in turn with the service's own. */
function impostors(evidence: Evidence): Finding[] {
  const { expected, observed } = evidence;
  return expected.networks.flatMap(({ name: network }) =>
    observed.containers.flatMap((container) => {
      const endpoint = container.NetworkSettings.Networks[network];
      if (!endpoint) return [];
      const own = expected.services.find(
        (service) => containerOf(service, observed.containers) === container,
      );
      const mayHave = new Set(own ? namesOf(own, network) : []);
      const others = expected.services.filter((service) => service !== own);
      const taken = others.flatMap((service) =>
        namesOf(service, network)
          .filter((name) => answersTo(container, endpoint).has(name) && !mayHave.has(name))
          .map((name) => ({ service, name })),
      );
      const byName = new Map(taken.map((one) => [one.name, one]));
      return [...byName.values()].map(({ service, name }) =>
        finding(
          evidence,
          {
            kind: "impostor",
            object: nameOf(container),
            what: `answers to ${name}`,
            expected: `the name of ${service.containerName} alone`,
            found: `${nameOf(container)} (${endpoint.IPAddress || container.State.Status}) answers to it as well`,
            trace: { since: new Date(container.Created).toISOString(), ...moved(evidence, container) },
          },
          own
            ? { repair: reconnect(own, container, network) }
            : { command: `docker network disconnect --force ${network} ${nameOf(container)}` },
        ),
      );
    }),
  );
}

/** The names by which a service is found on a network. */
function namesOf(service: ExpectedService, network: string): string[] {
  const wish = wishOf(service, network);
  return wish ? [service.containerName, ...(wish.aliases ?? [])] : [];
}

function answersTo(container: ObservedContainer, { Aliases, DNSNames }: Endpoint): ReadonlySet<string> {
  return new Set([nameOf(container), ...(Aliases ?? []), ...(DNSNames ?? [])]);
}
