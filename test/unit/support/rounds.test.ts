import type * as Rounds from "../../rounds";

const all = [..."abcdefghi"];

/** The module as a run of tests has it with these variables. */
function withVariables(variables: NodeJS.ProcessEnv): typeof Rounds {
  jest.replaceProperty(process, "env", { ...process.env, MCP_TESTS: "", ...variables });
  let loaded: typeof Rounds | undefined;
  jest.isolateModules(() => (loaded = jest.requireActual<typeof Rounds>("../../rounds")));
  return loaded as typeof Rounds;
}
afterEach(() => jest.restoreAllMocks());

test("a sample is as large as asked for, in order, and the same for the same seed", () => {
  const { rounds } = withVariables({ MCP_TESTS_SEED: "3" });
  const sample = rounds(all, 4);
  expect(sample).toHaveLength(4);
  expect([...sample].sort()).toEqual(sample);
  expect(withVariables({ MCP_TESTS_SEED: "3" }).rounds(all, 4)).toEqual(sample);
  expect(rounds(all, 0)).toEqual([]);
});

test("every one of them is taken by some seed, neighbouring seeds among them", () => {
  const taken = Array.from({ length: 40 }, (_, index) =>
    withVariables({ MCP_TESTS_SEED: String(index + 1) }).rounds(all, 1),
  );
  expect([...new Set(taken.flat())].sort()).toEqual(all);
});

test("the long form has all of them", () => {
  const { long, rounds } = withVariables({ MCP_TESTS: "long" });
  expect(long).toBe(true);
  expect(rounds(all, 0)).toEqual(all);
});

test("a report names the seed that another run has to be given", () => {
  expect(withVariables({ MCP_TESTS_SEED: "12" }).seeded("one")).toBe("one (MCP_TESTS_SEED=12)");
});

test.each(["", "0", "1.5", "many"])("no seed is %p", (MCP_TESTS_SEED) => {
  expect(() => withVariables({ MCP_TESTS_SEED })).toThrow(/is not a whole number above 0/);
});
