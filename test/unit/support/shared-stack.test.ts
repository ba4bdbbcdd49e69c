import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "..", "..", "..");
const folder = mkdtempSync(join(tmpdir(), "parts-"));
afterAll(() => rmSync(folder, { recursive: true }));

const { projects } = jest.requireActual<{ projects: { displayName: string }[] }>("../../../jest.config.cjs");

/** The engine's tests as jest is told of them, with the parts of this test in their place. */
const config = {
  ...projects.find(({ displayName }) => displayName === "engine"),
  rootDir: root,
  testMatch: [join(__dirname, "shared-stack.parts.ts")],
  globalTeardown: undefined,
};

/** What happened when jest ran the parts, and which tests failed. */
async function run(...options: string[]): Promise<{ happened: string[]; failed: string[] }> {
  const log = join(folder, `log-${options.length}`);
  const results = `${log}.json`;
  const args = ["--config", JSON.stringify(config), "--json", "--outputFile", results, ...options];
  await new Promise((resolve) =>
    execFile(
      join(root, "node_modules", ".bin", "jest"),
      args,
      { cwd: root, env: { ...process.env, PARTS_LOG: log } },
      resolve,
    ),
  );
  const { testResults } = JSON.parse(readFileSync(results, "utf8")) as {
    testResults: { assertionResults: { fullName: string; status: string }[] }[];
  };
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return {
    happened: readFileSync(log, "utf8").trim().split("\n"),
    failed: tests.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  };
}

test("parts share a stack, until one fails, spoils it or takes it down: then the next gets another", async () => {
  expect(await run()).toEqual({
    happened: [
      "stack 1 is made",
      "beginning is on stack 1",
      "nothing is up",
      "changing is on stack 1",
      "stack 1 is put up with the first setting",
      "failing is on stack 1",
      "stack 1 is removed",
      "what was beside stack 1 is removed",
      "stack 2 is made",
      "stack 2 is put up with the first setting",
      "spoiling is on stack 2",
      "stack 2 is removed",
      "what was beside stack 2 is removed",
      "stack 3 is made",
      "stack 3 is put up with the first setting",
      "cleaning is on stack 3",
      "stack 3 is removed",
      "what was beside stack 3 is removed",
      "stack 4 is made",
      "stack 4 is put up with the first setting",
      "resting is on stack 4",
      "stack 4 is removed",
      "what was beside stack 4 is removed",
      "stack 5 is made",
      "beginning again is on stack 5",
      "ending is on stack 5",
      "stack 5 is removed",
      "what was beside stack 5 is removed",
      "stack 6 is made",
      "stack 6 is put up with the first setting",
      "remaining is on stack 6",
      "stack 6 is removed",
      "what was beside stack 6 is removed",
    ],
    failed: ["failing is there", "spoiling leaves the stack as its settings say"],
  });
});

test("a part runs alone by a word, and puts up what it needs", async () => {
  expect(await run("-t", "changing")).toEqual({
    happened: [
      "stack 1 is made",
      "stack 1 is put up with the first setting",
      "changing is on stack 1",
      "stack 1 is put up with the first setting",
      "stack 1 is removed",
      "what was beside stack 1 is removed",
    ],
    failed: [],
  });
});

test("a part of which only some tests are asked for leaves nothing to the next", async () => {
  const { happened } = await run("-t", "(changing|resting) is there", "--silent");
  expect(happened).toEqual([
    "stack 1 is made",
    "stack 1 is put up with the first setting",
    "changing is on stack 1",
    "stack 1 is removed",
    "what was beside stack 1 is removed",
    "stack 2 is made",
    "stack 2 is put up with the first setting",
    "resting is on stack 2",
    "stack 2 is removed",
    "what was beside stack 2 is removed",
  ]);
});
