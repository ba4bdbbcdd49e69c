import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { docker } from "../../../engine/docker";
import { ensureImage } from "../../../imaging";
import { freePort } from "./ports";

/**
 * A real browser, in a container that sees what a browser on this machine would: Chromium listens on the loopback only,
 * so it has the host's network.
 */
export class ChromiumContainer {
  private constructor(
    private readonly name: string,
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<ChromiumContainer> {
    const image = await ensureImage({ image: "chromium", source: "build" }, { log: () => undefined });
    const name = `mcptest-chromium-${randomBytes(4).toString("hex")}`;
    const port = await freePort();
    await docker([
      ...[
        "run",
        "--detach",
        "--init",
        "--name",
        name,
        "--label",
        "dev.mcp.test=browser",
        "--network",
        "host",
      ],
      ...["--read-only", "--tmpfs", "/tmp:size=256m,mode=1777", "--cap-drop", "ALL"],
      ...["--security-opt", "no-new-privileges", "--memory", "1g", "--pids-limit", "300"],
      ...[image, `--remote-debugging-port=${port}`],
    ]);
    try {
      return new ChromiumContainer(name, await connected(name, `http://127.0.0.1:${port}`));
    } catch (error) {
      await docker(["rm", "--force", name]);
      throw error;
    }
  }

  /** A page of a browser that remembers nothing of the others. */
  async page(options: BrowserContextOptions): Promise<Page> {
    return (await this.browser.newContext(options)).newPage();
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await docker(["rm", "--force", this.name]);
  }
}

async function connected(container: string, url: string): Promise<Browser> {
  for (;;) {
    if (await fetch(`${url}/json/version`).catch(() => undefined)) return chromium.connectOverCDP(url);
    const running = await docker(["container", "inspect", "--format", "{{.State.Running}}", container]);
    if (running.trim() !== "true")
      throw new Error(`Chromium ended: ${await docker(["logs", container]).catch(String)}`);
    await sleep(100);
  }
}
