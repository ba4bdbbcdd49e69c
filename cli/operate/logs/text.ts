import { type Style, styled } from "../style";
import type { ServiceLine } from "./merge";

/** Colours that tell services apart, on dark and light terminals alike. */
const palette: Style[] = [
  "cyan",
  "yellow",
  "green",
  "magenta",
  "blue",
  "cyanBright",
  "yellowBright",
  "greenBright",
];

/** How lines are shown: the service in front, in a colour of its own and as wide as the widest. */
export function lineFormat(services: readonly string[], timestamps: boolean): (line: ServiceLine) => string {
  const width = Math.max(0, ...services.map((name) => name.length));
  const prefixes = new Map(
    services.map((name, index) => [
      name,
      styled(palette[index % palette.length] ?? "cyan", `${name.padEnd(width)} |`),
    ]),
  );
  return ({ service, time, text }) =>
    `${prefixes.get(service) ?? service} ${timestamps ? `${time} ` : ""}${text}`;
}
