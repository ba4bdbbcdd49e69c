import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ConfigVolumeArgs, ImageArgs, ReadyArgs } from "../components/resources";

/** Stands for the value of a secret: rules never see one. */
export const secretText = "[secret]";

/** Stands for a value that is known only once the resource is made. */
export const unknownText = "[unknown]";

/** The resource types that rules are about, with the inputs of each. */
export interface InputsOf {
  "docker:index/container:Container": pulumi.Unwrap<docker.ContainerArgs>;
  "docker:index/network:Network": pulumi.Unwrap<docker.NetworkArgs>;
  "docker:index/volume:Volume": pulumi.Unwrap<docker.VolumeArgs>;
  "mcpdocker:index:ConfigVolume": pulumi.Unwrap<ConfigVolumeArgs>;
  "mcpdocker:index:Image": pulumi.Unwrap<ImageArgs>;
  "mcpdocker:index:Ready": pulumi.Unwrap<ReadyArgs>;
}

export type ResourceType = keyof InputsOf;
export type ContainerInputs = InputsOf["docker:index/container:Container"];

/** The options that rules read; undefined where the resource was read from a place that does not tell them. */
export interface ResourceOptions {
  retainOnDelete?: boolean;
  ignoreChanges?: readonly string[];
}

/**
 * A resource as rules see it, wherever it was read from: plain data, with placeholders for secrets, and for parts of inputs
 * that are not known yet.
 */
export interface AnyResource {
  type: string;
  name: string;
  inputs: Record<string, unknown>;
  /** Inputs that are secret or not known yet as a whole: they are not among the inputs, and nothing is said of them. */
  unknown?: readonly string[];
  options: ResourceOptions;
}

/** A resource of a type that there are rules about. */
export interface Resource<Type extends ResourceType = ResourceType> extends AnyResource {
  type: Type;
  inputs: InputsOf[Type] & Record<string, unknown>;
}

/** Whether a resource is of a type; its inputs are then those of that type. */
export function isOf<Type extends ResourceType>(type: Type) {
  return (resource: AnyResource): resource is Resource<Type> => resource.type === type;
}

/** The service that a resource belongs to, as messages and exceptions name it. */
export function serviceOf({ name, inputs }: AnyResource): string {
  return labelOf(inputs.labels, "dev.mcp.service") ?? name;
}

/** A label, in either of the ways in which resources carry theirs. */
export function labelOf(labels: unknown, name: string): string | undefined {
  const value: unknown = Array.isArray(labels)
    ? (labels as { label: string; value: string }[]).find(({ label }) => label === name)?.value
    : (labels as Record<string, unknown> | undefined)?.[name];
  return typeof value === "string" ? value : undefined;
}
