import { commandLine } from "../../../cli/operate/command-line";
import { chosenServices, startSteps } from "../../../cli/operate/services";
import type { Service, Tier, Topology } from "../../../topology";

const service = (name: string, ...dependsOn: string[]) =>
  ({ name, containerName: `x-${name}`, dependsOn }) as unknown as Service;
const tiers = [
  { number: 1, name: "databases", services: [service("postgres-db"), service("mariadb")] },
  { number: 2, name: "servers", services: [service("postgres-mcp", "postgres-db")] },
  { number: 4, name: "monitoring", services: [service("nginx", "prometheus"), service("prometheus")] },
] as Tier[];
const topology = {
  stack: "dev",
  tiers,
  absent: [{ name: "runner", why: "its image can't be had" }],
} as unknown as Topology;
const names = (services: Service[]) => services.map(({ name }) => name);

describe("services that a user names", () => {
  it("come in the order of the tiers, by their name or their container's, and all where none is named", () => {
    expect(names(chosenServices(topology, ["x-postgres-mcp", "mariadb"]))).toEqual([
      "mariadb",
      "postgres-mcp",
    ]);
    expect(chosenServices(topology, [])).toHaveLength(5);
  });

  it("are refused with the closest name, or with why they are not here", () => {
    expect(() => chosenServices(topology, ["postgres-mpc"])).toThrow(
      /did you mean "postgres-mcp"\? Known: postgres-db/,
    );
    expect(() => chosenServices(topology, ["runner"])).toThrow(/its image can't be had/);
  });

  it("start tier after tier, and after what they depend on in their own tier", () => {
    expect(startSteps(topology, chosenServices(topology, [])).map(names)).toEqual([
      ["postgres-db", "mariadb"],
      ["postgres-mcp"],
      ["prometheus"],
      ["nginx"],
    ]);
    expect(startSteps(topology, chosenServices(topology, ["nginx"])).map(names)).toEqual([["nginx"]]);
  });
});

describe("the line that runs a command", () => {
  it.each([
    [{ stack: "dev" }, [], "npm run up"],
    [{ stack: "prod" }, ["a"], "npm run up -- --stack prod a"],
    [{ stack: "dev", configFile: "/f.yaml" }, [], "npm run up -- --config-file /f.yaml"],
  ])("is for the stack %j", (stack, words, line) => {
    expect(commandLine("up", stack, words)).toBe(line);
  });
});
