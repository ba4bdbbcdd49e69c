import type { Expected, ExpectedService } from "../../../drift/expected";
import type { Evidence } from "../../../drift/finding";
import type { ContainerConfig, Observed, ObservedContainer } from "../../../drift/observed";

export const now = Date.parse("2026-01-31T12:00:00Z");
export const longAgo = "2026-01-30T12:00:00Z";

const networkId = "n".repeat(64);
export const imageConfig: ContainerConfig = {
  User: "",
  Env: ["PATH=/bin"],
  Entrypoint: ["server"],
  Cmd: ["http"],
  Labels: { "dev.mcp.image": "server" },
  Volumes: null,
};

/** A service as the state has it, and the program too. */
export function service(name: string, changes: Partial<ExpectedService> = {}): ExpectedService {
  const args: ExpectedService["args"] = {
    name,
    image: "sha256:server",
    user: "1:1",
    envs: ["HOST=db", "PASSWORD=secret"],
    labels: [{ label: "dev.mcp.stack", value: "dev" }],
    networksAdvanced: [{ name: "net", ipv4Address: "10.0.0.2", aliases: [name] }],
    memory: 256,
    memorySwap: 256,
    readOnly: true,
    capabilities: { drops: ["ALL"] },
    restart: "unless-stopped",
    healthcheck: {
      tests: ["CMD", "health"],
      interval: "1m30s",
      timeout: "5s",
      startPeriod: "0s",
      retries: 3,
    },
  };
  return {
    name,
    containerId: `${name}-id`,
    containerName: name,
    args,
    pids: 64,
    planned: { args, pids: 64 },
    plainVariables: new Set(["HOST"]),
    dependsOn: [],
    dataVolumes: undefined,
    ...changes,
  };
}

/** The container that the engine has for such a service: up and healthy for long. */
export function container(name: string): ObservedContainer {
  return {
    Id: `${name}-id`,
    Name: `/${name}`,
    Image: "sha256:server",
    Created: longAgo,
    RestartCount: 0,
    State: {
      Status: "running",
      ExitCode: 0,
      OOMKilled: false,
      Error: "",
      StartedAt: longAgo,
      FinishedAt: "0001-01-01T00:00:00Z",
      Health: { Status: "healthy", Log: [] },
    },
    Config: {
      ...imageConfig,
      Image: "sha256:server",
      User: "1:1",
      Env: ["PATH=/bin", "PASSWORD=secret", "HOST=db"],
      Labels: { "dev.mcp.image": "server", "dev.mcp.stack": "dev" },
      Healthcheck: { Test: ["CMD", "health"], Interval: 90e9, Timeout: 5e9, Retries: 3 },
    },
    HostConfig: {
      PidsLimit: 64,
      Memory: 256 * 1024 ** 2,
      MemorySwap: 256 * 1024 ** 2,
      NanoCpus: 0,
      CpuShares: 0,
      CpuQuota: 0,
      CpusetCpus: "",
      ReadonlyRootfs: true,
      Privileged: false,
      Init: false,
      CapAdd: null,
      CapDrop: ["ALL"],
      SecurityOpt: null,
      GroupAdd: null,
      Tmpfs: null,
      PidMode: "",
      IpcMode: "private",
      NetworkMode: "bridge",
      Devices: null,
      DeviceRequests: null,
      RestartPolicy: { Name: "unless-stopped" },
      LogConfig: { Type: "", Config: {} },
      PortBindings: null,
    },
    Mounts: [],
    NetworkSettings: {
      Networks: {
        net: { IPAddress: "10.0.0.2", IPAMConfig: { IPv4Address: "10.0.0.2" }, Aliases: [name, "abc"] },
      },
    },
  };
}

/** What is looked at by the checks: a healthy stack of these services. */
export function evidence(
  services: ExpectedService[],
  observed: Partial<Observed> = {},
  expected: Partial<Expected> = {},
): Evidence {
  return {
    expected: {
      stack: "dev",
      environment: "0011",
      networks: [{ id: networkId, name: "net", subnet: "10.0.0.0/24", gateway: "10.0.0.1", internal: false }],
      services,
      volumes: [],
      configs: [],
      images: [],
      users: [],
      certificates: [],
      record: { version: "1", resources: [], pending: 0 },
      planned: [],
      ...expected,
    },
    observed: {
      now,
      containers: services.map(({ name }) => container(name)),
      networks: [
        {
          Id: networkId,
          Name: "net",
          Created: longAgo,
          Driver: "bridge",
          Internal: false,
          IPAM: { Config: [{ Subnet: "10.0.0.0/24", Gateway: "10.0.0.1" }] },
          Labels: {},
        },
      ],
      volumes: new Map(),
      images: new Map([["sha256:server", { Id: "sha256:server", Config: imageConfig }]]),
      changedFiles: new Map(),
      configs: new Map(),
      marks: new Map(),
      accounts: new Map(),
      answering: new Set(),
      events: [],
      ...observed,
    },
    before: { restarts: new Map(), unhealthy: new Set() },
    line: (command, words = []) => ["npm run", command, ...words].join(" "),
    provenance: { relation: "unknown", update: undefined },
  };
}
