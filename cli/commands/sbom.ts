import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { plainName } from "../../imaging/packages/package";
import { commandArguments, givenPath, type Usage, UsageError } from "../arguments";
import { imageBills } from "../sbom/image-bills";
import { stackWithImages } from "../setup/images";

/** What it takes. */
export const usage = {
  summary: "writes what a stack's images are made of, in CycloneDX's format",
  options: {
    to: ["FOLDER", "where; it is made"],
  },
} as const satisfies Usage;

/**
 * `npm run sbom -- --stack NAME --to FOLDER`: what each of a stack's images is made of, as a software bill of materials in
 * CycloneDX's format, for scanners and for whoever asks what runs.
 */
export async function run(args: string[]): Promise<number> {
  const { to, ...stack } = commandArguments(args, usage);
  if (!to) throw new UsageError("Say where the bills are to be written: npm run sbom -- --to FOLDER");
  const folder = givenPath(to);
  const prepared = await stackWithImages(stack);
  await mkdir(folder, { recursive: true });
  for await (const { image, bill, packages, debian } of imageBills(prepared)) {
    const file = join(folder, `${plainName(image)}.cdx.json`);
    await writeFile(file, bill);
    console.log(`${file}: ${packages} packages, ${debian} of them Debian's`);
  }
  return 0;
}
