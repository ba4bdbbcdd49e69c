import { readFileSync } from "node:fs";
import { join } from "node:path";
import { osvPackage, packageKey } from "../../cli/scan/packages";
import { FakeOsv } from "../unit/scan/fake-osv";
import { TestStack } from "./support/stack";

let stack: TestStack;
let osv: FakeOsv;
const report = () => join(stack.folder, "scan.sarif");

beforeAll(async () => {
  osv = new FakeOsv();
  await osv.start();
  stack = await TestStack.create({ tiers: 1 }, { MCP_OSV_URL: osv.url });
});
afterAll(async () => {
  await osv.stop();
  await stack.remove();
});

test("a bill of materials names the source packages of an image's release, and a scan finds what is known of them", async () => {
  expect(await stack.command("sbom", "--to", stack.folder)).toMatchObject({ code: 0 });
  const bill = readFileSync(join(stack.folder, "postgres.cdx.json"), "utf8");
  const { components } = JSON.parse(bill) as { components: { purl: string }[] };
  const libc = components.map(({ purl }) => purl).find((purl) => purl.startsWith("pkg:deb/debian/libc6@"));
  const known = osvPackage(libc ?? "");
  expect(known).toMatchObject({ ecosystem: expect.stringMatching(/^Debian:\d+$/) as string, name: "glibc" });
  if (!known) return;
  const { ecosystem, name } = known;
  const affected = [
    {
      package: { ecosystem, name },
      ranges: [{ type: "ECOSYSTEM", events: [{ introduced: "0" }, { fixed: "99" }] }],
    },
  ];
  const severity = [{ type: "CVSS_V3", score: "CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H" }];
  osv.against[packageKey(known)] = [
    { id: "DEBIAN-CVE-2023-4911", upstream: ["CVE-2023-4911"], severity, affected },
  ];

  const found = await stack.command("scan", "--report", report());
  expect(found.code).toBe(1);
  expect(found.output).toMatch(/^postgres: \d+ packages looked up, 1 found/m);
  expect(found.output).toMatch(/high +glibc \(Debian:\d+\) +\S+ +DEBIAN-CVE-2023-4911 +99/);
  const { runs } = JSON.parse(readFileSync(report(), "utf8")) as { runs: { results: unknown[] }[] };
  expect(runs[0]?.results).toContainEqual(expect.objectContaining({ ruleId: "DEBIAN-CVE-2023-4911" }));
  expect(await stack.command("scan", "--level", "critical")).toMatchObject({ code: 0 });
});

test("where the database can't be reached, a scan says so before it makes a bill, and fails unless it is optional", async () => {
  osv.refusals.push(403, 403);
  const skipped = await stack.command("scan", "--report", report());
  expect(skipped).toMatchObject({
    code: 3,
    output: expect.stringMatching(/^not scanned: .* answers 403/) as string,
  });
  expect(readFileSync(report(), "utf8")).toMatch(/"executionSuccessful": false/);
  expect(await stack.command("scan", "--optional")).toMatchObject({ code: 0 });
});
