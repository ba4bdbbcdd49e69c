import { type Judgement, scan } from "../../../cli/scan/findings";
import { Osv, OsvUnreachable } from "../../../cli/scan/osv";
import { osvPackage } from "../../../cli/scan/packages";
import { counted, scanText } from "../../../cli/scan/report";
import { sarif, sarifOfNone } from "../../../cli/scan/sarif";
import { FakeOsv, type OsvRecord } from "./fake-osv";

const lodash = "pkg:npm/lodash@4.17.20";
const crypto = "pkg:golang/golang.org/x/crypto@v0.30.0";
const libc = "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12&upstream=glibc";
const keys = {
  lodash: "npm lodash 4.17.20",
  crypto: "Go golang.org/x/crypto 0.30.0",
  libc: "Debian:12 glibc 2.36-9+deb12u4",
};

const affects = (ecosystem: string, name: string, more: object = {}, ...fixed: string[]) => [
  {
    package: { ecosystem, name },
    ranges: [
      { type: "SEMVER", events: [{ introduced: "0" }, ...fixed.map((version) => ({ fixed: version }))] },
    ],
    ...more,
  },
];

/** Against lodash, as GitHub's database has it. */
const injection: OsvRecord = {
  id: "GHSA-35jh-r3h4-6jhm",
  summary: "Command Injection in lodash",
  aliases: ["CVE-2021-23337"],
  severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H" }],
  affected: affects("npm", "lodash", {}, "4.17.21"),
  database_specific: { severity: "HIGH", cwe_ids: ["CWE-77"] },
};

let osv: FakeOsv;
beforeEach(async () => {
  osv = new FakeOsv();
  await osv.start();
});
afterEach(() => osv.stop());

const scanned = (purls: string[], { ignored = [], today = "2026-11-22" }: Partial<Judgement> = {}) =>
  scan([{ image: "mcp-x", purls }], new Osv(osv.url, 1), { ignored, today });

const levelOf = async (record: OsvRecord, purl = lodash, key = keys.lodash) => {
  osv.against[key] = [record];
  return (await scanned([purl])).findings.map(({ level }) => level);
};

