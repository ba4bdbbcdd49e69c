import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";

/** An address of a host name; its family is 4 or 6. */
export interface Address {
  address: string;
  family?: number;
}

/** Gives all addresses of a host name. */
export type Lookup = (host: string) => Promise<Address[]>;

/** The system's own: what `/etc/hosts` and the name server say. */
export const systemLookup: Lookup = (host) => lookup(host, { all: true });

/** What these name servers say, each an address with or without a port. */
export function nameServerLookup(servers: readonly string[]): Lookup {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers(servers);
  return async (host) => {
    if (isIP(host) !== 0) return [{ address: host }];
    const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
    const addresses = found.flatMap((part) => (part.status === "fulfilled" ? part.value : []));
    const [four] = found;
    if (addresses.length === 0 && four.status === "rejected" && !knowsNone(four.reason)) throw four.reason;
    return addresses.map((address) => ({ address }));
  };
}

/** What these name servers say; what the system does where there are none. */
export function lookupFor(nameServers: readonly string[]): Lookup {
  return nameServers.length > 0 ? nameServerLookup(nameServers) : systemLookup;
}

/** Whether a name server says that there is no such name, or no address of it: not that it can't be asked. */
function knowsNone(error: unknown): boolean {
  return ["ENOTFOUND", "ENODATA"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** The addresses of a URL's host. */
export function addressesOf(url: string, find: Lookup): Promise<Address[]> {
  return find(new URL(url).hostname.replace(/^\[|\]$/g, ""));
}

/**
 * The origins that a URL has at these addresses, for example `http://172.22.0.5:3001`.
 * @param port takes the place of the URL's.
 */
export function originsOf(url: string, addresses: readonly Address[], port?: number): string[] {
  const { protocol, port: own } = new URL(url);
  const at = port ?? (own || (protocol === "https:" ? "443" : "80"));
  return addresses.map(({ address }) => {
    const host = address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
    return `${protocol}//${host}:${at}`;
  });
}
