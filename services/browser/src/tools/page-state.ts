import type { Locator, Page, Request } from "playwright-core";
import type { BrowserSession } from "../session";
import { ToolError } from "../tool-error";

/** How long an action's requests are waited for, in milliseconds. */
const SETTLES = 3000;
/** Refs as the snapshots have them, those of frames included. */
const REF = /^(f\d+)?e\d+$/;

/** Where a page is, and its accessibility tree with a ref for each element. */
export async function pageState(page: Page, { tabs }: BrowserSession, snapshot: boolean): Promise<string> {
  const lines = [`Page: ${page.url()}`, `Title: ${await page.title()}`];
  if (tabs.list.length > 1) lines.push(`Tab: ${tabs.list.indexOf(page)} of ${tabs.list.length}, from 0`);
  if (snapshot) lines.push("", "```yaml", await page.ariaSnapshot({ mode: "ai" }), "```");
  return lines.join("\n");
}

/** The element that a client means: by a ref of the last snapshot, or by a CSS selector. */
export async function element(page: Page, target: string): Promise<Locator> {
  if (!REF.test(target)) return page.locator(target);
  const found = page.locator(`aria-ref=${target}`);
  if ((await found.count()) === 0) {
    throw new ToolError(`There is no element ${target} on the page as it is now: take a new snapshot`);
  }
  return found;
}

/**
 * A function that runs in the page, out of its text: one of a client, or one that no compiler may rewrite. Playwright
 * takes a function's text, so it is never run here.
 */
export function inPage<T>(code: string): (element: unknown) => T {
  return Object.assign(() => undefined as T, { toString: () => code });
}

/** Does something to a page, and waits for what that sets off: a navigation, or requests of the page's scripts. */
export async function settled(page: Page, action: () => Promise<unknown>): Promise<void> {
  const pending = new Set<Request>();
  let wake = () => {};
  const begun = (request: Request) => {
    if (["document", "fetch", "xhr", "script"].includes(request.resourceType())) pending.add(request);
  };
  const ended = (request: Request) => {
    pending.delete(request);
    if (pending.size === 0) wake();
  };
  page.on("request", begun).on("requestfinished", ended).on("requestfailed", ended);
  try {
    await action();
    await nextTurn(page);
    if (pending.size > 0) {
      const quiet = new Promise<void>((resolve) => (wake = resolve));
      let timer: NodeJS.Timeout | undefined;
      const enough = new Promise<void>((resolve) => (timer = setTimeout(resolve, SETTLES)));
      await Promise.race([quiet, enough]);
      clearTimeout(timer);
      await nextTurn(page);
    }
    if (!page.isClosed())
      await page.waitForLoadState("domcontentloaded", { timeout: SETTLES }).catch(() => undefined);
  } finally {
    page.off("request", begun).off("requestfinished", ended).off("requestfailed", ended);
  }
}

/** Resolves when the page's scripts had a turn; a page that is being left has none. */
async function nextTurn(page: Page): Promise<void> {
  const turn = "new Promise((resolve) => setTimeout(() => setTimeout(resolve, 50), 0))";
  await page.evaluate(turn).catch(() => undefined);
}
