import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { k8sPlugin } from "../../topology/build-tools";
import { TemplateContainer } from "./template-container";

const token = "test-only";
const releases = { apiVersion: "v1", kind: "SecretList", metadata: {}, items: [] };
const answers: Record<string, unknown> = {
  "/version": { major: "1", minor: "36", gitVersion: "v1.36.0+test" },
  "/api/v1/namespaces/default/secrets": releases,
};

/** What of Kubernetes' API the two tools ask for here; only for who has the token. */
const api = https.createServer((request, response) => {
  const known = request.headers.authorization === `Bearer ${token}`;
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  response.setHeader("content-type", "application/json");
  response.statusCode = !known ? 401 : pathname in answers ? 200 : 404;
  response.end(JSON.stringify(answers[pathname] ?? {}));
});
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "mcptest-kube-"));
const kubeconfig = path.join(folder, "config");
const plugin = new TemplateContainer(k8sPlugin(kubeconfig));

beforeAll(async () => {
  fs.chmodSync(folder, 0o755);
  fs.writeFileSync(kubeconfig, "");
  fs.chmodSync(kubeconfig, 0o666); // what keeps it as it is, is the mount
  await plugin.start();
  const host = await plugin.gateway();
  const certificate = await selfSigned(host);
  api.setSecureContext(certificate);
  await new Promise<void>((resolve) => api.listen(0, resolve));
  const cluster = {
    server: `https://${host}:${(api.address() as AddressInfo).port}`,
    "certificate-authority-data": Buffer.from(certificate.cert).toString("base64"),
  };
  // JSON is YAML; written into the file that is mounted, as a new one would not be seen.
  const text = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster }],
    users: [{ name: "test", user: { token } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    "current-context": "test",
  };
  fs.writeFileSync(kubeconfig, JSON.stringify(text));
  await plugin.healthy();
}, 1_200_000);

afterAll(async () => {
  await plugin.remove();
  await new Promise((resolve) => api.close(resolve));
  fs.rmSync(folder, { recursive: true });
}, 60_000);

/** A key and a certificate for that address: clients send their token over TLS only. The image's openssl makes them. */
async function selfSigned(address: string): Promise<{ key: string; cert: string }> {
  const subject = `-subj /CN=test -addext subjectAltName=IP:${address}`;
  const make = `openssl req -x509 -newkey rsa:2048 -nodes ${subject} -keyout /tmp/key -out /tmp/cert 2>/dev/null`;
  await plugin.exec(["sh", "-c", make]);
  return { key: await plugin.exec(["cat", "/tmp/key"]), cert: await plugin.exec(["cat", "/tmp/cert"]) };
}

test("kubectl reaches the cluster that the kubeconfig names, as its user", async () => {
  expect(await plugin.exec(["kubectl", "version"])).toMatch(/^Server Version: v1\.36\.0\+test$/m);
});

test("helm does so too, and renders a chart", async () => {
  expect(await plugin.exec(["helm", "list", "--short"])).toBe("");
  await plugin.exec(["helm", "create", "/tmp/chart"]);
  expect(await plugin.exec(["helm", "template", "test", "/tmp/chart"])).toMatch(/^kind: Deployment$/m);
});

test("they are not root, and write nothing but their home", async () => {
  expect(await plugin.exec(["id", "-u"])).toBe("10001");
  await expect(plugin.exec(["touch", "/usr/bin/x"])).rejects.toThrow(/Read-only file system/);
  await expect(plugin.exec(["sh", "-c", "echo >>$KUBECONFIG"])).rejects.toThrow(/Read-only file system/);
});

test("where they were told to stop, status knows no fault", async () => {
  expect(await plugin.stopped()).toEqual({ health: "stopped", reason: null });
});
