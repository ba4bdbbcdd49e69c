import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { failuresIn } from "../../../bench/soak-tests";
import { run, soaks } from "../../../cli/commands/soak";
import { UsageError } from "../../../cli/arguments";

const root = join(__dirname, "..", "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const names = Object.keys(soaks);
const longTests = Object.values(soaks).flatMap(({ tests }) => (tests ? [tests] : []));

test("each night runs every soak", () => {
  const { jobs } = parse(read(".github/workflows/nightly.yml")) as {
    jobs: Record<string, { strategy?: { matrix: Record<string, string[]> } }>;
  };
  expect(jobs.soak?.strategy?.matrix).toEqual({ soak: names });
});

test("the README tells of every soak", () => {
  const told = [...read("README.md").matchAll(/npm run soak -- ([\w-]+)/g)].map(([, name]) => name);
  expect(told.sort()).toEqual([...names].sort());
});

test("no test has a long form that no soak runs, and each is where its soak looks for it", () => {
  const files = ["test/engine", "test/images", "services/sql-mcp/test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  const withLongForm = files.filter((file) => /\brounds\(|\blong \?/.test(read(file)));
  const isRun = (file: string) =>
    longTests.some(({ files, name }) => files.includes(file) || (name && read(file).includes(name))) ||
    // What a soak does that is no test.
    /bench\/soak-/.test(read(file));
  expect(withLongForm.length).toBeGreaterThan(2);
  expect(withLongForm.filter((file) => !isRun(file))).toEqual([]);
  expect(longTests.flatMap((tests) => tests.files).filter((file) => !files.includes(file))).toEqual([]);
  for (const { name = "" } of longTests)
    expect(files.filter((file) => read(file).includes(name))).not.toEqual([]);
});

test.each([
  [[], /npm run soak -- drift \| kills/],
  [["no-such"], /npm run soak -- drift \| kills/],
  [["drift", "kills"], /npm run soak -- drift \| kills/],
  [["failures", "--tiers", "3"], /--tiers: the soak "failures" has stacks of its own/],
  [["kills", "--seed", "none"], /--seed: "none" is not a whole number above 0/],
])("%j is refused before anything is set up", async (args, message) => {
  const refused = run(args);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
});

describe("what is said of a run in the long form", () => {
  const report = (numPassedTests: number, ...assertionResults: { fullName: string; status: string }[]) => ({
    numPassedTests,
    testResults: [{ name: "/a.test.ts", message: "it broke", assertionResults }],
  });

  it("is nothing where all passed", () => {
    expect(failuresIn(report(1, { fullName: "one", status: "passed" }))).toBeUndefined();
  });

  it("is the names of what failed, or the file that could not begin", () => {
    const failed = { fullName: "the cluster comes back when every container hangs", status: "failed" };
    expect(failuresIn(report(1, { fullName: "one", status: "passed" }, failed))).toBe(failed.fullName);
    expect(failuresIn(report(0))).toBe("/a.test.ts");
  });

  it("is a failure where nothing could be run", () => {
    expect(failuresIn(report(0, { fullName: "one", status: "pending" }))).toMatch(/none .* can be run here/);
  });
});
