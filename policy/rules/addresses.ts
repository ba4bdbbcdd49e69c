import type { System } from "../../config/schema";
import { offsetOf, parseSubnet } from "../../topology/ipv4";
import { ownNetworkName } from "../../topology/networks";
import { tekupPlaces } from "../../topology/tekup/places";
import { type TierPlace, tierPlaces } from "../../topology/tiers";
import { isOf, labelOf, type Resource } from "../resource";
import { stackRule, type StackView } from "../rule";

/** The tiers whose addresses are told apart by range. */
const places: Record<System, readonly TierPlace[]> = {
  devcontainer: Object.values(tierPlaces),
  tekup: Object.values(tekupPlaces),
};

const isNetwork = isOf("docker:index/network:Network");
const isContainer = isOf("docker:index/container:Container");

/** Where services are found. */
export const addresses = [
  stackRule({
    id: "address-in-tier",
    title: "Every container has a fixed address of its own, within the range of its tier",
    reference: ["this project"],
    level: "mandatory",
    remedy:
      "give `networksAdvanced.ipv4Address` a free address of the tier's range; docs/architecture.md names the ranges",
    checkStack: (stack) => {
      const taken = new Set<string>();
      return stack.resources.filter(isContainer).flatMap((container) => {
        const address = container.inputs.networksAdvanced?.[0]?.ipv4Address;
        const fine = address !== undefined && isInTier(address, container, stack) && !taken.has(address);
        if (address) taken.add(address);
        if (fine) return [];
        return [
          { resource: container, setting: "networksAdvanced.ipv4Address", value: address ?? "not set" },
        ];
      });
    },
    example: (resources) =>
      resources.map((resource) =>
        isContainer(resource)
          ? { ...resource, inputs: { ...resource.inputs, networksAdvanced: [{ name: "cluster" }] } }
          : resource,
      ),
  }),
];

/** On the stack's own network within the range of its tier; on another one anywhere. */
function isInTier(
  address: string,
  container: Resource<"docker:index/container:Container">,
  { system, resources }: StackView,
): boolean {
  const own = container.inputs.networksAdvanced?.[0]?.name;
  const found = resources.filter(isNetwork).find(({ inputs }) => inputs.name === own);
  const subnet = found?.inputs.ipamConfigs?.[0]?.subnet;
  if (!found || !subnet) return true; // a network that is somebody else's
  const network = parseSubnet(subnet);
  const offset = offsetOf(network, address);
  const tier = Number(labelOf(container.inputs.labels, "dev.mcp.tier"));
  const place =
    found.name === ownNetworkName ? places[system].find(({ number }) => number === tier) : undefined;
  const size = 2 ** (32 - network.prefix);
  const [first, last] = place ? [place.firstOffset, place.lastOffset] : [1, size - 2];
  return offset >= first && offset <= last;
}
