import { docker } from "../../../engine/docker";
import { databaseUser, type DatabaseUserInputs } from "../../../provider/database-user";

jest.mock("../../../engine/docker", () => ({
  ...jest.requireActual<object>("../../../engine/docker"),
  docker: jest.fn(),
}));

const user = (containerId: string, name: string): DatabaseUserInputs => ({
  kind: "mariadb",
  database: "mcp",
  access: "read",
  password: "secret",
  containerId,
  name,
});

/** Clients that run at this moment, by container, and the most that ever did. */
let running: Map<string, number>;
let most: number;

beforeEach(() => {
  running = new Map();
  most = 0;
  jest.mocked(docker).mockImplementation(async ([, , containerId], { input } = {}) => {
    const clients = (running.get(containerId!) ?? 0) + 1;
    running.set(containerId!, clients);
    most = Math.max(most, clients);
    await new Promise((done) => setTimeout(done, 5));
    running.set(containerId!, clients - 1);
    if (input?.includes("'broken'")) throw new Error("gone");
    return "";
  });
});

const context = { log: () => undefined };
const create = (containerId: string, name: string) =>
  databaseUser.create(user(containerId, name), context as never);

it("makes one server's users one after the other, as each client takes its memory from the server's limit", async () => {
  await Promise.all(["a", "b", "c", "d"].map((name) => create("server", name)));
  expect(docker).toHaveBeenCalledTimes(4);
  expect(most).toBe(1);
});

it("goes on with a server's other users after one that failed", async () => {
  const [broken, fine] = await Promise.allSettled([create("server", "broken"), create("server", "fine")]);
  expect(broken).toMatchObject({
    status: "rejected",
    reason: { message: expect.stringContaining("gone") as string },
  });
  expect(fine.status).toBe("fulfilled");
});
