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

const usual = { stat: { width: 4, height: 4 }, timeseries: { width: 12, height: 7 } };

/** Places a row's panels side by side, and begins a new line where the next does not fit. */
export function placePanels({ panels }: Row): Place[] {
  let [x, y, lineHeight] = [0, 0, 0];
  return panels.map((panel) => {
    const { width, height } = { ...usual[panel.kind], ...(panel.width ? { width: panel.width } : {}) };
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
