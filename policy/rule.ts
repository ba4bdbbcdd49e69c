import type { System } from "../config/schema";
import type {
  AnyResource,
  ContainerInputs,
  InputsOf,
  Resource,
  ResourceOptions,
  ResourceType,
} from "./resource";

/** What a breach of a rule means: the update is refused, or goes on with a warning; or nobody asks. */
export const levels = ["mandatory", "advisory", "disabled"] as const;
export type Level = (typeof levels)[number];

/** One way in which a resource breaks a rule. */
export interface Breach {
  /** The input that breaks it, for example `capabilities.adds`. */
  setting: string;
  /** Its value, ready to print, which is also what an exception names. Never a secret. */
  value: string;
}

interface About<Id extends string> {
  /** Lower case with dashes. Settings and exceptions name it, so it is never changed. */
  id: Id;
  /** What holds, as a sentence without its full stop. */
  title: string;
  /** Where it comes from: a section of the CIS Docker Benchmark 1.6.0, a rule of OWASP's sheet on Docker, or this project. */
  reference: readonly string[];
  /** Its level where a stack's settings name no other. */
  level: Exclude<Level, "disabled">;
  /** What mends a breach, as a command to whoever wrote the resource. */
  remedy: string;
  /** A policy pack can't decide it: Pulumi tells packs neither which values are secret nor what is retained. */
  onlyInProgram?: true;
}

/** A rule that each resource of a type decides by itself. */
export interface ResourceRule<
  Id extends string = string,
  Type extends ResourceType = ResourceType,
> extends About<Id> {
  type: Type;
  check(resource: Resource<Type>): Breach[];
  /** Inputs and options that break this rule and no other, laid over those of a resource that breaks none. */
  example: { inputs?: Partial<InputsOf[Type]>; options?: ResourceOptions };
}

/** A rule that takes all resources of a stack to decide. */
export interface StackRule<Id extends string = string> extends About<Id> {
  checkStack(stack: StackView): (Breach & { resource: AnyResource })[];
  /** Changes the resources of a stack that breaks no rule so that it breaks this one and no other. */
  example: (resources: readonly AnyResource[]) => readonly AnyResource[];
}

export type Rule<Id extends string = string> = ResourceRule<Id> | StackRule<Id>;

/** All resources of a stack. */
export interface StackView {
  system: System;
  resources: readonly AnyResource[];
}

/** A rule about one type of resource. */
export function resourceRule<const Id extends string, Type extends ResourceType>(
  rule: ResourceRule<Id, Type>,
): ResourceRule<Id> {
  return rule; // whoever applies it compares the type first
}

/** A rule about containers, most of which ask for nothing but the inputs. */
export function containerRule<const Id extends string>(
  rule: About<Id> & { check(inputs: ContainerInputs): Breach[]; example: Partial<ContainerInputs> },
): ResourceRule<Id> {
  return resourceRule({
    ...rule,
    type: "docker:index/container:Container",
    check: ({ inputs }) => rule.check(inputs),
    example: { inputs: rule.example },
  });
}

/** A rule about a stack as a whole. */
export function stackRule<const Id extends string>(rule: StackRule<Id>): StackRule<Id> {
  return rule;
}

/** The breach that a setting is, where it is one. */
export function breach(breaks: boolean, setting: string, value: unknown): Breach[] {
  return breaks ? [{ setting, value: show(value) }] : [];
}

function show(value: unknown): string {
  if (value === undefined || value === "") return "not set";
  return typeof value === "string" ? value : JSON.stringify(value);
}
