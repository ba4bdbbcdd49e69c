import { describeStack } from "../cli/stack-file";
import { engineHost } from "../components/host";
import type { ImageReference } from "../export/compose/parts";
import { composeProject, type ComposeProject } from "../export/compose/project";
import type { Log } from "../imaging/types";
import { type Settings, type StackOptions, TestStack } from "../test/engine/support/stack";
import { ComposePeer } from "./peers/compose";
import { composeCommand, terraformDockerProvider } from "./peers/programs";
import { TerraformPeer } from "./peers/terraform";

/** A cluster that one of those who are compared brings up; nothing is up when it is made. */
export interface Cluster {
  up(): Promise<unknown>;
  /** Takes all of it off the engine, its data as well. */
  remove(): Promise<void>;
}

/** One of those who are compared. */
export interface Contender {
  name: string;
  create(): Promise<Cluster>;
}

export const ourName = "npm run up";
export const composeName = "docker compose up --wait";
export const terraformName = "terraform apply";

/** What a cluster is made from, whoever brings it up. */
export interface ClusterParts {
  settings: Settings;
  /** How often the engine asks after its services' health. */
  probes: StackOptions;
  images: ReadonlyMap<string, ImageReference>;
}

/**
 * This project, and the peers that can be had on this machine; of the others the log tells. Each cluster has the same
 * images, health checks and order, and names, networks and data of its own.
 */
export async function contenders(parts: ClusterParts, log: Log): Promise<Contender[]> {
  const found: Contender[] = [ourContender(parts)];
  const compose = await composeContender(parts, log);
  const provider = await terraformDockerProvider(log);
  if (compose) found.push(compose);
  if (provider)
    found.push({
      name: terraformName,
      create: () => exported(parts, (project) => TerraformPeer.create(provider, project)),
    });
  else log("left out: Terraform, which is not installed, or its provider can't be built, as there is no Go");
  return found;
}

/** This project. */
export function ourContender(parts: ClusterParts): Contender {
  return { name: ourName, create: () => ours(parts) };
}

/** Docker Compose; undefined, and told in the log, where it can't be had. */
export async function composeContender(parts: ClusterParts, log: Log): Promise<Contender | undefined> {
  const command = await composeCommand(log);
  if (!command) {
    log("left out: Docker Compose, which is neither installed nor can be fetched, as there is no pip");
    return undefined;
  }
  return {
    name: composeName,
    create: () => exported(parts, (project) => ComposePeer.create(command, project)),
  };
}

async function ours({ settings, probes }: ClusterParts): Promise<Cluster> {
  const stack = await TestStack.create(settings, {}, probes);
  return {
    async up() {
      const { code, output } = await stack.command("up");
      if (code !== 0) throw new Error(output);
    },
    remove: () => stack.remove(),
  };
}

/** The same cluster, exported for a peer. The stack itself is never put up: it lends its names. */
async function exported(
  { settings, images, probes }: ClusterParts,
  create: (project: ComposeProject) => Promise<Cluster>,
): Promise<Cluster> {
  const stack = await TestStack.create(settings, {}, probes);
  const cluster = await create(projectOf(stack, images)).catch(async (error: unknown) => {
    await stack.remove();
    throw error;
  });
  return {
    up: () => cluster.up(),
    async remove() {
      await cluster.remove();
      await stack.remove();
    },
  };
}

function projectOf(stack: TestStack, images: ClusterParts["images"]): ComposeProject {
  const { topology, settings } = describeStack({ stack: stack.name, configFile: stack.configFile });
  return composeProject({ topology, images, host: engineHost(settings) });
}
