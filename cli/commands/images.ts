import { commandArguments, type Usage } from "../arguments";
import { checkTag, tagImages } from "../images-tag";
import { stackWithImages } from "../setup/images";

/** What it takes. */
export const usage = {
  summary: "brings a stack's images onto this machine",
  options: {
    tag: ["VERSION", "names those of this project's sources"],
    registry: ["HOST/", "goes before such a name"],
  },
} as const satisfies Usage;

/**
 * `npm run images`: brings a stack's images onto this machine and nothing else. With `--tag VERSION` those that are made of
 * this project's sources get a name with that version as well, and `--registry HOST/` goes before it.
 */
export async function run(args: string[]): Promise<number> {
  const { tag, registry, ...stack } = commandArguments(args, usage);
  checkTag({ tag, registry });
  const { description, log } = await stackWithImages(stack);
  if (tag === undefined) return 0;
  const names = await tagImages(description, { tag, ...(registry ? { registry } : {}) }, log);
  names.forEach((name) => console.log(name));
  return 0;
}