describe("a scan", () => {
  it("finds what is known against a package, how grave it is, and what fixes it", async () => {
    osv.against[keys.lodash] = [injection];
    expect(await scanned([lodash, crypto, "pkg:generic/what@1"])).toMatchObject({
      images: [{ image: "mcp-x", asked: 2, unknown: 1 }],
      findings: [
        {
          package: { name: "lodash", version: "4.17.20" },
          level: "high",
          advisory: "GHSA-35jh-r3h4-6jhm",
          otherNames: ["CVE-2021-23337"],
          fixedIn: ["4.17.21"],
        },
      ],
    });
  });

  it("asks for all pages of a package", async () => {
    osv.pageSize = 2;
    osv.against[keys.libc] = ["1", "2", "3", "4", "5"].map((id) => ({ id: `DEBIAN-CVE-2026-${id}` }));
    osv.against[keys.lodash] = [injection];
    const { findings } = await scanned([lodash, libc]);
    expect(findings.map(({ advisory }) => advisory).sort()).toEqual([
      ...["1", "2", "3", "4", "5"].map((id) => `DEBIAN-CVE-2026-${id}`),
      "GHSA-35jh-r3h4-6jhm",
    ]);
  });

  it("leaves out what was withdrawn", async () => {
    osv.against[keys.lodash] = [{ ...injection, withdrawn: "2026-02-03T04:05:06Z" }];
    expect((await scanned([lodash])).findings).toEqual([]);
  });

  it("counts a fault once that several databases name, and takes the gravest rating", async () => {
    osv.against[keys.crypto] = [
      { id: "GO-2024-3321", aliases: ["CVE-2024-45337", "GHSA-v778-237x-gjrc"] },
      { id: "GHSA-v778-237x-gjrc", aliases: ["CVE-2024-45337"], database_specific: { severity: "CRITICAL" } },
    ];
    expect((await scanned([crypto])).findings).toMatchObject([
      { level: "critical", advisory: "GO-2024-3321" },
    ]);
  });

  it("leaves out a distribution's announcement of faults that are there one by one", async () => {
    osv.against[keys.libc] = [
      { id: "DSA-5514-1", upstream: ["CVE-2023-4911", "CVE-2023-4527"] },
      { id: "DEBIAN-CVE-2023-4911", upstream: ["CVE-2023-4911"] },
      { id: "DEBIAN-CVE-2023-4527", upstream: ["CVE-2023-4527"] },
      { id: "DSA-5611-1", upstream: ["CVE-2023-6246", "CVE-2023-6779"] },
    ];
    const { findings } = await scanned([libc]);
    expect(findings.map(({ advisory }) => advisory)).toEqual([
      "DEBIAN-CVE-2023-4911",
      "DEBIAN-CVE-2023-4527",
      "DSA-5611-1",
    ]);
  });

  it("tries again where the database is busy", async () => {
    osv.against[keys.lodash] = [injection];
    osv.refusals.push(503, 429);
    expect((await scanned([lodash])).findings).toHaveLength(1);
  });

  it("can ask beforehand whether the database can be reached, whatever that knows", async () => {
    await new Osv(osv.url, 1).reach();
    osv.refusals.push(403);
    await expect(new Osv(osv.url, 1).reach()).rejects.toThrow(/answers 403/);
  });

  it("says why where the database can't be asked", async () => {
    osv.refusals.push(503, 503, 503);
    await expect(scanned([lodash])).rejects.toThrow(/\/v1\/querybatch answers 503/);
    osv.refusals.push(403);
    await expect(scanned([lodash])).rejects.toThrow(/answers 403/);
    await osv.stop();
    await expect(scanned([lodash])).rejects.toThrow(OsvUnreachable);
    await expect(scanned([lodash])).rejects.toThrow(/127\.0\.0\.1:\d+ can't be reached: ECONNREFUSED/);
    await osv.start();
  });
});

describe("how grave a fault is", () => {
  const rated = (score: string): OsvRecord => ({ id: "OSV-1", severity: [{ type: "CVSS", score }] });

  it("is what its database says, else what its score comes to", async () => {
    const word = { severity: "MODERATE" };
    expect(
      await levelOf({ ...rated("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), database_specific: word }),
    ).toEqual(["medium"]);
    expect(await levelOf(rated("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"))).toEqual(["critical"]);
    expect(await levelOf(rated("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N"))).toEqual([
      "high",
    ]);
    expect(await levelOf(rated("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:L/I:N/A:N"))).toEqual(["low"]);
  });

  it("is what those say that it refers to, where it says nothing itself", async () => {
    osv.elsewhere.push({ ...rated("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H"), id: "CVE-2023-4911" });
    expect(
      await levelOf({ id: "DEBIAN-CVE-2023-4911", upstream: ["CVE-2023-4911"] }, libc, keys.libc),
    ).toEqual(["high"]);
    expect(await levelOf({ id: "GO-1", aliases: ["CVE-nowhere"] }, crypto, keys.crypto)).toEqual(["unknown"]);
  });

  it("is little where Debian says that its packages are not concerned", async () => {
    const affected = affects("Debian:12", "glibc", { ecosystem_specific: { urgency: "unimportant" } });
    const record = { ...rated("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), affected };
    expect(await levelOf(record, libc, keys.libc)).toEqual(["low"]);
  });

  it("is that of the release that the image has, and so is what fixes it", async () => {
    osv.against[keys.libc] = [
      {
        id: "DEBIAN-CVE-2023-4911",
        affected: [
          ...affects(
            "Debian:11",
            "glibc",
            { ecosystem_specific: { urgency: "unimportant" } },
            "2.31-13+deb11u7",
          ),
          ...affects(
            "Debian:12",
            "glibc",
            { severity: [{ type: "CVSS_V3", score: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" }] },
            "2.36-9+deb12u5",
          ),
        ],
      },
    ];
    expect((await scanned([libc])).findings).toMatchObject([{ level: "high", fixedIn: ["2.36-9+deb12u5"] }]);
  });
});

describe("what is ignored", () => {
  const entry = {
    advisory: "CVE-2021-23337",
    package: "lodash",
    reason: "No template is made of what users give.",
    until: "2026-12-31",
  };
  const high = { level: "high", onlyFixed: false } as const;
  beforeEach(() => (osv.against[keys.lodash] = [injection]));

  it("does not count, by any name of the fault, and is said with its reason", async () => {
    const found = await scanned([lodash], { ignored: [entry] });
    expect(counted(found.findings, high)).toEqual([]);
    expect(scanText(found, high).join("\n")).toMatch(
      /nothing found[\s\S]*ignored until 2026-12-31: GHSA.* No template is made/,
    );
  });

  it("counts on its last day not yet, and again on the next, which is said", async () => {
    const on = (today: string) => scanned([lodash], { ignored: [entry], today });
    expect(counted((await on("2026-12-31")).findings, high)).toEqual([]);
    const after = await on("2027-01-01");
    expect(counted(after.findings, high)).toHaveLength(1);
    expect(scanText(after, high).join("\n")).toMatch(
      /GHSA-35jh-r3h4-6jhm in lodash was ignored until 2026-12-31/,
    );
  });

  it("counts in other packages", async () => {
    const { findings } = await scanned([lodash], { ignored: [{ ...entry, package: "lodash.template" }] });
    expect(counted(findings, high)).toHaveLength(1);
  });
});

describe("what a scan tells", () => {
  const found = async () => {
    osv.against[keys.lodash] = [injection];
    osv.against[keys.libc] = [{ id: "DEBIAN-CVE-2019-1010022", database_specific: { severity: "CRITICAL" } }];
    return scanned([lodash, libc]);
  };

  it("is a table, the gravest first, and how much is left out of it", async () => {
    const [summary, head, first, second] = scanText(await found(), { level: "high", onlyFixed: false });
    expect(summary).toBe("mcp-x: 2 packages looked up, 2 found");
    expect(head).toMatch(/SEVERITY +PACKAGE +VERSION +ADVISORY +FIXED IN/);
    expect(first).toMatch(/critical +glibc \(Debian:12\) +2\.36-9\+deb12u4 +DEBIAN-CVE-2019-1010022 +-/);
    expect(second).toMatch(/high +lodash \(npm\) +4\.17\.20 +GHSA-35jh-r3h4-6jhm, CVE-2021-23337 +4\.17\.21/);
    expect(scanText(await found(), { level: "critical", onlyFixed: true })).toEqual([
      "mcp-x: 2 packages looked up, nothing found, 2 that have no fix or are less than critical",
    ]);
  });

  it("counts by level, and by whether there is a fix", async () => {
    const { findings } = await found();
    const advisories = (level: "high" | "critical", onlyFixed: boolean) =>
      counted(findings, { level, onlyFixed }).map(({ advisory }) => advisory);
    expect(advisories("critical", false)).toEqual(["DEBIAN-CVE-2019-1010022"]);
    expect(advisories("high", true)).toEqual(["GHSA-35jh-r3h4-6jhm"]);
  });

  it("is SARIF for other programs, whatever its level", async () => {
    expect(JSON.parse(sarif((await found()).findings))).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: { driver: { rules: [{ id: "GHSA-35jh-r3h4-6jhm" }, { id: "DEBIAN-CVE-2019-1010022" }] } },
          invocations: [{ executionSuccessful: true }],
          results: [
            {
              ruleId: "GHSA-35jh-r3h4-6jhm",
              level: "error",
              message: { text: expect.stringContaining("fixed in 4.17.21") as string },
            },
            {
              ruleId: "DEBIAN-CVE-2019-1010022",
              locations: [{ physicalLocation: { artifactLocation: { uri: "mcp-x" } } }],
            },
          ],
        },
      ],
    });
    expect(JSON.parse(sarifOfNone("why"))).toMatchObject({
      runs: [{ invocations: [{ executionSuccessful: false }], results: [] }],
    });
  });
});

test.each([
  ["pkg:npm/%40a/b@1.0.0", { ecosystem: "npm", name: "@a/b", version: "1.0.0" }],
  ["pkg:pypi/mcp@1.2.3", { ecosystem: "PyPI", name: "mcp", version: "1.2.3" }],
  ["pkg:golang/stdlib@1.26.8", { ecosystem: "Go", name: "stdlib", version: "1.26.8" }],
  [crypto, { ecosystem: "Go", name: "golang.org/x/crypto", version: "0.30.0" }],
  ["pkg:maven/a.b/c-d@1", { ecosystem: "Maven", name: "a.b:c-d", version: "1" }],
  [libc, { ecosystem: "Debian:12", name: "glibc", version: "2.36-9+deb12u4" }],
  [
    "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13&upstream=gcc-14%4014.2.0-19%2Bb1",
    { ecosystem: "Debian:13", name: "gcc-14", version: "14.2.0-19+b1" },
  ],
  ["pkg:deb/ubuntu/bash@5?arch=amd64&distro=ubuntu-22.04&upstream=bash", undefined],
  ["pkg:deb/debian/bash@5?arch=amd64&upstream=bash", undefined],
  ["pkg:generic/x@1", undefined],
])("%s is looked up as %j", (purl, expected) => expect(osvPackage(purl)).toEqual(expected));
