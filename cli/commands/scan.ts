import { writeFile } from "node:fs/promises";
import { commandArguments, givenPath, type StackArguments, type Usage, UsageError } from "../arguments";
import { imageBills, purlsOf } from "../sbom/image-bills";
import { scan, type Scan, type ScannedImage } from "../scan/findings";
import { ignoredAdvisories } from "../scan/ignored";
import { Osv, OsvUnreachable } from "../scan/osv";
import { counted, scanText } from "../scan/report";
import { sarif, sarifOfNone } from "../scan/sarif";
import { type Level, levels } from "../scan/severity";
import { stackWithImages } from "../setup/images";

/** What the command ends with: a scan that could not be made is neither clean nor a finding. */
const exitCodes = { nothingGrave: 0, found: 1, notScanned: 3 } as const;

/** What it takes. */
export const usage = {
  summary: "looks up what is known against all that a stack's images are made of",
  flags: {
    optional: "ends with 0 where OSV can't be reached",
    "only-fixed": "counts only what a release fixes",
  },
  options: {
    level: ["LEVEL", "fails from that on; default: high"],
    report: ["FILE", "writes it there in SARIF"],
  },
} as const satisfies Usage;

/**
 * `npm run scan -- --stack NAME`: what is known against all that a stack's images are made of. Ends with 1 where something is of
 * `--level LEVEL` (high), or graver; with `--only-fixed` only what a release fixes counts. OSV is asked for before anything else is
 * done; where it can't be reached it says so and ends with 3, or 0 with `--optional`. `--report FILE` is for other programs, in SARIF.
 */
export async function run(args: string[]): Promise<number> {
  const given = commandArguments(args, usage);
  const threshold = { level: levelCalled(given.level ?? "high"), onlyFixed: given["only-fixed"] };
  const found = await scanned(given);
  if (given.report)
    await writeFile(
      givenPath(given.report),
      found instanceof OsvUnreachable ? sarifOfNone(found.message) : sarif(found.findings),
    );
  if (found instanceof OsvUnreachable) {
    console.error(`not scanned: ${found.message}`);
    return given.optional ? exitCodes.nothingGrave : exitCodes.notScanned;
  }
  scanText(found, threshold).forEach((line) => console.log(line));
  return counted(found.findings, threshold).length === 0 ? exitCodes.nothingGrave : exitCodes.found;
}

/** What the scan found, or why none could be made. */
async function scanned(stack: StackArguments): Promise<Scan | OsvUnreachable> {
  const osv = new Osv();
  try {
    await osv.reach();
    const images: ScannedImage[] = [];
    for await (const { image, bill } of imageBills(await stackWithImages(stack)))
      images.push({ image, purls: purlsOf(bill) });
    const today = new Date().toISOString().slice(0, "2026-12-31".length);
    return await scan(images, osv, { ignored: ignoredAdvisories, today });
  } catch (error) {
    if (error instanceof OsvUnreachable) return error;
    throw error;
  }
}

function levelCalled(text: string): Level {
  const level = levels.find((one) => one === text);
  if (level) return level;
  throw new UsageError(`--level: "${text}" is not a level; one of ${levels.join(", ")}.`);
}
