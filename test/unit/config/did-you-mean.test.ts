import { didYouMean } from "../../../config/did-you-mean";

const services = ["postgres-db", "mariadb", "mariadb-mcp", "nginx", "prometheus"];
const stacks = ["dev", "prod", "staging", "tekup-dev"];

describe("what may have been meant", () => {
  it.each([
    ["mariadbmcp", services, "mariadb-mcp"],
    ["postgres", services, "postgres-db"],
    ["promethues", services, "prometheus"],
    ["prodd", stacks, "prod"],
    ["tekup", stacks, "tekup-dev"],
  ])("by %s is said where it is near", (name, known, meant) => {
    expect(didYouMean(name, known)).toBe(`; did you mean "${meant}"?`);
  });

  it.each([
    ["nosuch", services],
    ["tekup-dev", services],
    ["codex", ["cursor", "zed"]],
    ["x", []],
  ])("by %s is not guessed where nothing is near", (name, known) => {
    expect(didYouMean(name, known)).toBe(".");
  });
});
