import { hostServers } from "../../../cli/clients/servers";
import { parseSettings } from "../../../config/settings";
import { programOf } from "../../../observability/programs";
import { webEntrypoint, webFiles } from "../../../observability/web";
import { buildTopology, type Tier, type Topology } from "../../../topology";
import { addressOf } from "../../../topology/networks";
import { topology } from "./topology";

const { stack, tiers } = topology();
const files = webFiles(stack, tiers);
const pages = tiers
  .flatMap(({ services }) => services)
  .flatMap(({ name, web }) => (web ? [{ name, web }] : []));

test.each(pages)("the first page and nginx lead to $name", ({ name, web }) => {
  expect(files["index.html"]).toContain(`<a href="${web.path}">${web.title}</a>`);
  expect(files["nginx.conf"]).toContain(`location ${web.path} {`);
  expect(files["nginx.conf"]).toContain(`set $backend ${name}:${web.port};`);
});

/** The part of the first page that is about a service. */
function rowOf(name: string, page = files["index.html"]): string {
  const [, row] = new RegExp(`<tr data-service="${name}">(.*?)</tr>`, "s").exec(page ?? "") ?? [];
  if (row === undefined) throw new Error(`the page has no row of ${name}`);
  return row;
}

function cellOf(name: string, label: string, page?: string): string {
  return new RegExp(`data-label="${label}">(.*?)</td>`, "s").exec(rowOf(name, page))?.[1] ?? "";
}

/** Both systems, from both sources of images. */
const stacks = (["registry", "build"] as const).flatMap((source) =>
  [
    { system: "devcontainer", tiers: "5" },
    {
      system: "tekup",
      tiers: "3",
      servers: '{"memory": {"npm": "@modelcontextprotocol/server-memory@2026.7.4"}}',
    },
  ].map(({ system, ...more }) => {
    const values = Object.fromEntries(
      Object.entries({ system, ...more }).map(([key, value]) => [`mcp:${key}`, value]),
    );
    const settings = parseSettings({ stack: "some", values, isSecret: () => true });
    return [`${system} from ${source}`, buildTopology("some", settings, source)] as const;
  }),
);

describe.each(stacks)("the first page of %s", (_name, { tiers: all }) => {
  const page = webFiles("some", all)["index.html"] ?? "";

  test("lists every service once, with its program, its address, a way to it, and no state that nobody asked for", () => {
    for (const service of all.flatMap(({ services }) => services)) {
      expect(page.split(`data-service="${service.name}"`)).toHaveLength(2);
      const program = programOf(service.image);
      expect([service.image, program]).toEqual([service.image, expect.stringMatching(/^[A-Za-z_]{3}/)]);
      expect(rowOf(service.name, page)).toContain(`<small>${program}</small>`);
      expect(rowOf(service.name, page)).toContain(`<small>${addressOf(service)}</small>`);
      expect(rowOf(service.name, page)).toContain("<span>unknown</span>");
      expect(cellOf(service.name, "From this host", page)).not.toBe("");
    }
  });

  test("names no program that is not in the image: the service grafana may be Perses", () => {
    const image = all.flatMap(({ services }) => services).find(({ name }) => name === "grafana")?.image;
    expect(rowOf("grafana", page)).toMatch(image === "perses" ? /Perses/ : /Grafana/);
    expect(rowOf("grafana", page)).not.toMatch(image === "perses" ? /Grafana/ : /Perses/);
  });

  test("has a script of the entry's own and nothing else that a browser would load", () => {
    const loaded = [...page.matchAll(/\b(?:src|srcset|data|poster)="([^"]*)"|<link\b|@import|url\(/g)];
    expect(loaded.map(([, address]) => address)).toEqual(["/state.js"]);
    expect(page).not.toMatch(/<script>|\son[a-z]+=/);
  });
});

