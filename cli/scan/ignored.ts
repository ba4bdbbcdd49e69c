/** An advisory that is known and does not count, for as long as its reason holds. */
export interface Ignored {
  /** Any of its names: CVE-…, GHSA-…, GO-…. */
  advisory: string;
  /** The package that it is against, as the table of findings names it. In others it counts. */
  package: string;
  reason: string;
  /** The last day on which it does not count, as YYYY-MM-DD; at most some months ahead, so that it is looked at again. */
  until: string;
}

/** The advisories that don't count in this project's images. One whose day is over counts again, and is said to. */
export const ignoredAdvisories: readonly Ignored[] = [];
