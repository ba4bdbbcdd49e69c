import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseSettings } from "../../config/settings";
import { docker } from "../../engine/docker";
import { waitHealthy } from "../../engine/health";
import { webUser } from "../../observability/web";
import { mariadb, postgres } from "../../topology/databases";
import { devcontainerTopology } from "../../topology/devcontainer";
import { cadvisor, mysqlExporter, nodeExporter, postgresExporter } from "../../topology/exporters";
import { alertmanager, nginx, prometheus } from "../../topology/monitoring";
import type { Service } from "../../topology/types";
import { idle } from "../engine/support/lane";
import { ServiceGroup, testHost } from "./service-group";

/** A sample that Prometheus answers a query with. */
interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** What Alertmanager posts. */
interface Notification {
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

const told: Notification[] = [];
let webhook: Server;
let group: ServiceGroup;
let services: Service[];
let entry: string;

beforeAll(async () => {
  webhook = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      told.push(JSON.parse(Buffer.concat(chunks).toString()) as Notification);
      response.end();
    });
  });
  await new Promise<void>((resolve) => webhook.listen(0, "0.0.0.0", resolve));
  const { port } = webhook.address() as AddressInfo;
  const address = `http://${testHost}:${port}/hook`;
  const settings = parseSettings({
    stack: "test",
    values: { "mcp:system": "devcontainer", "mcp:alertWebhook": address },
    isSecret: () => true,
  });
  const templates = [
    ...[postgres, mariadb, nginx, prometheus(settings), alertmanager(settings)],
    ...[cadvisor, nodeExporter, postgresExporter, mysqlExporter],
  ];
  const topology = devcontainerTopology("test", settings, templates, []);
  services = topology.tiers.flatMap((tier) => tier.services);
  group = new ServiceGroup(services, { "alert-webhook": address });
  await group.start();
  entry = await group.url("nginx", 8080);
}, 900_000);

afterAll(async () => {
  await group.remove();
  await new Promise((resolve) => webhook.close(resolve));
}, 120_000);

/** Asks the web entry, with the password. */
function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const password = Buffer.from(`${webUser}:${group.secret("web-password")}`).toString("base64");
  return fetch(entry + path, { ...init, headers: { ...init.headers, authorization: `Basic ${password}` } });
}

async function query(expression: string): Promise<Sample[]> {
  const answer = await ask(`/prometheus/api/v1/query?query=${encodeURIComponent(expression)}`);
  expect(answer.status).toBe(200);
  return ((await answer.json()) as { data: { result: Sample[] } }).data.result;
}

/** Asks again until the answer is there; jest's own time is the only limit. */
function eventually<T>(look: () => Promise<T | undefined | false>): Promise<T> {
  return idle(async () => {
    for (;;) {
      const found = await look().catch(() => undefined);
      if (found) return found;
      await sleep(500);
    }
  });
}

const collected = (expression: string) =>
  eventually(async () => {
    const samples = await query(expression);
    return samples.length > 0 && samples;
  });

test("every service runs as its own user, without any capability, and can write nowhere but in its folders", async () => {
  for (const { name, user } of services) {
    const id = user.split(":")[0];
    const status = await group.run(
      name,
      "grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/1/status | tr -s '\\t' ' '",
    );
    expect(`${name}: ${status}`).toBe(
      `${name}: Uid: ${id} ${id} ${id} ${id}\nCapEff: 0000000000000000\nNoNewPrivs: 1`,
    );
    await expect(group.run(name, "touch /etc/x")).rejects.toThrow(/Read-only file system|Permission denied/);
  }
});

test("containers are known by their IDs, and nothing else of the host's cgroups is kept", async () => {
  const id = (await docker(["inspect", "--format", "{{.Id}}", group.container("postgres-db")])).trim();
  for (const series of ["container_memory_working_set_bytes", "container_cpu_usage_seconds_total"])
    expect(await collected(`${series}{container_id="${id}"}`)).toHaveLength(1);
  expect(await query(`{job="cadvisor", id!=""}`)).toEqual([]);
  expect(await query(`{__name__=~"container_(cpu|memory)_.*", container_id=""}`)).toEqual([]);
});

