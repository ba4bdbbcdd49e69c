import { lookup as resolve, type LookupAddress, type LookupOptions } from "node:dns";
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** What may be reached besides the public Internet. */
export interface EgressSettings {
  /** Names of hosts, with `*.` for all names below. */
  hosts: string[];
  ranges: [Address, number][];
}

/** A destination is refused. */
export class EgressError extends Error {
  readonly code = "EGRESS_REFUSED";
}

/** What gives the addresses of a name; `dns.lookup` but in tests. */
export type Resolve = (
  name: string,
  options: { all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

type LookupDone = (error: Error | null, address?: string | LookupAddress[], family?: number) => void;

/** Decides which addresses may be connected to: those of the public Internet, and what the settings allow. */
export class EgressPolicy {
  constructor(
    private readonly allowed: EgressSettings,
    private readonly names: Resolve = resolve,
  ) {}

  /**
   * To be given to `net.connect` as its `lookup`: gives those of a name's addresses that may be reached, and the
   * connection is made to one of just these. So a name that answers differently the next time gains nothing.
   */
  readonly lookup = (name: string, options: LookupOptions, done: LookupDone): void => {
    this.names(name, { all: true }, (error, addresses) => {
      if (error) return done(error);
      const reachable = addresses.filter(({ address }) => this.refusal(name, address) === undefined);
      const [first] = reachable;
      if (!first) return done(new EgressError(this.refusal(name, addresses[0]?.address ?? "")));
      if (options.all) return done(null, reachable);
      done(null, first.address, first.family);
    });
  };

  /**
   * Why an address may not be connected to; undefined where it may.
   * @param name the host's name, or the address itself.
   */
  refusal(name: string, address: string): string | undefined {
    if (!ipaddr.isValid(address)) return `${name} has no address`;
    const parsed = unwrapped(ipaddr.parse(address));
    if (this.allowed.hosts.some((pattern) => matches(name, pattern))) return undefined;
    if (this.allowed.ranges.some((range) => parsed.kind() === range[0].kind() && parsed.match(range)))
      return undefined;
    if (isPublic(parsed) && !isOwn(parsed)) return undefined;
    const at = name === address ? name : `${name} (${address})`;
    return `${at} is not on the public Internet; BROWSER_ALLOW_PRIVATE can allow it`;
  }
}

/**
 * Addresses that carry an IPv4 address for a gateway to take out again: mapped, NAT64 and 6to4. They reach what that
 * address does.
 */
function unwrapped(address: Address): Address {
  if (address instanceof ipaddr.IPv4) return address;
  const bytes = address.toByteArray();
  switch (address.range()) {
    case "ipv4Mapped":
    case "rfc6145":
    case "rfc6052":
      return new ipaddr.IPv4(bytes.slice(12));
    case "6to4":
      return new ipaddr.IPv4(bytes.slice(2, 6));
    default:
      return address;
  }
}

/** All that IANA has given out for global use; in IPv6 that is 2000::/3 but for its special parts. */
const GLOBAL_IPV6 = ipaddr.parseCIDR("2000::/3");

function isPublic(address: Address): boolean {
  if (address.range() !== "unicast") return false;
  return address instanceof ipaddr.IPv4 || address.match(GLOBAL_IPV6);
}

/** The machine itself, whatever its addresses are. */
function isOwn(address: Address): boolean {
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.some((one) => ipaddr.process(one.address).toString() === address.toString());
}

function matches(name: string, pattern: string): boolean {
  const lower = name.toLowerCase().replace(/\.$/, "");
  return pattern.startsWith("*.") ? lower.endsWith(pattern.slice(1)) : lower === pattern;
}