test.each([
  ["postgres-mcp", "docker exec -i postgres-mcp mcp-server stdio", "http://postgres-mcp:8000/mcp"],
  ["mariadb-mcp", "docker exec -i mariadb-mcp mcp-server stdio", "http://mariadb-mcp:8000/mcp"],
  [
    "python-experimental",
    "docker exec -i python-experimental mcp-server stdio",
    "http://python-experimental:8000/mcp",
  ],
])("the first page tells how clients use %s, as the clients' settings do", (name, stdio, http) => {
  expect(cellOf(name, "From this host")).toBe(`<code>${stdio}</code>`);
  expect(
    Object.values(hostServers({ tiers } as Topology)).map(({ command, args }) =>
      [command, ...args].join(" "),
    ),
  ).toContain(stdio);
  expect(cellOf(name, "In the network")).toContain(`<code>${http}</code>`);
  expect(files["index.html"]).toContain("npm run clients -- --stack dev");
});

test.each([
  ["postgres-db", "not published", "postgres-db:5432"],
  ["mariadb", "not published", "mariadb:3306"],
  ["prometheus", '<a href="/prometheus/">/prometheus/</a> ', "http://prometheus:9090/prometheus/"],
  ["nginx", "<code>127.0.0.1:8070</code>", ""],
  ["node-exporter", "not published", "http://node-exporter:9100/metrics"],
])("the first page tells how %s is reached", (name, host, network) => {
  expect(cellOf(name, "From this host")).toBe(host);
  expect(cellOf(name, "In the network")).toContain(network);
});

test("the first page of TekUp gives the gateway's address, and none of the servers that are for it alone", () => {
  const page = webFiles("some", stacks.find(([name]) => name === "tekup from build")?.[1].tiers ?? [])[
    "index.html"
  ];
  expect(cellOf("mcp-gateway", "From this host", page)).toBe("<code>http://127.0.0.1:3000/mcp</code>");
  expect(cellOf("mcp-gateway", "In the network", page)).toContain("<code>http://mcp-gateway:3000/mcp</code>");
  for (const name of ["mcp-browser", "mcp-search", "mcp-memory"]) {
    expect(cellOf(name, "From this host", page)).toBe("not published");
    expect(cellOf(name, "In the network", page)).toMatch(/^<small>[0-9.]+<\/small>$/);
  }
  expect(rowOf("mcp-memory", page)).toContain("@modelcontextprotocol/server-memory 2026.7.4 of npm");
});

test("a server that is published is reached where the setting says", () => {
  const published = topology({ "mcp:services": '{"postgres-mcp": {"publish": 8123}}' });
  const page = webFiles("dev", published.tiers)["index.html"];
  expect(cellOf("postgres-mcp", "From this host", page)).toContain("<code>http://127.0.0.1:8123/mcp</code>");
});

test("the first page may run the entry's script and ask the entry alone; other own pages run none", () => {
  const policies = [...(files["nginx.conf"] ?? "").matchAll(/Content-Security-Policy "([^"]*)"/g)].map(
    ([, one]) => one,
  );
  expect(policies).toHaveLength(3);
  for (const policy of policies) expect(policy).toMatch(/^default-src 'none'; /);
  expect(policies.filter((policy) => policy?.includes("script-src"))).toEqual([
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'",
  ]);
});

test("text is text on the first page, whatever it holds", () => {
  const odd: Tier[] = [{ number: 1, name: `<b>"&`, services: [] }];
  const page = webFiles("<script>", odd)["index.html"];
  expect(page).toContain("&lt;script&gt;");
  expect(page).toContain("&lt;b&gt;&quot;&amp;");
  expect(page).not.toContain("<script>");
});

test("nginx opens one place without a password, which tells nothing", () => {
  expect(files["nginx.conf"]?.match(/auth_basic off/g)).toHaveLength(1);
  expect(files["nginx.conf"]).toMatch(/location = \/healthz \{\s*auth_basic off;/);
});

test("the password is a variable of the shell's own command, and no argument of any program", () => {
  expect(webEntrypoint.slice(0, 2)).toEqual(["sh", "-c"]);
  expect(webEntrypoint[2]).toMatch(/^umask 077 && printf 'admin:\{PLAIN\}%s\\n' "\$WEB_PASSWORD" >/);
  expect(webEntrypoint[2]).toMatch(/unset WEB_PASSWORD && exec nginx [^$]*$/);
});
