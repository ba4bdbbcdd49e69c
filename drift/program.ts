import * as pulumi from "@pulumi/pulumi";
import { Environment, type EnvironmentArgs } from "../components/environment";
import { configVolumeName } from "../provider/config-volume";
import { plain, type Properties, type RecordedResource } from "./record";

/** A resource as the program of this checkout registers it. */
export interface PlannedResource {
  type: string;
  name: string;
  inputs: Properties;
}

/** What the program is run with. */
export interface ProgramArgs extends EnvironmentArgs {
  /** Settings that are secret, opened, by their full keys. */
  secrets: Readonly<Record<string, string>>;
}

/**
 * What the program would register now: its components are run as they are, with nobody behind them but the state, which
 * gives what only an update could make (IDs, passwords). Neither Pulumi's CLI nor the engine is asked.
 */
export async function plannedResources(
  { secrets, ...args }: ProgramArgs,
  recorded: readonly RecordedResource[],
): Promise<PlannedResource[]> {
  const planned: PlannedResource[] = [];
  pulumi.runtime.setAllConfig({ ...secrets }, Object.keys(secrets));
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        const resource = { type, name, inputs: plain(inputs) as Properties };
        if (isReal(type)) planned.push(resource);
        const known = recorded.find((other) => other.type === type && other.name === name);
        return { id: known?.id || `new ${name}`, state: outputsOf(resource, known) };
      },
      call: () => ({}),
    },
    "mcp",
    args.topology.stack,
    false,
  );
  await pulumi.runtime.runInPulumiStack(() => {
    new Environment(args);
    return Promise.resolve();
  });
  await pulumi.runtime.disconnect(); // the last resources are heard of by then
  return planned;
}

/** Whether a resource is more than a name for those below it. */
export function isReal(type: string): boolean {
  return !type.startsWith("mcp:") && !type.startsWith("pulumi:");
}

/** What a resource gives to those that use it: what the state has, and of what would be new the part that is known. */
function outputsOf({ type, inputs }: PlannedResource, known: RecordedResource | undefined): Properties {
  const outputs = { ...known?.outputs, ...inputs };
  if (type === "mcpdocker:index:Image" && known?.inputs.key !== inputs.key)
    return { ...outputs, imageId: `${String(inputs.repository)}:${String(inputs.key)}` };
  if (type === "mcpdocker:index:ConfigVolume")
    return { ...outputs, volumeName: configVolumeName(inputs as never) };
  return outputs;
}
