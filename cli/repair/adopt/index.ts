import type { StackArguments } from "../../arguments";
import {
  type Deployment,
  exportState,
  importState,
  type Properties,
  type Resource,
  type Wanted,
  wantedResources,
} from "./deployment";
import { find, neverTaken, type Remains } from "./finders";
import { hasUnknown, known } from "./values";

/** What was taken into the state, by type and name, and what of it is not as the program wants it. */
export interface Adopted {
  name: string;
  type: string;
  without: string[];
}

/** What a resource waits for is known after that, so a state is rebuilt in as many rounds as it is deep; never more. */
const mostRounds = 10;

const containerType = "docker:index/container:Container";

/**
 * Takes what is on the engine and not in the state into the state, without touching any of it. The program says what it
 * wants and the engine what there is; where the two meet, the state gets a resource as if an update had made it.
 * @param readBack reads the state's resources from the engine: what a container is in full, and so what hangs on it, is
 * known when its provider has looked at the real one
 */
export async function adopt(
  stack: StackArguments,
  remains: Remains,
  readBack: () => Promise<void>,
): Promise<Adopted[]> {
  const all: Adopted[] = [];
  for (let round = 0; round < mostRounds; round += 1) {
    const [state, wanted] = await Promise.all([exportState(stack), wantedResources(stack)]);
    const { resources, adopted } = await grow(state.deployment.resources ?? [], wanted, remains);
    await importState(stack, { ...state, deployment: { ...state.deployment, resources } });
    all.push(...adopted);
    if (adopted.some(({ type }) => type === containerType)) await readBack();
    const lacking = Object.entries(wanted).filter(([urn, plan]) => isLacking(urn, plan, resources));
    if (adopted.length === 0 || lacking.length === 0) break;
  }
  return all;
}

function isLacking(urn: string, { steps }: Wanted, there: readonly Resource[]): boolean {
  return steps.includes("create") && !there.some((resource) => resource.urn === urn);
}

/** The state's resources, and those that can be added to them now. */
async function grow(
  there: readonly Resource[],
  wanted: Record<string, Wanted>,
  remains: Remains,
): Promise<{ resources: Resource[]; adopted: Adopted[] }> {
  const resources = there.map((resource) => withOutputs(resource, wanted[resource.urn]));
  const adopted: Adopted[] = [];
  for (const urn of inOrder(wanted)) {
    const plan = wanted[urn];
    if (!plan || !isLacking(urn, plan, resources)) continue;
    const found = await resourceFor(urn, plan, resources, remains);
    if (!found) continue;
    resources.push(found.resource);
    if (plan.goal.custom) adopted.push({ name: nameOf(urn), type: plan.goal.type, without: found.without });
  }
  return { resources, adopted };
}

async function resourceFor(
  urn: string,
  { goal, state }: Wanted,
  there: readonly Resource[],
  remains: Remains,
) {
  const has = (other: string) => there.some((resource) => resource.urn === other);
  if (goal.parent && !has(goal.parent)) return undefined;
  const inputs = goal.inputDiff?.adds ?? {};
  if (hasUnknown(leaving(inputs, neverTaken[goal.type] ?? []))) return undefined;
  const provider = goal.provider && providerOf(goal.provider, there);
  if (goal.provider && !provider) return undefined;
  const found = goal.custom ? await find(goal.type, inputs, nameOf(urn), remains) : undefined;
  if (goal.custom && !found) return undefined;
  const { without = [] } = found ?? {};
  const outputs = {
    ...known(state),
    ...found?.outputs,
    ...(isEngineObject(goal.type) && found ? { id: found.id } : {}),
  };
  const resource: Resource = {
    urn,
    type: goal.type,
    custom: goal.custom,
    ...(found ? { id: found.id } : {}),
    inputs: leaving(inputs, without),
    outputs: leaving(outputs, without),
    ...(goal.parent ? { parent: goal.parent } : {}),
    ...(provider ? { provider } : {}),
    dependencies: (goal.dependencies ?? []).filter(has),
    propertyDependencies: Object.fromEntries(
      Object.entries(goal.propertyDependencies ?? {}).map(([property, urns]) => [property, urns.filter(has)]),
    ),
    ...(goal.additionalSecretOutputs ? { additionalSecretOutputs: goal.additionalSecretOutputs } : {}),
    ...(goal.ignoreChanges ? { ignoreChanges: goal.ignoreChanges } : {}),
    // A plan says nothing of it, and a stack that is destroyed before its next update keeps its data as well.
    ...(goal.type === "docker:index/volume:Volume" ? { retainOnDelete: true } : {}),
  };
  return { resource, without };
}

/** The outputs of components and of the stack itself are known a round after what they are made of. */
function withOutputs(resource: Resource, plan: Wanted | undefined): Resource {
  if (resource.custom || !plan) return resource;
  const { adds, updates } = plan.goal.outputDiff ?? {};
  return { ...resource, outputs: { ...resource.outputs, ...known(adds), ...known(updates) } };
}

/** The provider's reference with the ID that it has in this state. */
function providerOf(reference: string, there: readonly Resource[]): string | undefined {
  const urn = reference.slice(0, reference.lastIndexOf("::"));
  const provider = there.find((resource) => resource.urn === urn);
  return provider && `${urn}::${provider.id}`;
}

/** Every URN after its parent, its provider and what it depends on, as a state has to name them. */
function inOrder(wanted: Record<string, Wanted>): string[] {
  const order = new Set<string>();
  const visit = (urn: string) => {
    const goal = wanted[urn]?.goal;
    if (!goal || order.has(urn)) return;
    const provider = goal.provider?.slice(0, goal.provider.lastIndexOf("::"));
    [goal.parent, provider, ...(goal.dependencies ?? [])].forEach((other) => other && visit(other));
    order.add(urn);
  };
  Object.keys(wanted).forEach(visit);
  return [...order];
}

function leaving(properties: Properties, without: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !without.includes(name)));
}

function isEngineObject(type: string): boolean {
  return type.startsWith("docker:");
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** A state without any resources, as it is before the first update. */
export function emptied(state: Deployment): Deployment {
  const { resources: _resources, pending_operations: _pending, ...rest } = state.deployment;
  return { ...state, deployment: { ...rest, resources: [] } };
}
