/** One line of the table that a bench ends with; times in milliseconds. */
export interface Row {
  what: string;
  ours: number;
  peer?: { name: string; time: number };
  /** How it is to come out: not above a multiple of the peer's time, or below a time of its own. */
  goal?: { ratio: number } | { below: number };
}

const headings = ["MEASURED", "OURS", "PEER", "PEER'S TIME", "RATIO", "GOAL", ""];

/** All rows as one table, each with its goal and whether it was met. */
export function table(rows: readonly Row[]): string {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function cellsOf({ what, ours, peer, goal }: Row): string[] {
  const ratio = peer ? ours / peer.time : undefined;
  const met = goal && ("ratio" in goal ? (ratio ?? Infinity) <= goal.ratio : ours < goal.below);
  const wanted = goal && ("ratio" in goal ? `at most ${goal.ratio}` : `below ${duration(goal.below)}`);
  return [
    what,
    duration(ours),
    peer?.name ?? "",
    peer ? duration(peer.time) : "",
    ratio?.toFixed(2) ?? "",
    wanted ?? "",
    met === undefined ? "" : met ? "met" : "NOT MET",
  ];
}

function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds.toFixed(0)} ms`;
  return `${(milliseconds / 1_000).toFixed(1)} s`;
}
