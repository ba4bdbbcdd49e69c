import { z } from "zod";
import { argumentsOf } from "../../../host/arguments";
import { element, settled } from "./page-state";
import { tool } from "./tool";

const target = z
  .string()
  .min(1)
  .max(2000)
  .describe("The element: its ref in the last snapshot, such as e12, or a CSS selector that only it matches");
const modifier = z.enum(["Alt", "Control", "ControlOrMeta", "Meta", "Shift"]);

/** `browser_click` */
export const click = tool({
  name: "browser_click",
  title: "Click",
  description: "Clicks an element, when it is visible and enabled, and shows the page's new snapshot.",
  input: {
    target,
    doubleClick: z.boolean().default(false),
    button: z.enum(["left", "right", "middle"]).default("left"),
    modifiers: z.array(modifier).max(5).default([]).describe("Keys that are held meanwhile"),
  },
  readOnly: false,
  run: async ({ page }, { target, doubleClick, button, modifiers }) => {
    const found = await element(page, target);
    await settled(page, () => found.click({ button, modifiers, clickCount: doubleClick ? 2 : 1 }));
    return { page: "snapshot" };
  },
});

/** `browser_hover` */
export const hover = tool({
  name: "browser_hover",
  title: "Hover",
  description: "Moves the mouse over an element and shows the page's new snapshot.",
  input: { target },
  readOnly: false,
  run: async ({ page }, { target }) => {
    const found = await element(page, target);
    await settled(page, () => found.hover());
    return { page: "snapshot" };
  },
});

/** `browser_type` */
export const type = tool({
  name: "browser_type",
  title: "Type text",
  description: "Puts text into a field, in place of what it held, and shows the page's new snapshot.",
  input: {
    target,
    text: z.string().max(100_000),
    slowly: z.boolean().default(false).describe("Key by key, for pages that listen to each"),
    submit: z.boolean().default(false).describe("Press Enter after it"),
  },
  readOnly: false,
  run: async ({ page }, { target, text, slowly, submit }) => {
    const found = await element(page, target);
    await settled(page, async () => {
      await found.fill(slowly ? "" : text);
      if (slowly) await found.pressSequentially(text);
      if (submit) await found.press("Enter");
    });
    return { page: "snapshot" };
  },
});

/** `browser_fill_form` */
export const fillForm = tool({
  name: "browser_fill_form",
  title: "Fill a form",
  description: "Fills several fields, in their order, and shows the page's new snapshot.",
  input: {
    fields: z
      .array(
        argumentsOf({
          target,
          type: z.enum(["textbox", "checkbox", "radio", "combobox", "slider"]).default("textbox"),
          value: z.string().max(100_000).describe("Text; true or false for a checkbox; a combobox's label"),
        }),
      )
      .min(1)
      .max(100),
  },
  readOnly: false,
  run: async ({ page }, { fields }) => {
    await settled(page, async () => {
      for (const { target, type, value } of fields) {
        const found = await element(page, target);
        if (type === "checkbox" || type === "radio") await found.setChecked(value === "true");
        else if (type === "combobox") await found.selectOption({ label: value });
        else await found.fill(value);
      }
    });
    return { page: "snapshot" };
  },
});

/** `browser_select_option` */
export const selectOption = tool({
  name: "browser_select_option",
  title: "Choose options",
  description: "Chooses options of a list by their values or labels and shows the page's new snapshot.",
  input: { target, values: z.array(z.string().max(2000)).max(100) },
  readOnly: false,
  run: async ({ page }, { target, values }) => {
    const found = await element(page, target);
    await settled(page, () => found.selectOption(values));
    return { page: "snapshot" };
  },
});

/** `browser_press_key` */
export const pressKey = tool({
  name: "browser_press_key",
  title: "Press a key",
  description:
    "Presses a key, or several at once, such as Enter, ArrowLeft, a or Control+a, where the focus is.",
  input: { key: z.string().min(1).max(100) },
  readOnly: false,
  run: async ({ page }, { key }) => {
    await settled(page, () => page.keyboard.press(key));
    return { page: "snapshot" };
  },
});
