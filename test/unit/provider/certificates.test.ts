import { X509Certificate } from "node:crypto";
import { authority } from "../../../provider/authority";
import { certificate } from "../../../provider/certificate";
import { dayMs } from "../../../provider/pki/term";
import type { Properties } from "../../../provider/resource";

const context = { signal: new AbortController().signal, log: () => undefined };
const signing = { name: "MCP environment prod", rotation: "1" };

/** The certificates of a bundle. */
const trusted = ({ bundle }: Properties) =>
  String(bundle)
    .split(/(?=-----BEGIN)/)
    .map((pem) => new X509Certificate(pem));

const subject = {
  name: "mcp-search",
  dnsNames: ["mcp-search", "localhost"],
  usages: ["server" as const],
  days: 90,
  renewDays: 30,
};

async function newAuthority(): Promise<Properties> {
  return { ...signing, ...(await authority.create(signing, context)).outputs };
}

async function issuedBy({ certificate: pem, key }: Properties, changes: Partial<typeof subject> = {}) {
  const inputs = { ...subject, ...changes, issuer: { certificate: String(pem), key: String(key) } };
  const { outputs } = await certificate.create(inputs, context);
  return { inputs, state: { ...inputs, ...outputs }, x509: new X509Certificate(String(outputs.certificate)) };
}

afterEach(() => jest.useRealTimers());

describe("an authority", () => {
  it("is followed by one that was trusted before, and stays trusted itself", async () => {
    const first = await newAuthority();
    const news = { ...signing, rotation: "2" };
    const { changes, replaces } = await authority.diff(first as never, news);
    expect({ changes, replaces }).toEqual({ changes: true, replaces: [] });
    const second = { ...news, ...(await authority.update(first as never, news, context)) };

    const { x509 } = await issuedBy(second);
    const signers = (state: Properties) => trusted(state).filter((ca) => x509.verify(ca.publicKey));
    expect(signers(first)).toHaveLength(1);
    const before = new X509Certificate(String(first.certificate));
    expect(trusted(second).map(({ serialNumber }) => serialNumber)).toContain(before.serialNumber);

    const third = await authority.update(second, { ...news, rotation: "3" }, context);
    expect(trusted(third).map(({ serialNumber }) => serialNumber)).not.toContain(before.serialNumber);
  });

  it("changes nothing while it lasts, and gives way long before it ends", async () => {
    const state = await newAuthority();
    expect((await authority.diff(state as never, signing)).changes).toBe(false);
    jest.useFakeTimers({ now: Date.now() + 2700 * dayMs });
    expect((await authority.diff(state as never, signing)).changes).toBe(true);
  });
});

describe("a certificate", () => {
  it("is for its names and its use", async () => {
    const { x509 } = await issuedBy(await newAuthority());
    expect(x509.checkHost("mcp-search")).toBe("mcp-search");
    expect(x509.checkHost("mcp-browser")).toBeUndefined();
    expect(x509.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(x509.ca).toBe(false);
  });

  it("is made anew once it ends soon, for another name, and by another authority; not for another term", async () => {
    const by = await newAuthority();
    const { inputs, state } = await issuedBy(by);
    const changes = async (news: Partial<typeof inputs>) =>
      (await certificate.diff(state, { ...inputs, ...news })).changes;
    expect(await changes({})).toBe(false);
    expect(await changes({ days: 400, renewDays: 80 })).toBe(false);
    expect(await changes({ days: 400, renewDays: 100 })).toBe(true);
    expect(await changes({ dnsNames: ["other"] })).toBe(true);
    expect(await changes({ issuer: { certificate: "other", key: "other" } })).toBe(true);
    jest.useFakeTimers({ now: Date.now() + 61 * dayMs });
    expect(await changes({})).toBe(true);
  });
});
