import { inspectContainer } from "../../../engine/container";
import { docker, DockerError } from "../../../engine/docker";
import { databaseUser, type DatabaseUserInputs } from "../../../provider/database-user";
import { askAccounts } from "../../../provider/sql/session";

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

jest.mock("../../../engine/container", () => ({ inspectContainer: jest.fn() }));

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

it("asks about them in turn with what it changes", async () => {
  const place = { containerId: "server", kind: "mariadb", database: "mcp" } as const;
  await Promise.all([askAccounts(place), create("server", "a"), askAccounts(place), askAccounts(place)]);
  expect(most).toBe(1);
});

it("says nothing of an answer that holds hashes where asking fails", async () => {
  jest.mocked(docker).mockRejectedValue(new DockerError([], 1, "*HASH", "*HASH"));
  const place = { containerId: "server", kind: "mariadb", database: "mcp" } as const;
  await expect(askAccounts(place)).rejects.toThrow(/^mariadb does not say/);
});

it("goes on with a server's other users after one that failed", async () => {
  const [broken, fine] = await Promise.allSettled([create("server", "broken"), create("server", "fine")]);
  expect(broken).toMatchObject({
    status: "rejected",
    reason: { message: expect.stringContaining("gone") as string },
  });
  expect(fine.status).toBe("fulfilled");
});

describe("what is on the server", () => {
  const inputs = user("server", "ada");
  const answer = (...privileges: string[]) =>
    [
      {
        ...{ is: "account", user: "ada", host: "%", plugin: "mysql_native_password", connections: "32" },
        ...{ hash: "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7", others: 0 },
        ...{ tls: null, locked: null, role: null, defaultRole: null },
      },
      ...privileges.map((privilege) => ({ is: "grant", grantee: "'ada'@'%'", place: "mcp.*", privilege })),
    ]
      .map((line) => JSON.stringify(line))
      .join("\n");
  const said = (text: string, status = "running") => {
    jest.mocked(inspectContainer).mockResolvedValue({ State: { Status: status } } as never);
    jest
      .mocked(docker)
      .mockImplementation((_, { input } = {}) =>
        input?.includes("SELECT") ? Promise.resolve(text) : Promise.resolve(""),
      );
  };
  // What was answered is kept until something is changed there.
  beforeEach(async () => {
    said("");
    await databaseUser.update(inputs, inputs, context as never);
    jest.mocked(docker).mockClear();
  });

  it("is compared by an update, which brings a user back that somebody gave more", async () => {
    said(answer("SELECT", "SHOW VIEW", "INSERT"));
    expect(await databaseUser.diff(inputs, inputs)).toEqual({ changes: true, replaces: [] });
  });

  it("is no change where it is as it should be", async () => {
    said(answer("SELECT", "SHOW VIEW"));
    expect(await databaseUser.diff(inputs, inputs)).toEqual({ changes: false, replaces: [] });
  });

  it("is asked for once, whoever of its users wants to know", async () => {
    said(answer("SELECT", "SHOW VIEW"));
    await Promise.all([1, 2, 3].map(() => databaseUser.diff(inputs, inputs)));
    expect(docker).toHaveBeenCalledTimes(1);
  });

  it("is not asked of a server that does not run", async () => {
    said("nothing that could be read", "exited");
    expect(await databaseUser.diff(inputs, inputs)).toEqual({ changes: false, replaces: [] });
    expect(docker).not.toHaveBeenCalled();
  });
});