test("the host's root file system is measured, and none of the container's own", async () => {
  const samples = await collected(`node_filesystem_avail_bytes{mountpoint="/"}`);
  expect(samples).toHaveLength(1);
  expect(await query(`node_filesystem_size_bytes{mountpoint=~"/etc/.*|/host.*"}`)).toEqual([]);
  expect(await query("node_scrape_collector_success == 0")).toEqual([]);
});

test("exporters read the databases' statistics, all that they are asked to", async () => {
  expect((await collected("pg_up == 1")).length).toBe(1);
  expect((await collected("mysql_up == 1")).length).toBe(1);
  expect(await collected(`pg_stat_database_xact_commit{datname="mcp"}`)).toHaveLength(1);
  expect(await collected("mysql_global_status_threads_connected")).toHaveLength(1);
  expect(await query("pg_scrape_collector_success == 0 or mysql_exporter_collector_success == 0")).toEqual(
    [],
  );
  for (const name of ["postgres-exporter", "mysql-exporter", "cadvisor"])
    expect((await group.logs(name)).filter((line) => /level=(warn|error)/i.test(line))).toEqual([]);
});

test("an exporter's user reads no row, in a table made before or after it", async () => {
  await group.run("postgres-db", `psql -U postgres -d mcp -c 'CREATE TABLE later (one int)'`);
  const [uri, password] = ["host=127.0.0.1 dbname=mcp", group.secret("postgres-exporter-password")];
  await expect(
    group.run("postgres-db", `PGPASSWORD=${password} psql '${uri} user=postgres_exporter' -c 'TABLE later'`),
  ).rejects.toThrow(/permission denied for table later/);

  await group.run("mariadb", `mariadb -u mysql mcp -e 'CREATE TABLE later (one int)'`);
  const login = `MYSQL_PWD=${group.secret("mysql-exporter-password")} mariadb -h 127.0.0.1 -u mysql_exporter`;
  await expect(group.run("mariadb", `${login} -e 'SELECT * FROM mcp.later'`)).rejects.toThrow(/denied/);
  await expect(group.run("mariadb", `${login} -e 'SELECT * FROM mysql.user'`)).rejects.toThrow(/denied/);
});

test("no secret is in any program's arguments, nor in the environment of those who read it from a file", async () => {
  for (const { name } of services)
    for (const secret of [
      "web-password",
      "postgres-exporter-password",
      "mysql-exporter-password",
      "alert-webhook",
    ])
      expect(await group.run(name, "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'")).not.toContain(
        group.secret(secret),
      );
  expect(await group.run("nginx", "tr '\\0' '\\n' </proc/1/environ")).not.toContain(
    group.secret("web-password"),
  );
  expect(await group.run("nginx", "stat -c %a /tmp/htpasswd")).toBe("600");
  expect(await group.run("alertmanager", "tr '\\0' '\\n' </proc/1/environ")).not.toContain(
    group.secret("alert-webhook"),
  );
  expect(await group.run("alertmanager", "stat -c %a /tmp/webhook")).toBe("600");
});

/** What a request through the entry looks like to a service that has stopped. */
async function seenInPlaceOf(name: string, port: number): Promise<string> {
  const image = (await docker(["inspect", "--format", "{{.Image}}", group.container("nginx")])).trim();
  const read = 'while read -r line && [ ${#line} -gt 1 ]; do echo "$line" >>/tmp/seen; done';
  const reply = String.raw`printf "HTTP/1.0 200 OK\r\n\r\nhere"`;
  // Prometheus may come with an alert, too, so that one answer is not enough.
  const answer = `exec busybox nc -ll -p ${port} -e sh -c '${read}; ${reply}'`;
  const place = ["--name", group.container("echo"), "--network", group.id, "--network-alias", name];
  await docker(["run", "--detach", ...place, "--entrypoint", "sh", image, "-c", answer]);
  await eventually(async () => (await (await ask(`/${name}/`)).text()) === "here");
  const seen = await docker(["exec", group.container("echo"), "cat", "/tmp/seen"]);
  await docker(["rm", "--force", "--volumes", group.container("echo")]);
  expect(seen).toMatch(/^GET /m);
  return seen;
}

