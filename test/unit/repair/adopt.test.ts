import { differences } from "../../../cli/repair/adopt/container";
import { passwordsInUse } from "../../../cli/repair/adopt/secrets";
import { sealed } from "../../../cli/repair/adopt/values";
import type { FoundContainer } from "../../../cli/repair/objects";
import { topologyOf } from "../preview/topologies";

const wanted = {
  image: "sha256:one",
  envs: sealed(["A=1", "PASSWORD=secret"]),
  labels: [{ label: "dev.mcp.stack", value: "dev" }],
  volumes: [{ volumeName: "data", containerPath: "/data" }],
  tmpfs: { "/tmp": "rw,size=64m" },
};
const running = {
  Image: "sha256:one",
  Config: { Env: ["PATH=/bin", "PASSWORD=secret", "A=1"], Labels: { "dev.mcp.stack": "dev", of: "image" } },
  HostConfig: { Tmpfs: { "/tmp": "rw,size=64m" } },
  Mounts: [{ Type: "volume", Name: "data", Source: "/var/lib/x", Destination: "/data", RW: true }],
} as unknown as FoundContainer;

describe("a container that is taken into the state", () => {
  it("is as the program wants it, whatever its image adds", () => {
    expect(differences(wanted, running)).toEqual([]);
  });

  it.each<[string, Partial<FoundContainer>]>([
    ["image", { Image: "sha256:two" }],
    ["envs", { Config: { ...running.Config, Env: ["PASSWORD=other", "A=1"] } }],
    ["labels", { Config: { ...running.Config, Labels: {} } }],
    ["volumes", { Mounts: [] }],
    ["tmpfs", { HostConfig: { ...running.HostConfig, Tmpfs: null } }],
  ])("is told from one with other %s, so that the next update replaces it", (property, change) => {
    expect(differences(wanted, { ...running, ...change })).toEqual([property]);
  });
});

describe("the passwords of a lost state", () => {
  it("are all in what the containers were started with", () => {
    const topology = topologyOf({ tiers: 5 });
    const containers = new Map(
      topology.tiers
        .flatMap(({ services }) => services)
        .map(({ containerName, environment }) => {
          const Env = Object.entries(environment).map(([name, value]) =>
            typeof value === "string" || !("secret" in value)
              ? `${name}=x`
              : `${name}=value=of ${value.secret}`,
          );
          return [containerName, { Config: { Env } } as FoundContainer] as const;
        }),
    );
    expect(topology.secrets.length).toBeGreaterThan(5);
    expect(Object.fromEntries(passwordsInUse(topology, containers))).toEqual(
      Object.fromEntries(topology.secrets.map(({ name }) => [name, `value=of ${name}`])),
    );
  });
});
