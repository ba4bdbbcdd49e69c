import { lookup } from "node:dns/promises";

/** An address of a host name; its family is 4 or 6. */
export interface Address {
  address: string;
  family?: number;
}

/** Gives all addresses of a host name. */
export type Lookup = (host: string) => Promise<Address[]>;

/** The system's own: what `/etc/hosts` and the name server say. */
export const systemLookup: Lookup = (host) => lookup(host, { all: true });

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
