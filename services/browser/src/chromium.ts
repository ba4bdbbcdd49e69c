import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from "playwright-core";
import { describeError, type Logger } from "../../host/log";
import { limited } from "./limited";
import type { ChromiumSettings } from "./settings";

/** The longest that a browser may leave a health check without an answer, in milliseconds. */
const HANGS = 10_000;
const LAUNCH_MILLISECONDS = 30_000;

/** Chromium that runs, and the number of its process. */
interface Running {
  browser: Browser;
  pid: number;
}

/** The one Chromium of the server, whose contexts are apart from each other. One that ends is started again when needed. */
export class Chromium {
  private running: Promise<Running> | undefined;
  private sandboxed: boolean;
  private closed = false;
  /** How often it was started so far. */
  starts = 0;

  constructor(
    private readonly settings: ChromiumSettings,
    private readonly proxyUrl: string,
    private readonly log: Logger,
  ) {
    this.sandboxed = settings.sandbox !== "off";
  }

  /** A context that shares nothing with others: no cookies, no storage, no cache. */
  async context(options: BrowserContextOptions): Promise<BrowserContext> {
    const { browser } = await this.started();
    return limited(browser.newContext(options), HANGS);
  }

  /**
   * Starts it where it does not run, and asks it something. One that does not answer is ended.
   * @throws where it can't be started or does not answer.
   */
  async check(): Promise<void> {
    const { browser } = await this.started();
    try {
      const session = await limited(browser.newBrowserCDPSession(), HANGS);
      await limited(session.send("Browser.getVersion"), HANGS);
      await session.detach();
    } catch (error) {
      await this.kill("it does not answer");
      throw error;
    }
  }

  /** Ends it at once; all contexts are lost. */
  async kill(reason: string): Promise<void> {
    const running = await this.running?.catch(() => undefined);
    if (!running?.browser.isConnected()) return;
    this.log.error("Chromium is ended and will be started again", { reason });
    const gone = new Promise((resolve) => running.browser.once("disconnected", resolve));
    end(running.pid);
    await limited(gone, HANGS).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.closed = true;
    const running = await this.running?.catch(() => undefined);
    if (!running) return;
    await limited(running.browser.close(), 5000).catch(() => undefined);
    end(running.pid);
  }

  private started(): Promise<Running> {
    if (this.closed) throw new Error("The server is stopping");
    if (this.running) return this.running;
    const running = this.launch();
    this.running = running;
    const forget = () => {
      if (this.running === running) this.running = undefined;
    };
    running.then(({ browser, pid }) => {
      const gone = () => {
        forget();
        end(pid); // what it has started may have survived it
      };
      if (browser.isConnected()) browser.once("disconnected", gone);
      else gone();
    }, forget);
    return running;
  }

  private async launch(): Promise<Running> {
    try {
      const browser = await chromium.launch({
        executablePath: this.settings.program,
        chromiumSandbox: this.sandboxed,
        // The proxy is for the loopback as well, which Chromium would else reach by itself.
        proxy: { server: this.proxyUrl, bypass: "<-loopback>" },
        args: flags(this.settings),
        env: environment(),
        handleSIGINT: false,
        handleSIGTERM: false,
        handleSIGHUP: false,
        timeout: LAUNCH_MILLISECONDS,
      });
      const pid = await processOf(browser);
      this.starts += 1;
      this.log.info("Chromium runs", { version: browser.version(), sandbox: this.sandboxed });
      return { browser, pid };
    } catch (error) {
      if (this.settings.sandbox !== "auto" || !this.sandboxed || !/sandbox/i.test(String(error))) throw error;
      this.log.warn("Chromium can't confine its own processes here: the container is their only sandbox", {
        setting: "BROWSER_SANDBOX",
      });
      this.log.debug("Chromium's complaint", describeError(error));
      this.sandboxed = false;
      return this.launch();
    }
  }
}

function flags({ pageHeapMegabytes }: ChromiumSettings): string[] {
  return [
    // Nothing goes around the proxy: no names are resolved, no UDP is sent.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--dns-prefetch-disable",
    `--js-flags=--max-old-space-size=${pageHeapMegabytes}`,
    "--disable-gpu",
  ];
}

/** Chromium gets none of the server's own variables, which may hold secrets. */
function environment(): Record<string, string> {
  const { PATH = "", LANG = "C.UTF-8", TZ } = process.env;
  return { PATH, LANG, HOME: "/tmp", ...(TZ === undefined ? {} : { TZ }) };
}

async function processOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.find(({ type }) => type === "browser")?.id ?? 0;
}

/** Ends Chromium and all that it started, which has its process group. */
function end(pid: number): void {
  if (pid <= 1) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // nothing of it is left
  }
}
