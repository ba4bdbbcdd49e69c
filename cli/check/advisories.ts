import { execFile } from "node:child_process";
import { root } from "../paths";

/** What came of asking: packages with known faults, a line each, or why nobody could ask. */
export type Advisories = { faults: string[] } | { skipped: string };

/** What of `npm audit --json` is read. Source: npm's documentation of it. */
interface Report {
  vulnerabilities?: Record<string, { severity: string; range: string; fixAvailable: unknown }>;
  message?: string;
  error?: { summary?: string };
}

/** How long npm may take, in milliseconds. */
const patienceMs = 60_000;

/** Faults that must not be shipped; what is less is for whoever keeps the packages up to date. */
const grave = ["high", "critical"];

/**
 * Asks npm's registry for what is known against the packages of the lockfile, which servers and program are made of. A mirror
 * may carry packages and no advisories: then nobody can tell, and it is said.
 */
export async function knownFaults(): Promise<Advisories> {
  const text = await new Promise<string>((resolve) => {
    const options = { cwd: root, timeout: patienceMs, maxBuffer: 64 << 20 };
    // It fails where it finds something; what it found is on its standard output all the same.
    execFile("npm", ["audit", "--json", "--package-lock-only"], options, (_, stdout) => resolve(stdout));
  });
  return judge(text);
}

/** What npm's report says. */
export function judge(text: string): Advisories {
  let report: Report;
  try {
    report = JSON.parse(text) as Report;
  } catch {
    return { skipped: `npm gave no report within ${patienceMs / 1000} s` };
  }
  const { vulnerabilities, message, error } = report;
  if (!vulnerabilities) return { skipped: firstLine(error?.summary || message || "npm's report names none") };
  const found = Object.entries(vulnerabilities).filter(([, { severity }]) => grave.includes(severity));
  return {
    faults: found.map(
      ([name, { severity, range, fixAvailable }]) =>
        `${name} ${range}: ${severity}; ${fixAvailable ? "npm audit fix" : "no fixed release yet"}`,
    ),
  };
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? "";
}
