import { engineKeepsLogs } from "../../../config/engine-logs";
import { askEngine } from "../../../engine/api";
import type { Topology } from "../../../topology";

jest.mock("../../../engine/api");

describe("a log store", () => {
  const withServices = (...names: string[]) =>
    ({ stack: "prod", tiers: [{ services: names.map((name) => ({ name })) }] }) as unknown as Topology;
  const engineIn = (folder: string) => jest.mocked(askEngine).mockResolvedValue({ DockerRootDir: folder });

  it("is refused where the engine keeps logs in another folder, with what mends it", async () => {
    engineIn("/home/me/.local/share/docker");
    await expect(engineKeepsLogs(withServices("log-store"))).rejects.toThrow(
      /the engine keeps its logs in \/home\/me\/.local\/share\/docker\/containers\n.*'mcp:logs.retentionDays' 0/,
    );
  });

  it("is taken where it reads the engine's folder, where no engine answers, and where there is none", async () => {
    engineIn("/var/lib/docker");
    await engineKeepsLogs(withServices("log-store"));
    jest.mocked(askEngine).mockRejectedValue(new Error("no engine"));
    await engineKeepsLogs(withServices("log-store"));
    engineIn("/home/me/.local/share/docker");
    await engineKeepsLogs(withServices("nginx"));
  });
});
