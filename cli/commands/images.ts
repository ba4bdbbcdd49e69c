import { commandArguments } from "../arguments";
import { checkTag, tagImages } from "../images-tag";
import { stackWithImages } from "../setup/images";

/**
 * `npm run images`: brings a stack's images onto this machine and nothing else. With `--tag VERSION` those that are made of
 * this project's sources get a name with that version as well, and `--registry HOST/` goes before it.
 */
export async function run(args: string[]): Promise<number> {
  const { tag, registry, ...stack } = commandArguments(args, { options: ["tag", "registry"] });
  checkTag({ tag, registry });
  const { description, log } = await stackWithImages(stack);
  if (tag === undefined) return 0;
  const names = await tagImages(description, { tag, ...(registry ? { registry } : {}) }, log);
  names.forEach((name) => console.log(name));
  return 0;
}
