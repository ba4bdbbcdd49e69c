import { originOf, pulledImage, upstreamImages } from "../../../imaging/reference";

const digest = upstreamImages.postgres?.digest ?? "";

test("every upstream image is pinned by digest", () => {
  for (const image of Object.values(upstreamImages)) {
    expect(image.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(image.repository).toMatch(/^[a-z0-9-]+\/[a-z0-9/._-]+$/);
  }
});

test.each([
  [undefined, "docker.io/library/postgres"],
  ["mirror.example:5000/", "mirror.example:5000/library/postgres"],
  ["mirror.example:5000", "mirror.example:5000/library/postgres"],
  ["mirror.example/hub/", "mirror.example/hub/library/postgres"],
])("with the prefix %s the image is pulled from %s", (registryPrefix, name) => {
  expect(pulledImage("postgres", { registryPrefix })).toEqual({
    reference: `${name}@${digest}`,
    identity: digest,
  });
});

test("a reference takes the place of all of it, prefix included", () => {
  const reference = "localhost:5000/own:1";
  expect(pulledImage("postgres", { registryPrefix: "mirror.example/", reference })).toEqual({
    reference,
    identity: reference,
  });
});

test("a reference with a digest is known by its digest", () => {
  const reference = `localhost:5000/own@${digest}`;
  expect(pulledImage("postgres", { reference })).toEqual({ reference, identity: digest });
});

test("databases are pulled, services are built on a pulled base", () => {
  expect(originOf({ image: "mariadb", source: "registry" }).kind).toBe("pull");
  expect(originOf({ image: "sql-mcp", source: "registry", registryPrefix: "m.example/" })).toEqual({
    kind: "build",
    foundations: { BASE: { image: "node", source: "registry", registryPrefix: "m.example/" } },
  });
});

test("a base's own reference reaches the base", () => {
  const bases = { node: "localhost:5000/node:22" };
  expect(originOf({ image: "sql-mcp", source: "registry", bases })).toMatchObject({
    foundations: { BASE: { image: "node", reference: bases.node } },
  });
});

test("without a registry everything is built, down to the bootstrapped base", () => {
  expect(originOf({ image: "postgres", source: "build" })).toMatchObject({
    foundations: { BASE: { image: "debian" } },
  });
  expect(originOf({ image: "debian", source: "build" })).toEqual({ kind: "build", foundations: {} });
});

test("a reference that has no use is an error", () => {
  expect(() => originOf({ image: "postgres", source: "build", reference: "a:1" })).toThrow(
    /has no use: the source is "build"/,
  );
  expect(() => originOf({ image: "sql-mcp", source: "registry", reference: "a:1" })).toThrow(
    /has no use: sql-mcp is always built here/,
  );
});
