import { parseSettings } from "../../config/settings";
import { docker } from "../../engine/docker";
import { webUser } from "../../observability/web";
import { buildTopology } from "../../topology";
import { allServices } from "../../topology/services";
import { ServiceGroup } from "./service-group";
import { type Looked, PageViewer, type View } from "./watched-page";

const settings = parseSettings({
  stack: "test",
  values: { "mcp:system": "devcontainer" },
  isSecret: () => true,
});
const topology = buildTopology("test", settings, "build");
const services = allServices(topology);
const names = services.map(({ name }) => name);
const present = services.filter(({ name }) => ["nginx", "prometheus", "grafana"].includes(name));
const portOf = (name: string) => services.find((service) => service.name === name)?.metrics?.port ?? 0;
const [watchdog, cadvisor] = [portOf("watchdog"), portOf("cadvisor")];
const group = new ServiceGroup(present);
let viewer: PageViewer;

/** What the watchdog says of a container. */
type State = "healthy" | "unhealthy" | "stopped";

beforeAll(async () => {
  await group.start();
  viewer = await PageViewer.start(group.id, { watchdog, cadvisor });
}, 900_000);
afterAll(() => group.remove(), 120_000);

function open<T>(view: Omit<View, "user" | "password">, look: string): Promise<Looked<T>> {
  return viewer.look({ ...view, user: webUser, password: group.secret("web-password") }, look);
}

/** What the watchdog and cAdvisor would say of these containers, named by service. */
async function containersAre(states: Record<string, State>): Promise<void> {
  const ids = Object.keys(states).map((_, index) => index.toString(16).padStart(64, "0"));
  const lines = Object.entries(states).flatMap(([service, state], index) => {
    const labels = `container="${service}",service="${service}",tier="1"`;
    return [
      `mcp_container_info{${labels},container_id="${ids[index]}",image="x"} 1`,
      `mcp_container_running{${labels}} ${state === "stopped" ? 0 : 1}`,
      `mcp_container_healthy{${labels}} ${state === "healthy" ? 1 : 0}`,
      `mcp_container_memory_limit_bytes{${labels}} ${2 ** 28}`,
      `mcp_container_restarts_total{${labels},by="engine"} 0`,
    ];
  });
  const used = ids.map(
    (id, index) => `container_memory_working_set_bytes{id="/docker/${id}"} ${1e7 * (index + 1)}`,
  );
  await viewer.say(watchdog, `${lines.join("\n")}\n`);
  await viewer.say(cadvisor, `${used.join("\n")}\n`);
}

const allHealthy: Record<string, State> = Object.fromEntries(names.map((name) => [name, "healthy"]));
/** The words of each service's state, as the page shows them. */
const statesShown = `() => Object.fromEntries([...document.querySelectorAll("[data-service]")].map((row) =>
  [row.dataset.service, row.querySelector(".state").textContent.trim()]))`;
/** Waits until the page shows this of a service. */
const until = (service: string, words: string) =>
  `await page.waitForFunction(() => document.querySelector('[data-service="${service}"] .state').textContent.trim() === "${words}", undefined, { polling: 100 })`;

