import { readFileSync } from "node:fs";
import { z } from "zod";
import { element, inPage } from "./page-state";
import { tool } from "./tool";

/** Of a longer page, a screenshot shows so many pixels from the top. */
const MOST_HEIGHT = 10_000;
const MOST_LINKS = 2000;

const target = z
  .string()
  .min(1)
  .max(2000)
  .optional()
  .describe("Only this element: its ref in the last snapshot, or a CSS selector; without it, the whole page");

/** `browser_snapshot` */
export const snapshot = tool({
  name: "browser_snapshot",
  title: "Take a snapshot",
  description:
    "Shows the page's accessibility tree, with a ref for each element that other tools take. Better than a screenshot " +
    "for acting on a page.",
  input: {},
  readOnly: true,
  run: async () => ({ page: "snapshot" }),
});

/** `browser_take_screenshot` */
export const screenshot = tool({
  name: "browser_take_screenshot",
  title: "Take a screenshot",
  description: "Gives an image of what is visible, of the whole page, or of one element.",
  input: {
    target,
    type: z.enum(["png", "jpeg"]).default("png"),
    fullPage: z.boolean().default(false).describe("What can be scrolled to as well"),
  },
  readOnly: true,
  run: async ({ page }, { target, type, fullPage }) => {
    const options = { type, ...(type === "jpeg" ? { quality: 80 } : {}), animations: "disabled" as const };
    const image = target
      ? await (await element(page, target)).screenshot(options)
      : await page.screenshot({ ...options, ...(fullPage ? await whole(page) : {}) });
    return { image: { data: image.toString("base64"), mimeType: `image/${type}` }, page: "address" };
  },
});

/** `browser_read` */
export const read = tool({
  name: "browser_read",
  title: "Read the page",
  description: "Gives what the page says: as Markdown, as plain text as it is shown, or its links.",
  input: { target, format: z.enum(["markdown", "text", "links"]).default("markdown") },
  readOnly: true,
  run: async ({ page }, { target, format }) => {
    const found = target ? await element(page, target) : page.locator("body");
    if (format === "text") return { text: await found.innerText(), page: "address" };
    if (format === "markdown")
      return { text: await found.evaluate(inPage<string>(toMarkdown())), page: "address" };
    const links = await found.evaluate(inPage<{ text: string; url: string }[]>(LINKS));
    const text = links.map((link) => `${link.url} ${link.text}`).join("\n");
    return { text: text === "" ? "The page has no links" : text, page: "address" };
  },
});

async function whole(page: { evaluate: (expression: string) => Promise<unknown> }) {
  const size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
  const [width = 0, height = 0] = (await page.evaluate(size)) as number[];
  if (height <= MOST_HEIGHT) return { fullPage: true };
  return { fullPage: true, clip: { x: 0, y: 0, width, height: MOST_HEIGHT } };
}

/** What runs in the page is text here: it is not this program's code, and no compiler may rewrite it. */
const LINKS = `(root) => [...root.querySelectorAll("a[href]")]
  .filter((link) => /^https?:/.test(link.href))
  .slice(0, ${MOST_LINKS})
  .map((link) => ({ text: link.innerText.trim().replace(/\\s+/g, " ").slice(0, 300), url: link.href }))`;

let markdown: string | undefined;

/** Turndown, in the page: it works on the page's own tree, and what that costs is the page's. */
function toMarkdown(): string {
  return (markdown ??= `(root) => {
    const module = { exports: {} };
    (function (module, exports) { ${readFileSync(require.resolve("turndown/lib/turndown.browser.cjs.js"), "utf8")}
    })(module, module.exports);
    const service = new module.exports({ headingStyle: "atx", codeBlockStyle: "fenced", bulletListMarker: "-" });
    service.remove(["script", "style", "noscript", "template", "iframe", "svg", "head"]);
    service.addRule("link", {
      filter: (node) => node.nodeName === "A" && node.getAttribute("href"),
      replacement: (content, node) => "[" + content.trim().replace(/\\s+/g, " ") + "](" + new URL(node.getAttribute("href"), document.baseURI).href + ")",
    });
    return service.turndown(root);
  }`);
}
