import { addressAt, formatSubnet, offsetOf, parseSubnet } from "../../../topology/ipv4";

describe("IPv4 networks", () => {
  it("gives the address at an offset, across octets", () => {
    const subnet = parseSubnet("172.20.0.0/16");
    expect(addressAt(subnet, 20)).toBe("172.20.0.20");
    expect(addressAt(subnet, 256 + 7)).toBe("172.20.1.7");
  });

  it("measures how far an address lies behind the first, outside as well", () => {
    const subnet = parseSubnet("172.20.0.0/16");
    expect(offsetOf(subnet, "172.20.0.39")).toBe(39);
    expect(offsetOf(subnet, "172.19.255.255")).toBe(-1);
    expect(offsetOf(subnet, "223.0.0.1")).toBeGreaterThan(2 ** 16);
  });

  it.each([
    ["172.20.0.0/16", "172.20.0.0/16"],
    ["172.20.3.9/16", "172.20.0.0/16"],
    ["255.255.255.255/24", "255.255.255.0/24"],
    ["10.1.2.3/8", "10.0.0.0/8"],
  ])("clears the bits behind the prefix of %s", (given, clean) => {
    expect(formatSubnet(parseSubnet(given))).toBe(clean);
  });
});
