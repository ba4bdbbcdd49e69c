import { dataVolumes } from "../../../cli/operate/data-volumes";
import { describeStack } from "../../../cli/stack-file";

it("asks for data alone to be deleted: a cache is gone with its stack, and deleting it again would fail", () => {
  const { topology } = describeStack({ stack: "dev" });
  const caches = topology.volumes.filter(({ kind }) => kind === "cache").map(({ volumeName }) => volumeName);
  expect(caches).toContain("buildkit-cache");
  expect(dataVolumes(topology)).toEqual(
    expect.arrayContaining(["postgres-data", "mariadb-data", "prometheus-data", "devcontainer-home"]),
  );
  expect(dataVolumes(topology).filter((volume) => caches.includes(volume))).toEqual([]);
});
