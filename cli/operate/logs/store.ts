import { docker } from "../../../engine/docker";
import { logQueryUrl } from "../../../topology/logs";
import type { ServiceLine } from "./merge";
import { type RangeOptions, timeOf } from "./range";

/** Which lines the log store is asked for; all services where none is named. */
export interface StoreQuestion extends Pick<RangeOptions, "since" | "until" | "trace"> {
  services: readonly string[];
}

/** A line as the store gives it. Source: VictoriaLogs, "Key concepts". */
interface StoredLine {
  _time: string;
  /** Absent where a line is empty. */
  _msg?: string;
  service: string;
}

/** How long the store may take until it has answered, in seconds. */
const patience = 60;

/**
 * Asks the stack's log store, in its container, for what was logged, also by containers that are no more; in no order.
 * @throws DockerError where it does not answer.
 */
export async function askStore(container: string, question: StoreQuestion): Promise<ServiceLine[]> {
  const lines: ServiceLine[] = [];
  const body = String(new URLSearchParams(queryOf(question, Date.now())));
  const ask = ["wget", "-q", "-T", String(patience), "-O", "-", "--post-data", body, logQueryUrl];
  await docker(["exec", container, ...ask], {
    onLine: (text) => {
      const { _time, _msg, service } = JSON.parse(text) as StoredLine;
      if (_msg !== undefined) lines.push({ service, time: inNanoseconds(_time), text: _msg });
    },
    endless: true,
  });
  return lines;
}

/** The store's arguments for a question; see VictoriaLogs, "LogsQL". */
export function queryOf(
  { services, trace, since, until }: StoreQuestion,
  now: number,
): Record<string, string> {
  const names = services.map((name) => JSON.stringify(name)).join(",");
  const filters = [
    ...(services.length > 0 ? [`service:in(${names})`] : []),
    ...(trace === undefined ? [] : [`"${trace}"`]), // a word of the line, wherever a program puts it
  ];
  return {
    query: `${filters.join(" ") || "*"} | fields _time, _msg, service`,
    ...(since === undefined ? {} : { start: timeOf(since, now) }),
    ...(until === undefined ? {} : { end: timeOf(until, now) }),
  };
}

/** A time with nine digits behind the point, as the engine writes it: the store leaves zeros out. */
function inNanoseconds(time: string): string {
  const [seconds = "", fraction = ""] = time.replace("Z", "").split(".");
  return `${seconds}.${fraction.padEnd(9, "0")}Z`;
}
