import { type BrowserContext, type Dialog, errors, type Page } from "playwright-core";
import { Queue } from "../../host/queue";
import type { Usage } from "../../host/least-used";
import type { Chromium } from "./chromium";
import { Interrupted, limited } from "./limited";
import type { SessionSettings } from "./settings";
import { Tabs } from "./tabs";
import { ToolError } from "./tool-error";

/** How long a page may take to show that it reacts, and to close, in milliseconds. */
const REACTS = 2000;
const CLOSES = 3000;

/** A place among the sessions that may have a browser context. */
export interface Places {
  /**
   * Takes one, for a client; the least recently used that idles makes room for it.
   * @throws ToolError where all are in use.
   */
  take: (client: string) => Promise<void>;
  giveBack: () => void;
}

/**
 * One client's browser: a context of its own, which is made when it is needed and again when it was lost. Calls run one
 * after the other.
 */
export class BrowserSession {
  private readonly queue = new Queue(1);
  private context: BrowserContext | undefined;
  private closed = false;
  private notices: string[] = [];
  private calls = 0;
  private used = performance.now();
  /** How dialogs of the page are answered from now on. */
  dialogs: { accept: boolean; text?: string } = { accept: false };
  readonly tabs: Tabs;

  constructor(
    private readonly chromium: Chromium,
    private readonly places: Places,
    readonly settings: SessionSettings,
    /** Tells clients apart. */
    private readonly client: string,
  ) {
    this.tabs = new Tabs(settings.tabs, (text) => this.notice(text));
  }

  /** Whose it is, and how it is used. */
  get usage(): Usage & { session: BrowserSession } {
    return { session: this, client: this.client, calls: this.calls, streams: 0, used: this.used };
  }

  /** Whether it takes one of the places. */
  get hasBrowser(): boolean {
    return this.context !== undefined;
  }

  /** Does something during which the session counts as used. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.calls += 1;
    this.used = performance.now();
    try {
      return await work();
    } finally {
      this.calls -= 1;
      this.used = performance.now();
    }
  }

  /** Gives its browser up for another session, which needs the place. */
  makeRoom(): Promise<void> {
    return this.queue.run(async () => {
      if (!this.context) return;
      await this.dispose();
      this.notice(
        "This session's browser was closed, as all were in use and another session needed one: it has begun anew, and its " +
          "pages and cookies are gone",
      );
    });
  }

  /** Says something in the next answer, whichever it is. */
  notice(text: string): void {
    if (this.notices.length < 20 && !this.notices.includes(text)) this.notices.push(text);
  }

  /** What there is to be said, once. */
  takeNotices(): string[] {
    return this.notices.splice(0);
  }

  /**
   * Does something with the current page, when all that was asked before is done.
   * @param work is given a signal that aborts when the call has its answer.
   * @throws ToolError where the time is up; a page that does not react any more is gone then.
   */
  call<T>(signal: AbortSignal, work: (page: Page, ended: AbortSignal) => Promise<T>): Promise<T> {
    return this.during(() =>
      this.queue.run(async () => {
        const ended = new AbortController();
        if (signal.aborted) throw new ToolError("The call was cancelled");
        const page = await this.page();
        const lost = rejectsWhenLost(page, () => this.tabs.left(page));
        try {
          return await limited(
            Promise.race([work(page, ended.signal), lost.promise]),
            this.settings.callMilliseconds,
            signal,
          );
        } catch (error) {
          ended.abort();
          const late = error instanceof Interrupted || error instanceof errors.TimeoutError;
          if (!late) throw error;
          await stopLoading(page);
          const reacts = await this.reacts(page);
          if (!reacts) await this.drop(page);
          else if (!(error instanceof Interrupted)) throw error;
          throw new ToolError(
            reacts
              ? `There was no end within ${this.settings.callMilliseconds / 1000} s (${error.message}); the page is still open`
              : `The page did not react any more and was closed; navigate again`,
          );
        } finally {
          lost.stop();
        }
      }),
    );
  }

