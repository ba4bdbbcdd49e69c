// Plain JavaScript, so that the comparison is with the fastest way that a Pulumi program can be loaded.
const docker = require("@pulumi/docker");
const pulumi = require("@pulumi/pulumi");
const random = require("@pulumi/random");

const config = new pulumi.Config();
const environment = new random.RandomId("environment", { byteLength: 8 });
const container = new docker.Container("only", {
  image: config.require("imageId"),
  name: config.require("name"),
  envs: [pulumi.interpolate`ENVIRONMENT=${environment.hex}`],
  entrypoints: ["sleep", "86400"],
  memory: 64,
  memorySwap: 64,
  stopTimeout: 1,
  destroyGraceSeconds: 1,
});
new pulumi.CustomResource("mcpdocker:index:Ready", "only", {
  containerId: container.id,
  pidsLimit: 16,
  timeoutSeconds: 60,
});
