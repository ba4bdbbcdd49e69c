import type { Panel, Row } from "./model";

/** How many columns a row has, for whoever shows it. */
export const columns = 24;

/** Where a panel is in its row. */
export interface Place {
  panel: Panel;
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels in Perses: a line of the grid with the gap behind it, what a panel has around its content, and a line of a legend. */
const [gridLine, aroundContent, legendLine] = [38, 53, 26];

const usual = { stat: { width: 4, height: 4 }, timeseries: { width: 12, height: 7 } };

/** Places a row's panels side by side, and begins a new line where the next does not fit. */
export function placePanels({ panels }: Row): Place[] {
  let [x, y, lineHeight] = [0, 0, 0];
  return panels.map((panel) => {
    const { width = usual[panel.kind].width, height = usual[panel.kind].height } = panel;
    if (x + width > columns) [x, y, lineHeight] = [0, y + lineHeight, 0];
    const place = { panel, x, y, width, height };
    x += width;
    lineHeight = Math.max(lineHeight, height);
    return place;
  });
}

/** The height that a row's panels take. */
export function heightOf(places: readonly Place[]): number {
  return Math.max(...places.map(({ y, height }) => y + height));
}

/** The panel, high enough for so many lines of its legend to be seen at once. */
export function withLegendOf(lines: number, panel: Panel): Panel {
  const height = Math.ceil((lines * legendLine + aroundContent) / gridLine);
  return height > usual[panel.kind].height ? { ...panel, height } : panel;
}
