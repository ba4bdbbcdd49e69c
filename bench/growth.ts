import { randomInt } from "node:crypto";
import { describeStack } from "../cli/stack-file";
import { imageRequest } from "../imaging/request";
import { engineHost } from "../components/host";
import { composeProject } from "../export/compose/project";
import { ensureImage } from "../imaging";
import type { Log } from "../imaging/types";
import { composeName } from "./contenders";
import { growthImage, growthTopology } from "./growth/topology";
import type { BenchOptions } from "./options";
import { ComposePeer } from "./peers/compose";
import { composeCommand } from "./peers/programs";
import { ProgramStack } from "./program-stack";
import { timed } from "./statistics";
import type { Row } from "./table";

const sizes = [25, 50, 100];

/** How the times grow with the number of services: many small ones, put up by the project's own components. */
export async function benchGrowth({ log }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const services of sizes) {
    const peer = await composeTime(services, log);
    const { up, preview, again } = await ourTimes(services);
    const taken = [up, preview, again].map((time) => `${(time / 1_000).toFixed(1)} s`);
    log(`${services} services: up ${taken[0]}, preview ${taken[1]}, up with nothing to do ${taken[2]}`);
    rows.push(
      {
        what: `${services} services, up`,
        ours: up,
        ...(peer ? { peer: { name: composeName, time: peer } } : {}),
      },
      { what: `${services} services, preview`, ours: preview },
      { what: `${services} services, up, nothing to do`, ours: again },
    );
  }
  return rows;
}

async function ourTimes(services: number) {
  const stack = await ProgramStack.create("growth", () => ({ services, subnet: someSubnet() }));
  try {
    const up = await timed(() => stack.pulumi("up", "--yes", "--skip-preview"));
    const preview = await timed(() => stack.pulumi("preview", "--expect-no-changes"));
    const again = await timed(() => stack.pulumi("up", "--yes", "--skip-preview"));
    return { up, preview, again };
  } finally {
    await stack.remove();
  }
}

/** What Docker Compose takes for the same services; undefined where it can't be had. */
async function composeTime(services: number, log: Log): Promise<number | undefined> {
  const command = await composeCommand(log);
  if (!command) return undefined;
  const { settings, imageSource } = describeStack({ stack: "dev" });
  const id = await ensureImage(imageRequest(growthImage, imageSource, settings), { log });
  const images = new Map([[growthImage, { reference: id, local: true }]]);
  const topology = growthTopology(`bench-${services}`, services, someSubnet());
  const peer = await ComposePeer.create(
    command,
    composeProject({ topology, images, host: engineHost(settings) }),
  );
  try {
    return await timed(() => peer.up());
  } finally {
    await peer.remove();
  }
}

function someSubnet(): string {
  return `10.88.${randomInt(0, 256)}.0/24`;
}
