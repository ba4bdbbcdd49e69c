import { z } from "zod";
import { ToolError } from "../tool-error";
import { tool } from "./tool";

/** `browser_tabs` */
export const tabs = tool({
  name: "browser_tabs",
  title: "Work with tabs",
  description: "Lists the tabs, opens a new one, closes one, or chooses the one that other tools work with.",
  input: {
    action: z.enum(["list", "new", "close", "select"]),
    index: z.number().int().min(0).optional().describe("The tab to close or to select, from 0"),
  },
  readOnly: false,
  run: async ({ page, session: { tabs } }, { action, index }) => {
    if (action === "new") await tabs.open(page.context());
    if (action === "select") {
      if (index === undefined) throw new ToolError("Give the index of the tab to select");
      await tabs.choose(index).bringToFront();
    }
    if (action === "close") await tabs.close(index === undefined ? page : tabs.at(index));
    const lines = await Promise.all(
      tabs.list.map(async (tab, at) => {
        const title = await tab.title().catch(() => "");
        return `${at}: ${title || "(no title)"} ${tab.url()}${tab === tabs.current ? " (current)" : ""}`;
      }),
    );
    return { text: lines.length === 0 ? "No tabs are open" : lines.join("\n") };
  },
});

/** `browser_handle_dialog` */
export const handleDialog = tool({
  name: "browser_handle_dialog",
  title: "Answer dialogs",
  description:
    "Says how dialogs (alert, confirm, prompt) that the page shows from now on are answered. At first they are dismissed. " +
    "Each is told of in the answer of the call that it came in.",
  input: {
    accept: z.boolean(),
    promptText: z.string().max(10_000).optional().describe("What is entered into a prompt"),
  },
  readOnly: false,
  run: async ({ session }, { accept, promptText }) => {
    session.dialogs = { accept, ...(promptText === undefined ? {} : { text: promptText }) };
    return { text: `Dialogs are ${accept ? "accepted" : "dismissed"} from now on` };
  },
});
