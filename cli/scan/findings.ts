import type { Ignored } from "./ignored";
import { type Advisory, inTurns, type Osv } from "./osv";
import { type OsvPackage, osvPackage, packageKey } from "./packages";
import { affectedBy, gravest, type Level, levelOf } from "./severity";

/** A fault that is known in a package of an image. */
export interface Finding {
  image: string;
  package: OsvPackage;
  level: Level;
  /** The advisory that is shown, and all other names of the fault. */
  advisory: string;
  otherNames: string[];
  summary: string;
  /** Releases that are without it; none where there is none yet. */
  fixedIn: string[];
  /** Why it does not count. */
  ignored?: Ignored;
  /** Why it counts, though it once did not. */
  expired?: Ignored;
}

/** What an image is made of. */
export interface ScannedImage {
  image: string;
  /** The package URLs of its bill of materials. */
  purls: readonly string[];
}

/** What came of a scan. */
export interface Scan {
  findings: Finding[];
  /** How many packages of each image OSV was asked about, and how many it does not know the kind of. */
  images: { image: string; asked: number; unknown: number }[];
}

/** What decides whether a finding counts. */
export interface Judgement {
  ignored: readonly Ignored[];
  /** The day, as YYYY-MM-DD. */
  today: string;
}

/** Advisories on one fault of a package of an image. */
interface Fault {
  image: string;
  package: OsvPackage;
  advisories: Advisory[];
}

/**
 * Looks up all that images are made of.
 * @throws OsvUnreachable
 */
export async function scan(images: readonly ScannedImage[], osv: Osv, judgement: Judgement): Promise<Scan> {
  const known = images.map(({ image, purls }) => {
    const packages = purls.flatMap((purl) => osvPackage(purl) ?? []);
    const distinct = [...new Map(packages.map((one) => [packageKey(one), one])).values()];
    return { image, packages: distinct, asked: packages.length, unknown: purls.length - packages.length };
  });
  const advisories = await osv.against(known.flatMap(({ packages }) => packages));
  const faults = known.flatMap(({ image, packages }) =>
    packages.flatMap((one) =>
      byFault(advisories.get(packageKey(one)) ?? []).map((same): Fault => ({
        image,
        package: one,
        advisories: same,
      })),
    ),
  );
  const referred = await referredBy(
    faults.filter((fault) => ownLevel(fault) === "unknown"),
    osv,
  );
  return {
    findings: faults.map((fault) => judged(finding(fault, referred), judgement)),
    images: known.map(({ image, asked, unknown }) => ({ image, asked, unknown })),
  };
}

/** Advisories by what they are about: several databases name one fault, and each other's names for it. */
function byFault(advisories: readonly Advisory[]): Advisory[][] {
  const groups = advisories.reduce<Advisory[][]>((all, advisory) => {
    const names = namesOf(advisory);
    const same = all.filter((group) => group.flatMap(namesOf).some((name) => names.includes(name)));
    return [...all.filter((group) => !same.includes(group)), [...same.flat(), advisory]];
  }, []);
  // A distribution's announcement of several faults says nothing new where each of them is there by itself.
  const named = new Set(advisories.flatMap(namesOf));
  return groups.filter(([{ upstream = [] } = {}, ...others]) => {
    const bundle = others.length === 0 && upstream.length > 1;
    return !bundle || !upstream.every((name) => named.has(name));
  });
}

/** All names of the fault that an advisory is about, where it is about one. */
function namesOf({ id, aliases = [], upstream = [] }: Advisory): string[] {
  return [id, ...aliases, ...(upstream.length === 1 ? upstream : [])];
}

function ownLevel({ advisories, package: one }: Fault): Level {
  return gravest(advisories.map((advisory) => levelOf(advisory, one)));
}

/** The advisories elsewhere that those on some faults refer to, by name: they may rate what these don't. */
async function referredBy(faults: readonly Fault[], osv: Osv): Promise<Map<string, Advisory>> {
  const found = new Map<string, Advisory>();
  await inTurns(
    [...new Set(faults.flatMap(({ advisories }) => advisories.flatMap(references)))],
    async (id) => {
      const advisory = await osv.advisory(id);
      if (advisory) found.set(id, advisory);
    },
  );
  return found;
}

function references({ aliases = [], upstream = [] }: Advisory): string[] {
  return [...aliases, ...upstream];
}

function finding(fault: Fault, referred: ReadonlyMap<string, Advisory>): Finding {
  const { image, package: one, advisories } = fault;
  const advisory = advisories[0]?.id ?? "";
  const elsewhere = advisories.flatMap(references).flatMap((id) => referred.get(id) ?? []);
  const own = ownLevel(fault);
  return {
    image,
    package: one,
    level: own === "unknown" ? gravest(elsewhere.map((other) => levelOf(other, one))) : own,
    advisory,
    otherNames: [...new Set(advisories.flatMap(namesOf))].filter((name) => name !== advisory),
    summary: [...advisories, ...elsewhere].find(({ summary }) => summary)?.summary ?? "",
    fixedIn: [...new Set(advisories.flatMap((each) => fixes(each, one)))],
  };
}

/** The releases that are without a fault, of a package whose releases are known by their versions. */
function fixes(advisory: Advisory, one: OsvPackage): string[] {
  const ranges = affectedBy(advisory, one).flatMap(({ ranges = [] }) => ranges);
  return ranges.flatMap(({ type, events }) =>
    type === "GIT" ? [] : events.flatMap(({ fixed }) => fixed ?? []),
  );
}

function judged(found: Finding, { ignored, today }: Judgement): Finding {
  const names = [found.advisory, ...found.otherNames];
  const entry = ignored.find((one) => one.package === found.package.name && names.includes(one.advisory));
  if (!entry) return found;
  return entry.until < today ? { ...found, expired: entry } : { ...found, ignored: entry };
}
