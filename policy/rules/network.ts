import { breach, containerRule } from "../rule";

/** The last port that takes special rights on the host. */
const lastPrivilegedPort = 1023;
const sshPort = 22;

const isEverywhere = (address: string | undefined) => ["", "0.0.0.0", "::", "*"].includes(address ?? "");
const isLoopback = (address: string) => /^127\./.test(address) || address === "::1";

/** Who can reach a container, and by what. */
export const network = [
  containerRule({
    id: "own-bridge",
    title: "Every container is on a network of its stack, never on the engine's default bridge",
    reference: ["CIS 5.30", "OWASP 5"],
    level: "mandatory",
    remedy: "name the stack's network in `networksAdvanced`",
    // The provider says `bridge` in `networkMode` as well where nothing is said, and takes the container off it.
    check: ({ networksAdvanced = [] }) => [
      ...breach(networksAdvanced.length === 0, "networksAdvanced", undefined),
      ...networksAdvanced.flatMap(({ name }) => breach(name === "bridge", "networksAdvanced", name)),
    ],
    example: { networksAdvanced: [{ name: "cluster", ipv4Address: "172.20.0.30" }, { name: "bridge" }] },
  }),
  containerRule({
    id: "ports-on-an-address",
    title: "Ports are published on an address of the host, not on all of them",
    reference: ["CIS 5.14"],
    level: "mandatory",
    remedy: "set the port's `ip`, to 127.0.0.1 unless other machines are to reach it",
    check: ({ ports = [] }) =>
      ports.flatMap(({ ip, external, internal }) =>
        breach(isEverywhere(ip), "ports.ip", `${ip ?? ""}:${external ?? internal}`),
      ),
    example: { ports: [{ internal: 8080, external: 8080, ip: "0.0.0.0" }] },
  }),
  containerRule({
    id: "ports-on-the-loopback",
    title: "Ports are published on the loopback",
    reference: ["CIS 5.14", "OWASP 5"],
    level: "advisory",
    remedy: "set the port's `ip` to 127.0.0.1, with what encrypts and authenticates in front of it",
    check: ({ ports = [] }) =>
      ports.flatMap(({ ip, external, internal }) =>
        breach(!isEverywhere(ip) && !isLoopback(ip ?? ""), "ports.ip", `${ip}:${external ?? internal}`),
      ),
    example: { ports: [{ internal: 8080, external: 8080, ip: "192.0.2.10" }] },
  }),
  containerRule({
    id: "ports-unprivileged",
    title: "No published port takes special rights on the host",
    reference: ["CIS 5.8"],
    level: "mandatory",
    remedy: `publish on a port above ${lastPrivilegedPort}`,
    check: ({ ports = [] }) =>
      ports.flatMap(({ external }) =>
        breach(external !== undefined && external <= lastPrivilegedPort, "ports.external", external),
      ),
    example: { ports: [{ internal: 8080, external: 80, ip: "127.0.0.1" }] },
  }),
  containerRule({
    id: "ports-by-name",
    title: "Only ports that are named are published",
    reference: ["CIS 5.9"],
    level: "mandatory",
    remedy: "leave `publishAllPorts` out and name the port in `ports`",
    check: ({ publishAllPorts }) => breach(publishAllPorts === true, "publishAllPorts", publishAllPorts),
    example: { publishAllPorts: true },
  }),
  containerRule({
    id: "no-ssh-server",
    title: "No container runs an SSH server",
    reference: ["CIS 5.7"],
    level: "mandatory",
    remedy: "leave it out; `npm run shell` opens a shell in a container",
    check: ({ entrypoints = [], command = [], ports = [] }) => [
      ...[...entrypoints, ...command].flatMap((word) =>
        breach(/(^|[\s/;&|])(sshd|dropbear)($|[\s;&|])/.test(word), "command", word),
      ),
      ...ports.flatMap(({ internal }) => breach(internal === sshPort, "ports.internal", internal)),
    ],
    example: { command: ["/usr/sbin/sshd", "-D"] },
  }),
];
