import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterAlerts } from "../../../observability/alert-list";
import { runbookUrl } from "../../../observability/alerts";

const root = join(__dirname, "..", "..", "..");
const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8");

/** The text below a heading, up to the next one. */
const entryOf = (heading: string) => runbook.split(`\n### ${heading}\n`)[1]?.split(/\n##+ /)[0] ?? "";

describe("the runbook", () => {
  it.each(clusterAlerts.map(({ name }) => name))("says what to look at and what to do for %s", (name) => {
    // As a page of documents makes an anchor of a heading.
    expect(runbookUrl({ name })).toBe(`docs/runbook.md#${name.toLowerCase()}`);
    expect(entryOf(name)).toMatch(/- Look.*[\s\S]*(- Do: |and do: )/);
  });

  it("has no entry for an alert that is not there", () => {
    const headings = [...runbook.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);
    expect(headings.sort()).toEqual(clusterAlerts.map(({ name }) => name).sort());
  });
});
