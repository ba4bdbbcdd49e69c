import { readFileSync } from "node:fs";

import { describeToolchain } from "./bin";
import { pluginNames, pluginSchema } from "./plugin-names";
import { sdkNames } from "./sdk-names";

/** What the SDK names and the plugin built here does not: names by their owner, and why. */
const absent: Record<string, Record<string, string>> = {
  docker: {
    Image: "native to the official plugin, not in the Terraform provider; RemoteImage builds images, too",
    CacheFrom: "an argument of Image",
    DockerBuild: "an argument of Image",
    Registry: "an argument of Image",
  },
  random: {},
};

const providers = Object.keys(absent);

describeToolchain("the built plugin", () => {
  it.each(providers)("%s has the SDK's version, else the engine looks for another", (provider) => {
    const manifest = readFileSync(require.resolve(`@pulumi/${provider}/package.json`), "utf8");
    const sdk = JSON.parse(manifest) as { version: string };
    expect(pluginSchema(provider).version).toBe(sdk.version);
  });

  it.each(providers)("%s has the SDK's names, so that a stack moves between it and the official one", (provider) => {
    const plugin = pluginNames(pluginSchema(provider));
    const sdk = sdkNames(provider);
    expect(sdk.size).toBeGreaterThan(100); // both sides were really read

    const missing = [...sdk].filter((name) => !plugin.has(name));
    expect(missing.filter((name) => !(ownerOf(name) in absent[provider]!))).toEqual([]);
    expect([...plugin].filter((name) => !sdk.has(name))).toEqual([]);
    // A difference that is gone leaves the list.
    expect(Object.keys(absent[provider]!).filter((owner) => !missing.map(ownerOf).includes(owner))).toEqual([]);
  });
});

/** "input Container.image" and "resource docker:index/container:Container" are both Container's. */
function ownerOf(name: string): string {
  return name.replace(/^\S+ /, "").replace(/^.*:/, "").replace(/\..*$/, "");
}
