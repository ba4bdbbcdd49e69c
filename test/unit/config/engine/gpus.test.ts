import { offersGpus } from "../../../../config/engine/gpus";

describe("whether an engine offers GPUs", () => {
  it.each([
    ["with NVIDIA's runtime", { Runtimes: { runc: {}, nvidia: {} } }, true],
    ["with a CDI device", { Runtimes: { runc: {} }, DiscoveredDevices: [{ ID: "nvidia.com/gpu=0" }] }, true],
    ["with other devices only", { DiscoveredDevices: [{ ID: "vendor.com/net=0" }] }, false],
    ["with neither", { Runtimes: { runc: {} }, DiscoveredDevices: null }, false],
  ])("%s", (_what, info, expected) => {
    expect(offersGpus(info)).toBe(expected);
  });
});
