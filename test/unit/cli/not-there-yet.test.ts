import { parseSettings } from "../../../config/settings";
import { notThereYet } from "../../../cli/operate/not-there-yet";
import { buildTopology } from "../../../topology";

let mockStatus = "running";
/** What each server's client answers, by the container. */
let mockAnswers: Record<string, string | Error> = {};

jest.mock("../../../cli/operate/fleet", () => ({
  stackContainers: () =>
    Promise.resolve(
      new Map(["postgres-db", "mariadb"].map((name) => [name, { Id: name, State: { Status: mockStatus } }])),
    ),
}));
jest.mock("../../../provider/sql/session", () => ({
  runClient: (container: string) => {
    const answer = mockAnswers[container] ?? new Error("nobody is to be asked");
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  },
}));

const stack = { stack: "dev" };
const topologyWith = (services: object) => {
  const values = { "mcp:system": "devcontainer", "mcp:services": JSON.stringify(services) };
  const settings = parseSettings({ stack: "dev", values, isSecret: () => true });
  return buildTopology("dev", settings, "registry");
};
const reaching = topologyWith({
  "postgres-mcp": { schemas: ["public", "sales", "old sales"] },
  "mariadb-mcp": { databases: ["mcp", "shop"] },
});
const later = (name: string) =>
  `The schema "${name}" of postgres-db, which postgres-mcp is let into, is not there yet: ` +
  "it will be opened by the first npm run up after it is made.";

describe("what settings let a server into", () => {
  beforeEach(() => {
    mockStatus = "running";
    mockAnswers = { "postgres-db": "pg_catalog\npublic\nold sales\n", mariadb: "mcp\nmysql\nshop\n" };
  });

  it("is told of where it is not there yet, with when it is opened", async () => {
    expect(await notThereYet(stack, reaching)).toEqual([later("sales")]);
    mockAnswers = { "postgres-db": "public\n", mariadb: "mcp\nmysql\nshops\n" };
    expect(await notThereYet(stack, reaching)).toEqual([
      later("sales"),
      later("old sales"),
      'The database "shop" of mariadb, which mariadb-mcp is let into, is not there yet: it is open as soon as it is made.',
    ]);
  });

  it("is not told of where that is not known, or nothing is named", async () => {
    mockAnswers = { "postgres-db": new Error("is starting"), mariadb: new Error("is starting") };
    expect(await notThereYet(stack, reaching)).toEqual([]);
    mockAnswers = { "postgres-db": "", mariadb: "" };
    expect(await notThereYet(stack, topologyWith({}))).toEqual([]);
    mockStatus = "exited";
    expect(await notThereYet(stack, reaching)).toEqual([]);
  });
});
