import { stripVTControlCharacters } from "node:util";
import { type Style, styled, table } from "../style";
import type { ForeignContainer, Health, ServiceStatus, StackStatus } from "./types";

const styles: Record<Health, Style> = {
  healthy: "green",
  starting: "yellow",
  paused: "yellow",
  restarting: "red",
  unhealthy: "red",
  stopped: "red",
  missing: "red",
};

const mebibyte = 1024 ** 2;

/** A stack's status as people read it: the table, what is absent or foreign, and what to do next. */
export function statusText(status: StackStatus, now = Date.now()): string[] {
  const { stack, network, services, absent, foreign } = status;
  return [
    `${stack} on the network ${network.name} (${network.subnet ?? "which is not there"})`,
    "",
    ...(services.length > 0 ? serviceTable(services, now) : ["  No services are part of it yet."]),
    ...services.flatMap(detail),
    ...absent.map(({ name, why }) => `  ${styled("dim", `not here: ${name}: ${why}`)}`),
    ...foreign.map((container) => `  ${styled("yellow", foreignLine(container))}`),
    "",
    conclusion(status),
  ];
}

/** One line: that all is well, or what is wrong and the command to run next. */
export function conclusion({ stack, services, healthy, advice }: StackStatus): string {
  if (!advice) {
    if (services.length === 0) return `${stack}: nothing is to run.`;
    return styled("green", `${stack}: all ${services.length} services are healthy.`);
  }
  return `${styled(healthy ? "yellow" : "red", `${stack}: ${advice.problem}:`)} ${advice.command}`;
}

const heads = ["TIER", "SERVICE", "HEALTH", "ADDRESS", "MEMORY", "RESTARTS", "UPTIME", "IMAGE"];

/** What a narrow terminal can do without, the first one first; `--json` has all. */
const dispensable = ["IMAGE", "TIER", "UPTIME", "RESTARTS"];

/**
 * The services as a table; also how `npm run up` shows what it brought up.
 * @param columns of the terminal, which the table fits in where it can. Default: without end where it is no terminal.
 */
export function serviceTable(
  services: readonly ServiceStatus[],
  now = Date.now(),
  columns = process.stdout.columns ?? Infinity,
): string[] {
  const rows = [heads, ...services.map((service) => row(service, now))];
  const without = (left: readonly string[]) =>
    table(rows.map((cells) => cells.filter((_, place) => !left.includes(heads[place] ?? ""))));
  const fits = (lines: string[]) => lines.every((line) => stripVTControlCharacters(line).length <= columns);
  const tried = [0, 1, 2, 3, 4].map((count) => without(dispensable.slice(0, count)));
  return tried.find(fits) ?? tried.at(-1) ?? [];
}

function row(
  { tier, service, health, held, reason, address, memory, restarts, startedAt, image }: ServiceStatus,
  now: number,
) {
  return [
    String(tier),
    service,
    held ? styled("yellow", "held") : styled(styles[health], stopped(health, reason)),
    address ?? "-",
    memory ? `${mebibytes(memory.used)} of ${mebibytes(memory.limit)} MiB` : "-",
    restarts === null ? "-" : String(restarts),
    startedAt ? duration(now - Date.parse(startedAt)) : "-",
    image.id ? `${image.name} ${image.id.replace("sha256:", "").slice(0, 12)}` : image.name,
  ];
}

function stopped(health: Health, reason: string | null): string {
  return health === "stopped" ? `stopped${because(reason)}` : health;
}

function because(reason: string | null): string {
  return reason === null ? "" : ` (${reason})`;
}

/** What the table has no room for: the health check's own words, and who is not where its settings want it. */
function detail(status: ServiceStatus): string[] {
  const { service, health, held, reason, address, wantedAddress, startedAt } = status;
  const why =
    health === "stopped" ? (held ? `stopped by an operator, and held so${because(reason)}` : null) : reason;
  const place = address === null ? "is not on the stack's network" : `is at ${address}`;
  const astray = startedAt !== null && address !== wantedAddress;
  return [
    ...(why ? [`  ${service}: ${styled(styles[health], why)}`] : []),
    ...(astray ? [`  ${service}: ${styled("yellow", `${place}; its settings say ${wantedAddress}`)}`] : []),
  ];
}

function foreignLine({ container, id, tie, state }: ForeignContainer): string {
  const ties = {
    label: "carries the stack's label",
    network: "is on its network",
    name: "has the name of one of its containers",
  };
  return `not part of it: ${container} (${id.slice(0, 12)}, ${state}) ${ties[tie]}`;
}

function mebibytes(bytes: number): number {
  return Math.round(bytes / mebibyte);
}

/** A time span in its two largest units: `2d 5h`, `3m 20s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ];
  const largest = units.findIndex(([, size]) => seconds >= size);
  if (largest < 0) return "0s";
  let rest = seconds;
  const parts = units.slice(largest, largest + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest %= size;
    return count > 0 ? `${count}${unit}` : "";
  });
  return parts.filter(Boolean).join(" ");
}
