/** An IPv4 network: its first address as a number, and the length of its prefix. */
export interface Subnet {
  base: number;
  prefix: number;
}

/** Reads CIDR notation that has been checked for its form. Bits behind the prefix are dropped. */
export function parseSubnet(cidr: string): Subnet {
  const [address = "", prefix = ""] = cidr.split("/");
  const length = Number(prefix);
  const size = 2 ** (32 - length);
  return { base: Math.floor(toNumber(address) / size) * size, prefix: length };
}

/** The address that lies `offset` behind the network's first one. */
export function addressAt(subnet: Subnet, offset: number): string {
  const value = subnet.base + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** How far an address lies behind the network's first one; negative or too large where it is outside. */
export function offsetOf(subnet: Subnet, address: string): number {
  return toNumber(address) - subnet.base;
}

/** The network in CIDR notation, with the bits behind the prefix cleared. */
export function formatSubnet(subnet: Subnet): string {
  return `${addressAt(subnet, 0)}/${subnet.prefix}`;
}

/** Whether two networks have an address in common. */
export function overlap(one: Subnet, other: Subnet): boolean {
  return one.base < endOf(other) && other.base < endOf(one);
}

/** Whether all of a network is in another. */
export function within(inner: Subnet, outer: Subnet): boolean {
  return inner.base >= outer.base && endOf(inner) <= endOf(outer);
}

/** The first address behind the network. */
function endOf({ base, prefix }: Subnet): number {
  return base + 2 ** (32 - prefix);
}

function toNumber(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}
