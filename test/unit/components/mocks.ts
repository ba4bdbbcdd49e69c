import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "../../../config/settings";
import { buildTopology } from "../../../topology";

/** A resource as the program registers it: what mocks see of it, and the options that they don't. */
export interface Registered {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  options: pulumi.CustomResourceOptions;
  /** Names of the resources that it waits for. */
  dependsOn: string[];
}

/**
 * Runs the program's components on Pulumi's mocks with a stack's settings, and gives all that they register, by
 * `type name`. The options are read by a transformation, as mocks are not told them.
 */
export async function register(values: Record<string, string>): Promise<Map<string, Registered>> {
  return (await registerStack(values)).seen;
}

/** As `register`, with the stack's outputs. */
export async function registerStack(values: Record<string, string>) {
  const seen = new Map<string, Registered>();
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const registered = seen.get(`${type} ${name}`);
        if (registered) registered.inputs = inputs as Record<string, unknown>;
        return { id: `${name}-id`, state: outputsOf(type, name, inputs as Record<string, unknown>) };
      },
      call: () => ({}),
    },
    "mcp",
    "dev",
    false,
  );
  const note: pulumi.ResourceTransformation = ({ type, name, opts }) => {
    seen.set(`${type} ${name}`, {
      type,
      name,
      inputs: {},
      options: opts,
      dependsOn: namesOf(opts.dependsOn),
    });
    return undefined;
  };
  const { Environment } = await import("../../../components/environment");
  const settings = parseSettings({ stack: "dev", values, isSecret: () => true });
  const topology = buildTopology("dev", settings, "build");
  let outputs: Record<string, unknown> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    ({ outputs } = new Environment(
      { topology, settings, imageSource: "build" },
      { transformations: [note] },
    ));
  });
  await pulumi.runtime.disconnect(); // the mocks hear of resources one by one
  return { seen, outputs };
}

function outputsOf(type: string, name: string, inputs: Record<string, unknown>) {
  if (type.endsWith(":Image")) return { ...inputs, imageId: `sha256:${name}` };
  if (type.endsWith(":ConfigVolume")) return { ...inputs, volumeName: `volume-of-${name}` };
  if (type.includes("RandomPassword")) return { ...inputs, result: `password-of-${name}` };
  if (type.includes("RandomId")) return { ...inputs, hex: "0011223344556677" };
  return inputs;
}

function namesOf(dependsOn: pulumi.ResourceOptions["dependsOn"]): string[] {
  const list = Array.isArray(dependsOn) ? dependsOn : dependsOn ? [dependsOn] : [];
  return list.flatMap((resource) => {
    const { __pulumiType, __name } = resource as unknown as { __pulumiType?: string; __name?: string };
    return __name ? [`${__pulumiType} ${__name}`] : [];
  });
}
