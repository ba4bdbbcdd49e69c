import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "playwright-core";
import type { Dashboard } from "../../../observability/dashboards/model";

/** A panel as its reader sees it. */
export interface DrawnPanel {
  title: string;
  /** Its text without the title: values, names of lines, or what went wrong. */
  content: string;
  /** Whether it says that something went wrong. */
  failed: boolean;
}

/**
 * The panels of a dashboard that Perses shows, once nothing is loading any more.
 * @throws where a panel that the dashboard has is not on the page.
 */
export async function drawnPanels(page: Page, { rows, title }: Dashboard): Promise<DrawnPanel[]> {
  const wanted = rows.flatMap(({ panels }) => panels.map((panel) => panel.title));
  await page
    .getByTestId("panel")
    .nth(wanted.length - 1)
    .waitFor();
  const loading = page.getByRole("progressbar");
  const texts = async () =>
    (await page.getByTestId("panel").allInnerTexts()).map((text) => text.trim().split("\n"));
  const alerts = page.getByTestId("panel").getByRole("alert");
  // A panel is drawn a moment after its data is there, and asks for it a moment after it is on the page; one that failed asks
  // again at the page's next refresh.
  let panels = await texts();
  for (let looks = 0; looks < 300; looks += 1) {
    const busy = (await loading.count()) + (await alerts.count());
    if (busy === 0 && panels.every((lines) => lines.length > 1)) break;
    await sleep(200);
    panels = await texts();
  }
  const drawn = await Promise.all(
    panels.map(async ([first = "", ...rest], index) => ({
      title: first,
      content: rest.join(" ").trim(),
      failed: (await page.getByTestId("panel").nth(index).getByRole("alert").count()) > 0,
    })),
  );
  const missing = wanted.filter((name) => !drawn.some((panel) => panel.title === name));
  if (missing.length > 0) throw new Error(`${title} does not show: ${missing.join(", ")}`);
  return drawn;
}
