import { browserCommand } from "../../../cli/operate/browser";
import { chosenPage, webEntry } from "../../../cli/operate/web";
import type { PublishedPort, Topology } from "../../../topology";

const topology = (ports: PublishedPort[], pages = true) => {
  const web = (path: string, title: string, page?: string) =>
    pages ? { web: { port: 1, path, title, ...(page ? { page } : {}) } } : {};
  const services = [
    { name: "nginx", ports, networks: [{ network: "network", address: "172.20.0.70", aliases: [] }] },
    { name: "prometheus", ...web("/prometheus/", "Metrics") },
    { name: "grafana", ...web("/dashboards/", "Dashboards") },
    { name: "log-store", ...web("/logs/select/", "Logs", "vmui/") },
  ];
  return { stack: "dev", tiers: [{ number: 4, name: "monitoring", services }] } as unknown as Topology;
};
const published = topology([{ address: "127.0.0.1", host: 8070, container: 8080 }]);

describe("the web pages of a stack", () => {
  it("are reached by the entry, which is one service", () => {
    expect(webEntry(published)).toMatchObject({ url: "http://127.0.0.1:8070" });
    expect(webEntry(topology([]))).toMatchObject({
      url: "http://172.20.0.70:8080",
      publish: "npm run config -- --stack dev set 'mcp:services.nginx.publish' 8070",
    });
    expect(() => webEntry({ stack: "prod", tiers: [] } as unknown as Topology)).toThrow(
      /"prod" has no web pages/,
    );
  });

  it.each([
    [undefined, "/dashboards/"],
    ["dashboards", "/dashboards/"],
    ["grafana", "/dashboards/"],
    ["prometheus", "/prometheus/"],
    ["logs", "/logs/select/vmui/"],
    ["index", "/"],
  ])("are found when a user says %s", (name, path) => {
    expect(chosenPage(published, name).path).toBe(path);
  });

  it("are listed by the entry where there are no dashboards", () => {
    expect(chosenPage(topology([], false), undefined).path).toBe("/");
  });

  it("are refused by a name that is none, with the closest that is", () => {
    expect(() => chosenPage(published, "dashboard")).toThrow(
      /did you mean "dashboards"\? Known: index, prometheus, dashboards, logs/,
    );
  });
});

describe("a browser", () => {
  it.each<[NodeJS.Platform, NodeJS.ProcessEnv, string | undefined]>([
    ["darwin", {}, "open"],
    ["win32", {}, "cmd.exe"],
    ["linux", { WSL_DISTRO_NAME: "Debian" }, "cmd.exe"],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, "xdg-open"],
    ["linux", {}, undefined],
  ])("on %s with %j is %s", (platform, environment, program) => {
    expect(browserCommand(platform, environment)?.[0]).toBe(program);
  });
});