  /** Begins anew: cookies, storage and tabs are gone. */
  reset(): Promise<void> {
    return this.queue.run(() => this.dispose());
  }

  /** Ends the session, whatever is still running in it. */
  async close(): Promise<void> {
    this.closed = true;
    await this.dispose();
  }

  private async page(): Promise<Page> {
    if (this.closed) throw new ToolError("The session has ended");
    this.context ??= await this.open();
    return this.tabs.current ?? limited(this.tabs.open(this.context), REACTS * 5);
  }

  private async open(): Promise<BrowserContext> {
    await this.places.take(this.client);
    try {
      const context = await this.chromium.context({
        acceptDownloads: false,
        viewport: this.settings.viewport,
      });
      context.setDefaultTimeout(this.settings.actionMilliseconds);
      // A slow site is told apart from a page that hangs by its own, shorter limit.
      context.setDefaultNavigationTimeout(Math.max(this.settings.callMilliseconds - 2000, 1000));
      this.tabs.follow(context);
      context.on("dialog", (dialog) => void this.answer(dialog));
      context.on("close", () => this.forget(context));
      return context;
    } catch (error) {
      this.places.giveBack();
      throw error;
    }
  }

  private async answer(dialog: Dialog): Promise<void> {
    const { accept, text } = this.dialogs;
    const accepted = dialog.type() === "beforeunload" || accept;
    this.notice(
      `The page showed a dialog (${dialog.type()}): ${JSON.stringify(dialog.message().slice(0, 500))}; it was ${accepted ? "accepted" : "dismissed"}`,
    );
    await (accepted ? dialog.accept(text) : dialog.dismiss()).catch(() => undefined);
  }

  /** The context is gone, and nobody here has asked for it: Chromium ended. */
  private forget(context: BrowserContext): void {
    if (this.context !== context) return;
    this.context = undefined;
    this.tabs.clear();
    this.places.giveBack();
    this.notice(
      "The browser ended unexpectedly; this session has begun anew: its pages and cookies are gone",
    );
  }

  private async reacts(page: Page): Promise<boolean> {
    if (page.isClosed()) return false;
    return limited(page.evaluate("true"), REACTS).then(
      () => true,
      (error) => !(error instanceof Interrupted),
    );
  }

  /** Closes a page that hangs; where that hangs too, its context, and then the browser. */
  private async drop(page: Page): Promise<void> {
    const closed = await limited(this.tabs.close(page), CLOSES).then(
      () => true,
      () => page.isClosed(),
    );
    if (!closed) await this.dispose();
  }

  private async dispose(): Promise<void> {
    const { context } = this;
    if (!context) return;
    this.context = undefined;
    this.tabs.clear();
    try {
      await limited(context.close(), CLOSES);
    } catch (error) {
      if (error instanceof Interrupted) await this.chromium.kill("a session can't be closed");
    } finally {
      this.places.giveBack();
    }
  }
}

/**
 * Has a page open nothing any more that a given-up call asked for: until it arrives the page answers nothing, and it
 * would come in the next call's way.
 */
async function stopLoading(page: Page): Promise<void> {
  const stop = async () => {
    const session = await page.context().newCDPSession(page);
    await session.send("Page.stopLoading");
    await session.detach();
  };
  await limited(stop(), REACTS).catch(() => undefined); // the page hangs, or is gone
}

/** Rejects when a page crashes, or is closed without being wanted, while a call works with it. */
function rejectsWhenLost(page: Page, wanted: () => boolean): { promise: Promise<never>; stop: () => void } {
  let stop = () => {};
  const promise = new Promise<never>((_, reject) => {
    const crashed = () => reject(new ToolError("The page crashed and was closed; navigate again"));
    const closed = () => {
      if (!wanted()) reject(new ToolError("The page was closed while the call ran"));
    };
    page.on("crash", crashed).on("close", closed);
    stop = () => page.off("crash", crashed).off("close", closed);
  });
  promise.catch(() => undefined);
  return { promise, stop };
}
