import { docker, DockerError } from "../../../engine/docker";
import { inspect, inspectTogether } from "../../../engine/inspect";

jest.mock("../../../engine/docker", () => ({
  ...jest.requireActual<object>("../../../engine/docker"),
  docker: jest.fn(),
}));

/** What an engine has, as `docker inspect` answers: all that it knows, and an error where it does not know one. */
const objects = [
  { Id: "id-of-db", Name: "/db" },
  { Id: "sha256:1", RepoTags: ["mcp-dev/postgres:key", "other:tag"] },
  { Name: "data" },
];

beforeEach(() => {
  jest.mocked(docker).mockReset();
  jest.mocked(docker).mockImplementation(([kind = "", ...rest]) => {
    const [, ...names] = rest;
    const known = objects.filter(({ Id, Name, RepoTags = [] }) =>
      names.some((name) => [Id, Name, Name?.slice(1), ...RepoTags].includes(name)),
    );
    const stdout = `${JSON.stringify(known)}\n`;
    if (known.length === names.length) return Promise.resolve(stdout);
    return Promise.reject(new DockerError([kind], 1, `Error: No such ${kind}: gone`, stdout));
  });
});

it("asks for all objects of a kind that are asked for at one moment with one command", async () => {
  const asked = ["id-of-db", "gone", "db"].map((name) => inspectTogether("container", name));
  const volume = inspectTogether("volume", "data");
  expect(await Promise.all([...asked, volume])).toEqual([objects[0], undefined, objects[0], objects[2]]);
  expect(docker).toHaveBeenCalledTimes(2);
});

it("knows an image by each of its names", async () => {
  const asked = ["mcp-dev/postgres:key", "other:tag", "sha256:1"].map((name) =>
    inspectTogether("image", name),
  );
  expect(await Promise.all(asked)).toEqual([objects[1], objects[1], objects[1]]);
});

it("asks anew for what is asked for later", async () => {
  await inspectTogether("volume", "data");
  await inspectTogether("volume", "data");
  expect(docker).toHaveBeenCalledTimes(2);
});

it("tells whoever asked when the engine can't be asked, and not that there is nothing", async () => {
  jest
    .mocked(docker)
    .mockRejectedValue(new DockerError(["volume"], 1, "Cannot connect to the Docker daemon"));
  const asked = [...["a", "b"].map((name) => inspectTogether("volume", name)), inspect("volume", "c")];
  for (const answer of await Promise.allSettled(asked))
    expect(answer).toMatchObject({
      reason: { message: expect.stringContaining("Cannot connect") as string },
    });
});
