import { exportImages } from "../cli/export/images";
import type { StackDescription } from "../cli/stack-file";
import { docker } from "../engine/docker";
import type { ImageReference } from "../export/compose/parts";
import type { Log } from "../imaging/types";

/** A stack's images, which are in the engine as long as a step of the bench runs, whoever lets go of them. */
export async function withImages<T>(
  stack: StackDescription,
  log: Log,
  step: (images: Map<string, ImageReference>) => Promise<T>,
): Promise<T> {
  const before = await exportedNames();
  try {
    return await step(await exportImages(stack, log));
  } finally {
    // An export of the user's own holds its images on.
    for (const name of await exportedNames()) if (!before.includes(name)) await docker(["image", "rm", name]);
  }
}

async function exportedNames(): Promise<string[]> {
  const list = ["image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=mcp-export/*"];
  return (await docker(list)).trim().split("\n").filter(Boolean);
}
