import type { RunRecord } from "./record";

/** How many files are shown. */
const shown = 10;

/** The files that took most of the processors' time in a run, and what all took together, as a table. */
export function dearestFiles({ wall, machine, cores, files }: RunRecord): string {
  const dearest = [...files].sort((a, b) => b.processor - a.processor).slice(0, shown);
  const heading = `The dearest of ${files.length} files`;
  const width = Math.max(...dearest.map(({ file }) => file.length), heading.length);
  const row = (name: string, ...cells: string[]) =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(12)).join("")}`;
  const sum = (column: "wall" | "processor") => seconds(files.reduce((all, one) => all + one[column], 0));
  const busy = Math.round((100 * machine) / (wall * cores));
  return [
    row(heading, "wall", "processors"),
    ...dearest.map((one) => row(one.file, seconds(one.wall), seconds(one.processor))),
    row("All of them", sum("wall"), sum("processor")),
    `  The run took ${minutes(wall)}, and ${minutes(machine)} of processors, ${busy} % of what there are. What the files did not take,`,
    "  the engine, its containers and others on the machine took; who of them, it can't tell.",
  ].join("\n");
}

const seconds = (value: number) => `${value.toFixed(1)} s`;
const minutes = (value: number) => `${(value / 60).toFixed(1)} min`;