describe("the web entry's first page", () => {
  test("tells without a script what there is and how it is reached, and of no service that it is well", async () => {
    await containersAre(allHealthy);
    const { seen, complaints } = await open<Record<string, string>>(
      { path: "/", javaScript: false },
      `(page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll("[data-service]")].map((row) =>
        [row.dataset.service, row.innerText.replaceAll(/\\s+/g, " ")])))`,
    );
    expect(Object.keys(seen)).toEqual(names);
    for (const row of Object.values(seen)) expect(row).toContain("unknown");
    expect(seen["postgres-mcp"]).toContain("docker exec -i postgres-mcp mcp-server stdio");
    expect(seen["postgres-mcp"]).toContain("http://postgres-mcp:8000/mcp");
    expect(seen.grafana).toContain("Perses");
    expect(complaints).toEqual([]);
  });

  test("shows what the watchdog says of each container, and what it knows no container of", async () => {
    const { devcontainer: _, ...others } = allHealthy;
    await containersAre({
      ...others,
      mariadb: "unhealthy",
      buildkit: "stopped",
      "postgres-db-2": "unhealthy",
    });
    const { seen, complaints } = await open<Record<string, string>>(
      { path: "/" },
      `async (page) => { ${until("mariadb", "not healthy")}; return page.evaluate(${statesShown}) }`,
    );
    expect(seen).toEqual({
      ...allHealthy,
      mariadb: "not healthy",
      buildkit: "not running",
      devcontainer: "no container",
      "postgres-db": "1 of 2 healthy",
    });
    expect(complaints).toEqual([]);
  });

  test("says that it does not know, once Prometheus is away, and knows again once it is back", async () => {
    await containersAre(allHealthy);
    const known = `async (page) => { ${until("mariadb", "healthy")}; return page.evaluate(${statesShown}) }`;
    expect((await open({ path: "/" }, known)).seen).toEqual(allHealthy);
    await docker(["stop", group.container("prometheus")]);
    const { seen } = await open<[Record<string, string>, string]>(
      { path: "/" },
      `async (page) => {
        await page.waitForFunction(() => /does not answer/.test(document.getElementById("summary").textContent));
        return [await page.evaluate(${statesShown}), await page.textContent("#summary")];
      }`,
    );
    expect(new Set(Object.values(seen[0]))).toEqual(new Set(["unknown"]));
    expect(seen[1]).toContain("not known");
    await docker(["start", group.container("prometheus")]);
    expect((await open({ path: "/" }, known)).seen).toEqual(allHealthy);
  });

  test.each([320, 390, 768, 1500])("fits into a window of %i pixels", async (width) => {
    const { seen } = await open<{ page: number; small: number }>(
      { path: "/", width },
      `async (page) => {
        return page.evaluate(() => ({
          page: document.documentElement.scrollWidth,
          small: Math.min(...[...document.querySelectorAll("body *")].map((one) => parseFloat(getComputedStyle(one).fontSize))),
        }));
      }`,
    );
    expect(seen.page).toBeLessThanOrEqual(width);
    expect(seen.small).toBeGreaterThanOrEqual(12);
  });
});

test("the dashboard of the cluster shows each service's name and state in letters that can be read, and whole legends", async () => {
  await containersAre({ ...allHealthy, mariadb: "unhealthy" });
  const { seen, complaints } = await open<{
    states: Record<string, [string, number]>;
    cut: string[];
    charts: number;
  }>(
    { path: "/dashboards/projects/cluster/dashboards/cluster", height: 4000 },
    `async (page) => {
      await page.getByText("unhealthy", { exact: true }).waitFor();
      const panel = (title) => page.locator('[data-testid="panel"]', { has: page.locator("h6", { hasText: new RegExp("^" + title + "$") }) });
      const names = ${JSON.stringify(names)};
      const states = {};
      for (const name of names) {
        const value = panel(name).locator("h3");
        await value.waitFor();
        states[name] = [await value.textContent(), await value.evaluate((one) => parseFloat(getComputedStyle(one).fontSize))];
      }
      // Three charts have a line for each service here.
      await page.locator('[data-testid="virtuoso-scroller"] [role=listitem]').nth(3 * names.length - 1).waitFor();
      const legends = await page.locator('[data-testid="virtuoso-scroller"]').all();
      const cut = [];
      for (const legend of legends) cut.push(await legend.evaluate((one) => one.scrollHeight > one.clientHeight ? one.textContent : ""));
      return { states, cut: cut.filter(Boolean), charts: legends.length };
    }`,
  );
  expect(Object.fromEntries(Object.entries(seen.states).map(([name, [words]]) => [name, words]))).toEqual({
    ...allHealthy,
    mariadb: "unhealthy",
  });
  for (const [, size] of Object.values(seen.states)) expect(size).toBeGreaterThanOrEqual(12);
  expect(seen.cut).toEqual([]);
  expect(seen.charts).toBeGreaterThanOrEqual(3);
  expect(complaints).toEqual([]);
});
