import { engineNamesFree } from "../../../config/engine-names";
import { docker } from "../../../engine/docker";
import type { Topology } from "../../../topology";

jest.mock("../../../engine/docker");

describe("names of containers", () => {
  const services = ["nginx", "prometheus"].map((name) => ({ name, containerName: name }));
  const topology = { stack: "prod", tiers: [{ services }] } as unknown as Topology;
  const onEngine = (lines: string) => jest.mocked(docker).mockResolvedValue(lines);

  it("are refused where another stack's containers have them, with what mends it", async () => {
    onEngine("nginx\tdev\nprometheus\tdev\n");
    await expect(engineNamesFree(topology, "")).rejects.toThrow(
      /mcp:namePrefix: "" gives "nginx" and 1 more, which containers of the stack "dev".*\n.*namePrefix prod-/,
    );
  });

  it("are the stack's own, somebody's who is no stack, or not known where no engine answers", async () => {
    onEngine("nginx\tprod\nother\tdev\n");
    await engineNamesFree(topology, "");
    onEngine("");
    await engineNamesFree(topology, "");
    jest.mocked(docker).mockRejectedValue(new Error("no engine"));
    await engineNamesFree(topology, "");
  });
});
