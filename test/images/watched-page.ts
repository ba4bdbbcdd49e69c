import { docker } from "../../engine/docker";
import { ensureImage } from "../../imaging";

/** What a test sees of a page; whatever it has from `look` in addition is the test's. */
export interface Looked<T> {
  seen: T;
  /** What the browser complained of, and requests that failed or left the entry. */
  complaints: string[];
}

/** How a page is looked at. */
export interface View {
  path: string;
  /** Of the web entry. */
  user: string;
  password: string;
  width?: number;
  height?: number;
  /** Without, the page's scripts do not run. */
  javaScript?: boolean;
}

/**
 * A container on a group's network with Chromium, for the pages of its web entry, that at the same time gives the metrics which
 * Prometheus asks some of the group's absent services for.
 */
export class PageViewer {
  private constructor(private readonly name: string) {}

  /** @param absent the services that it stands for, and the port of each. */
  static async start(network: string, absent: Record<string, number>): Promise<PageViewer> {
    const image = await ensureImage({ image: "mcp-browser", source: "build" }, { log: () => undefined });
    const name = `${network}-viewer`;
    await docker([
      ...["run", "--detach", "--name", name, "--label", "dev.mcp.test=images", "--network", network],
      ...Object.keys(absent).flatMap((service) => ["--network-alias", service]),
      ...["--tmpfs", "/tmp:size=256m,mode=1777", "--shm-size", "256m", "--entrypoint", "node", image],
      ...["-e", metricsServer(Object.values(absent))],
    ]);
    return new PageViewer(name);
  }

  /** What the service at a port says from now on. */
  async say(port: number, metrics: string): Promise<void> {
    await docker(
      ["exec", "-i", this.name, "sh", "-c", `cat >/tmp/${port}.new && mv /tmp/${port}.new /tmp/${port}`],
      {
        input: metrics,
      },
    );
  }

  /**
   * Opens a page and gives what a function says of it, in the browser's own container: it gets Playwright's `page`, and nothing
   * from outside it.
   */
  async look<T>(view: View, look: string): Promise<Looked<T>> {
    const script = `(async () => {
      const { chromium } = require("playwright-core");
      const view = ${JSON.stringify(view)};
      const browser = await chromium.launch({ executablePath: "/usr/lib/chromium/chromium-headless-shell", chromiumSandbox: false });
      const context = await browser.newContext({
        javaScriptEnabled: view.javaScript ?? true,
        viewport: { width: view.width ?? 1500, height: view.height ?? 1000 },
        httpCredentials: { username: view.user, password: view.password },
      });
      const page = await context.newPage();
      page.setDefaultTimeout(0);
      const complaints = [];
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("request", (request) => {
        if (!/^(http:\\/\\/nginx:8080\\/|data:|blob:)/.test(request.url())) complaints.push(request.url());
      });
      await page.goto("http://nginx:8080" + view.path);
      const seen = await (${look})(page);
      await browser.close();
      process.stdout.write(JSON.stringify({ seen, complaints }));
      process.exit(0);
    })().catch((error) => { console.error(error); process.exit(1); });`;
    const answer = await docker(["exec", "-i", "--workdir", "/app", this.name, "node", "-"], {
      input: script,
    });
    return JSON.parse(answer) as Looked<T>;
  }
}

function metricsServer(ports: readonly number[]): string {
  return `for (const port of ${JSON.stringify(ports)})
    require("node:http").createServer((_, response) => require("node:fs").readFile("/tmp/" + port, (error, text) =>
      response.writeHead(error ? 503 : 200, { "content-type": "text/plain" }).end(text ?? ""))).listen(port)`;
}
