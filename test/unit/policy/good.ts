import type { AnyResource, ContainerInputs, InputsOf, ResourceType } from "../../../policy/resource";

const container: ContainerInputs = {
  name: "shop",
  image: `sha256:${"0".repeat(64)}`,
  user: "10001:10001",
  envs: ["PORT=8080", "DATABASE_PASSWORD_FILE=/run/secrets/password", "[secret]", "[unknown]"],
  labels: [
    { label: "dev.mcp.service", value: "shop" },
    { label: "dev.mcp.tier", value: "2" },
  ],
  networksAdvanced: [{ name: "cluster", ipv4Address: "172.20.0.30" }],
  ports: [{ internal: 8080, external: 8080, ip: "127.0.0.1" }],
  volumes: [
    { volumeName: "shop-data", containerPath: "/data" },
    { hostPath: "/srv/shop", containerPath: "/shop", readOnly: true },
  ],
  mounts: [
    { type: "bind", source: "/srv", target: "/srv", readOnly: true, bindOptions: { propagation: "rslave" } },
  ],
  tmpfs: { "/tmp": "rw,nosuid,nodev,size=64m" },
  healthcheck: { tests: ["CMD", "shop", "health"] },
  memory: 64,
  memorySwap: 64,
  cpuShares: 1024,
  readOnly: true,
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  restart: "unless-stopped",
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
};

/** A stack that breaks no rule, with a resource of each type that rules are about. */
const stack: {
  [Type in ResourceType]: { name: string; inputs: InputsOf[Type]; options?: AnyResource["options"] };
} = {
  "docker:index/container:Container": { name: "shop", inputs: container },
  "docker:index/network:Network": {
    name: "network",
    inputs: { name: "cluster", ipamConfigs: [{ subnet: "172.20.0.0/16" }] },
  },
  "docker:index/volume:Volume": {
    name: "shop-data",
    inputs: { name: "shop-data", labels: [{ label: "dev.mcp.volume-kind", value: "data" }] },
    options: { retainOnDelete: true, ignoreChanges: ["labels", "driverOpts"] },
  },
  "mcpdocker:index:ConfigVolume": {
    name: "shop-etc",
    inputs: {
      namePrefix: "shop-etc",
      files: { "shop.yml": "port: 8080\n" },
      labels: {},
      imageId: "sha256:0",
    },
  },
  "mcpdocker:index:Image": {
    name: "shop",
    inputs: { request: { image: "shop", source: "registry" }, key: "0", repository: "mcp-dev/shop" },
  },
  "mcpdocker:index:Ready": {
    name: "shop",
    inputs: { containerId: "0", pidsLimit: 64, timeoutSeconds: 60 },
  },
};

/** The resources of that stack. */
export const goodStack: readonly AnyResource[] = Object.entries(stack).map(
  ([type, { name, inputs, options = {} }]) => ({
    type,
    name,
    inputs: { ...inputs },
    options,
  }),
);
