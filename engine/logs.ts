import { docker } from "./docker";

/** A line that a container logged. */
export interface LogLine {
  /** By the engine's clock, in ISO 8601 with nanoseconds: as text in the order of time. */
  time: string;
  text: string;
}

/** Which lines are read; times as `docker logs` takes them. */
export interface LogRange {
  since?: string | undefined;
  until?: string | undefined;
  /** At most so many, from the end. */
  tail?: string | undefined;
  /** Goes on until the container stops. */
  follow?: boolean;
  signal?: AbortSignal;
}

/** Reads a container's log, standard output and error together; lines come nearly, not quite, in the order of time. */
export async function readLog(id: string, range: LogRange, onLine: (line: LogLine) => void): Promise<void> {
  const { signal, follow } = range;
  const options = (["since", "until", "tail"] as const).flatMap((name) => {
    const value = range[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  let time = "";
  const take = (line: string) => {
    const [, stamp, text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ?(.*)$/.exec(line) ?? [];
    time = stamp ?? time; // a carriage return within a line parts it from its time
    onLine({ time, text: text ?? line });
  };
  await docker(["logs", "--timestamps", ...(follow ? ["--follow"] : []), ...options, id], {
    onLine: take,
    endless: true,
    ...(signal ? { signal } : {}),
  });
}