describe("the web entry", () => {
  test("says to everybody that it lives, and to nobody without the password what there is", async () => {
    expect((await fetch(`${entry}/healthz`)).status).toBe(200);
    for (const path of ["/nowhere", "/nginx.conf"]) expect((await fetch(entry + path)).status).toBe(401);
    for (const path of ["/nowhere", "/nginx.conf"]) expect((await ask(path)).status).toBe(404);
  });

  test("starts with a page of links, each of which leads to a page", async () => {
    const answer = await ask("/");
    const links = [...(await answer.text()).matchAll(/<a href="([^"]+)"/g)].map(([, link]) => link ?? "");
    expect([...new Set(links)]).toEqual(["/prometheus/", "/alertmanager/"]);
    for (const link of links) {
      const page = await ask(link);
      expect(page.status).toBe(200);
      expect(page.headers.get("content-type")).toMatch(/^text\/html/);
    }
    expect((await ask("/alertmanager/script.js")).status).toBe(200);
    expect((await ask("/prometheus/alerts")).status).toBe(200);
  });

  test("refuses changes that another site has the browser ask for", async () => {
    const silence = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    const forged = { ...silence, headers: { ...silence.headers, "sec-fetch-site": "cross-site" } };
    expect((await ask("/alertmanager/api/v2/silences", forged)).status).toBe(403);
    expect((await ask("/alertmanager/api/v2/silences", silence)).status).not.toBe(403);
  });

  test("says so when a service is away, and leads to it again as soon as it is back", async () => {
    await docker(["stop", group.container("alertmanager")]);
    const away = await ask("/alertmanager/");
    expect([502, 504]).toContain(away.status);
    expect(await away.text()).toContain("does not answer");
    expect((await ask("/prometheus/")).status).toBe(200);
    expect(await seenInPlaceOf("alertmanager", 9093)).not.toMatch(/authorization/i);
    await docker(["start", group.container("alertmanager")]);
    await waitHealthy(group.container("alertmanager"), 120);
    await eventually(async () => (await ask("/alertmanager/")).status === 200);
  });

  test("is healthy while no other service runs", async () => {
    const others = services.filter(({ web }) => web).map(({ name }) => group.container(name));
    await docker(["stop", ...others]);
    await docker(["restart", group.container("nginx")]);
    await waitHealthy(group.container("nginx"), 120);
    entry = await group.url("nginx", 8080);
    expect([502, 504]).toContain((await ask("/prometheus/")).status);
    await docker(["start", ...others]);
    for (const other of others) await waitHealthy(other, 120);
    await eventually(async () => (await ask("/prometheus/")).status === 200);
  });
});

test("a database that goes is told to the webhook, and so is that it is back", async () => {
  await collected("pg_up == 1");
  await docker(["kill", group.container("postgres-db")]);
  const about = (status: string) =>
    told
      .flatMap(({ alerts }) => alerts)
      .find((alert) => alert.status === status && alert.labels.service === "postgres-db");
  const down = await eventually(() => Promise.resolve(about("firing")));
  expect(down.labels).toMatchObject({
    alertname: "DatabaseDown",
    severity: "critical",
    stack: "test",
    tier: "1",
  });
  expect(down.annotations).toMatchObject({
    summary: "postgres-db does not answer",
    runbook_url: "docs/runbook.md#databasedown",
  });
  expect(down.annotations.description).toContain("npm run logs -- postgres-db");
  await docker(["start", group.container("postgres-db")]);
  await eventually(() => Promise.resolve(about("resolved")));
});

test("of one that was told to stop, status knows no fault, whatever code its program has for that", async () => {
  const clean = { health: "stopped", reason: null };
  expect(await group.stopped()).toEqual(Object.fromEntries(services.map(({ name }) => [name, clean])));
});
