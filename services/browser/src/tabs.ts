import type { BrowserContext, Page } from "playwright-core";
import { ToolError } from "./tool-error";

/** Console messages that are kept of a page. */
const CONSOLE_LINES = 200;

/** The pages of a session, in the order in which they were opened, and which of them is worked with. */
export class Tabs {
  private pages: Page[] = [];
  private chosen: Page | undefined;
  private readonly consoles = new WeakMap<Page, string[]>();
  /** Pages that are closed because somebody here wants it. */
  private readonly leaving = new WeakSet<Page>();
  private opening = 0;

  /** @param notice says something in the session's next answer. */
  constructor(
    private readonly most: number,
    private readonly notice: (text: string) => void,
  ) {}

  get list(): readonly Page[] {
    return this.pages;
  }

  get current(): Page | undefined {
    return this.chosen;
  }

  /** What a page has written to its console since it navigated, the latest lines. */
  consoleOf(page: Page): readonly string[] {
    return this.consoles.get(page) ?? [];
  }

  /** Takes in all pages that a context opens, those of its own accord as well. */
  follow(context: BrowserContext): void {
    context.on("page", (page) => this.add(page));
  }

  /** Opens a tab, which becomes the current one. */
  async open(context: BrowserContext): Promise<Page> {
    if (this.pages.length >= this.most) {
      throw new ToolError(`There are ${this.most} tabs already (BROWSER_TABS); close one first`);
    }
    this.opening += 1;
    try {
      const page = await context.newPage();
      this.chosen = page;
      return page;
    } finally {
      this.opening -= 1;
    }
  }

  /** Closes a tab; the last one that is left becomes the current one. */
  async close(page: Page): Promise<void> {
    this.leaving.add(page);
    this.remove(page);
    await page.close();
  }

  /** Whether a page is gone because it was asked for. */
  left(page: Page): boolean {
    return this.leaving.has(page);
  }

  /** @throws ToolError where there are not so many. */
  at(index: number): Page {
    const page = this.pages[index];
    if (!page) throw new ToolError(`There is no tab ${index}; there are ${this.pages.length}, from 0`);
    return page;
  }

  /** Makes a tab the current one. */
  choose(index: number): Page {
    return (this.chosen = this.at(index));
  }

  remove(page: Page): void {
    this.pages = this.pages.filter((one) => one !== page);
    if (this.chosen === page) this.chosen = this.pages.at(-1);
  }

  clear(): void {
    this.pages = [];
    this.chosen = undefined;
  }

  private add(page: Page): void {
    if (this.pages.length >= this.most) {
      this.notice(`The page wanted to open another tab, but there are ${this.most} already (BROWSER_TABS)`);
      void page.close().catch(() => undefined);
      return;
    }
    if (this.opening === 0) this.notice(`The page opened a tab: it is number ${this.pages.length}`);
    this.pages.push(page);
    this.chosen ??= page;
    this.watch(page);
  }

  private watch(page: Page): void {
    const lines: string[] = [];
    this.consoles.set(page, lines);
    page.on("close", () => this.remove(page));
    page.on("crash", () => {
      this.notice(`The page ${shortened(page.url())} crashed and was closed`);
      this.remove(page);
      void page.close().catch(() => undefined);
    });
    page.on("download", (download) => {
      this.notice(`The download of ${shortened(download.url())} was refused: this browser keeps no files`);
    });
    page.on("framenavigated", (frame) => {
      if (frame === page.mainFrame()) lines.length = 0;
    });
    const write = (line: string) => {
      lines.push(line.slice(0, 2000));
      if (lines.length > CONSOLE_LINES) lines.shift();
    };
    page.on("console", (message) => write(`[${message.type()}] ${message.text()}`));
    page.on("pageerror", (error) => write(`[error] ${error.message}`));
  }
}

function shortened(url: string): string {
  return url.length > 300 ? `${url.slice(0, 300)}…` : url;
}
