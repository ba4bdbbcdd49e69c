import type { Page, Request, Response } from "playwright-core";
import { z } from "zod";
import { type EgressProxy, FAILED_HEADER } from "../egress/proxy";
import { ToolError } from "../tool-error";
import { settled } from "./page-state";
import { tool } from "./tool";

/** How long a page is waited for after its text is there, in milliseconds. */
const LOADS = 5000;

/** So often an address is tried that something else comes in between of. */
const mostTries = 5;

/** `browser_navigate`: opens an address in the current tab. */
export const navigate = (egress: EgressProxy) =>
  tool({
    name: "browser_navigate",
    title: "Open an address",
    description:
      "Opens an http or https address in the current tab and shows its snapshot: the accessibility tree, with a ref " +
      "such as e12 for each element that other tools take.",
    input: { url: z.string().min(1).max(8192).describe("The address") },
    readOnly: false,
    run: async ({ page }, { url }) => {
      const address = checked(url);
      let last = address;
      const follow = (request: Request) => {
        if (request.isNavigationRequest() && request.frame() === page.mainFrame()) last = request.url();
      };
      page.on("request", follow);
      try {
        const response = await opened(page, address);
        if (response && FAILED_HEADER in response.headers()) throw new ToolError(await response.text());
      } catch (error) {
        await blank(page);
        const refusal = egress.refusalOf(new URL(last).hostname);
        if (refusal) throw new ToolError(`Refused: ${refusal}`);
        if (/Download is starting/.test(String(error)))
          throw new ToolError("The address is a file to download, which this browser refuses");
        throw error;
      } finally {
        page.off("request", follow);
      }
      await page.waitForLoadState("load", { timeout: LOADS }).catch(() => undefined);
      return { page: "snapshot" };
    },
  });

/** Opens an address; the end of what failed before may still come in between, and a first try into a second one. */
async function opened(page: Page, address: string): Promise<Response | null> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await page.goto(address, { waitUntil: "domcontentloaded" });
    } catch (error) {
      if (tries === mostTries || !isInterrupted(error, address)) throw error;
    }
  }
}

/** Whether Playwright says that the page went elsewhere by itself, or by what was asked of it before. */
function isInterrupted(error: unknown, address: string): boolean {
  const [, by] = /interrupted by another navigation to "([^"]*)"/.exec(String(error)) ?? [];
  return by !== undefined && (by === address || by === "about:blank" || by.startsWith("chrome-error:"));
}

/** Leaves a page that failed: it may be about to show its error only now, and would come in the next navigation's way. */
async function blank(page: Page): Promise<void> {
  await opened(page, "about:blank").catch(() => undefined); // it is closed, or does not react
}

/** `browser_navigate_back`: one step back in the tab's history. */
export const navigateBack = tool({
  name: "browser_navigate_back",
  title: "Go back",
  description: "Goes back to the page before in the current tab.",
  input: {},
  readOnly: false,
  run: async ({ page }) => {
    let before: unknown = null;
    const from = page.url();
    await settled(page, async () => (before = await page.goBack({ waitUntil: "commit" })));
    if (before === null && page.url() === from) throw new ToolError("There is no page before this one");
    return { page: "snapshot" };
  },
});

/** Files, and Chromium's own pages, are nobody's business. */
function checked(url: string): string {
  const complete = /^[a-z][a-z0-9+.-]*:(?!\d)/i.test(url) ? url : `https://${url}`;
  if (!URL.canParse(complete)) throw new ToolError(`${url} is no address`);
  const { protocol, href } = new URL(complete);
  if (protocol === "http:" || protocol === "https:" || href === "about:blank") return href;
  throw new ToolError(`${protocol} is refused: only http: and https: addresses are opened`);
}
