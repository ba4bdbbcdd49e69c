import type { Page, Request } from "playwright-core";
import { z } from "zod";
import { type EgressProxy, FAILED_HEADER } from "../egress/proxy";
import { ToolError } from "../tool-error";
import { settled } from "./page-state";
import { tool } from "./tool";

/** How long a page is waited for after its text is there, in milliseconds. */
const LOADS = 5000;

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
    run: async ({ page, ended }, { url }) => {
      const address = checked(url);
      let last = address;
      const follow = (request: Request) => {
        if (request.isNavigationRequest() && request.frame() === page.mainFrame()) last = request.url();
      };
      page.on("request", follow);
      try {
        const response = await page.goto(address, { waitUntil: "domcontentloaded" });
        if (response && FAILED_HEADER in response.headers()) throw new ToolError(await response.text());
      } catch (error) {
        if (ended.aborted) throw error; // the page is the next call's already
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

/**
 * Leaves a page that failed. Chromium shows its error only after it has told of it, which interrupts what is asked
 * meanwhile: that is waited for then, and not asked again, as each further try would interrupt the one before.
 */
async function blank(page: Page): Promise<void> {
  await page
    .goto("about:blank")
    .catch(() => page.waitForURL("about:blank", { waitUntil: "commit" }))
    .catch(() => undefined); // it is closed, or does not react
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
