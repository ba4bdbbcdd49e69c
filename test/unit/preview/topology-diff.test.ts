import { topologyDifference } from "../../../cli/preview/topology-diff";
import { topologyOf, withService } from "./topologies";

const dev = topologyOf();

describe("the topology's difference", () => {
  it("is empty for what is the same", () => {
    expect(topologyDifference(dev, topologyOf())).toEqual([]);
  });

  it("names each value by where it is, and a thing in a list by its name", () => {
    const changed = topologyOf({ services: { "postgres-mcp": { memory: "1g" } } });
    expect(topologyDifference(dev, changed)).toEqual([
      "- tiers.mcp-servers.services.postgres-mcp.memoryMiB: 256",
      "+ tiers.mcp-servers.services.postgres-mcp.memoryMiB: 1024",
    ]);
  });

  it("shows of a longer text the lines that differ", () => {
    const file = (text: string) => ({ configs: [{ path: "/etc/x", files: { "x.conf": text } }] });
    const lines = topologyDifference(
      withService(dev, "mariadb", file("one\ntwo\nthree")),
      withService(dev, "mariadb", file("one\nzwei\nthree")),
    );
    expect(lines).toEqual([
      "- tiers.databases.services.mariadb.configs.0.files.x.conf | two",
      "+ tiers.databases.services.mariadb.configs.0.files.x.conf | zwei",
    ]);
  });
});
