import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { ToolError } from "../tool-error";
import { element, inPage, settled } from "./page-state";
import { tool } from "./tool";

/** `browser_evaluate` */
export const evaluate = tool({
  name: "browser_evaluate",
  title: "Run a script",
  description: "Runs a JavaScript function in the page and gives its result as JSON.",
  input: {
    function: z
      .string()
      .min(1)
      .max(100_000)
      .describe("() => { … }, or (element) => { … } with a target; it may be async"),
    target: z.string().min(1).max(2000).optional().describe("The element that the function is given"),
  },
  readOnly: false,
  run: async ({ page, session }, { function: code, target }) => {
    // The result is made text, and cut, in the page: the server would have to hold all of it.
    const wrapped = `async (element) => {
      const value = await (${code})(element);
      return String(JSON.stringify(value, null, 2)).slice(0, ${session.settings.resultCharacters});
    }`;
    const run = inPage<string>(wrapped);
    let text = "";
    await settled(page, async () => {
      text = await (target ? (await element(page, target)).evaluate(run) : page.evaluate(run, undefined));
    });
    return { text, page: "address" };
  },
});

/** `browser_wait_for` */
export const waitFor = tool({
  name: "browser_wait_for",
  title: "Wait",
  description:
    "Waits for a text to be shown or to be gone, or for some seconds, and shows the page's snapshot.",
  input: {
    text: z.string().min(1).max(2000).optional().describe("A text that is to be shown"),
    textGone: z.string().min(1).max(2000).optional().describe("A text that is to be gone"),
    time: z.number().min(0).max(30).optional().describe("Seconds"),
  },
  readOnly: true,
  run: async ({ page, session }, { text, textGone, time }) => {
    if (text === undefined && textGone === undefined && time === undefined)
      throw new ToolError("Give one of text, textGone and time");
    const timeout = session.settings.callMilliseconds - 1000;
    if (time !== undefined) await sleep(time * 1000);
    if (textGone !== undefined) await page.getByText(textGone).first().waitFor({ state: "hidden", timeout });
    if (text !== undefined) await page.getByText(text).first().waitFor({ state: "visible", timeout });
    return { page: "snapshot" };
  },
});

/** `browser_console_messages` */
export const console = tool({
  name: "browser_console_messages",
  title: "Read the console",
  description: "Gives what the page has written to its console since it was opened, and its scripts' errors.",
  input: {},
  readOnly: true,
  run: async ({ page, session }) => {
    const lines = session.tabs.consoleOf(page);
    return { text: lines.length === 0 ? "The console is empty" : lines.join("\n") };
  },
});
