import { DockerError } from "../../../engine/docker";
import { type LogLine, readLog } from "../../../engine/logs";

/** A container whose log is read. */
export interface LogSource {
  id: string;
  service: string;
}

/**
 * Follows the logs of containers that come and go: a log ends when its container stops, is taken up where it ended when
 * the container starts again, and a container that takes another's place is followed from its first line.
 */
export class Follower {
  private readonly open = new Set<string>();
  private readonly again = new Set<string>();
  /** Time of the last line of each container that was handed over. */
  private readonly last: Map<string, string>;

  /**
   * @param last time up to which each container's lines are known already.
   * @param read reads one container's log until it stops.
   */
  constructor(
    last: ReadonlyMap<string, string>,
    private readonly onLine: (service: string, line: LogLine) => void,
    private readonly signal: AbortSignal,
    private readonly read: typeof readLog = readLog,
  ) {
    this.last = new Map(last);
  }

  /** Follows a container; called again for each of its starts. */
  async follow({ id, service }: LogSource): Promise<void> {
    this.again.add(id);
    if (this.open.has(id)) return; // its log is about to end: the loop below takes it up again
    this.open.add(id);
    while (this.again.delete(id)) await this.toItsEnd(id, service);
    this.open.delete(id);
  }

  private async toItsEnd(id: string, service: string): Promise<void> {
    const known = this.last.get(id);
    const range = { since: known, follow: true, signal: this.signal };
    await this.read(id, range, (line) => {
      if (known !== undefined && line.time <= known) return; // `since` gives the line of that very moment again
      if (line.time > (this.last.get(id) ?? "")) this.last.set(id, line.time);
      this.onLine(service, line);
    }).catch((error: unknown) => {
      // One that is removed while it is followed is no failure: another takes its place.
      const removed =
        error instanceof DockerError && /no such container|marked for removal/i.test(error.stderr);
      if (!this.signal.aborted && !removed) throw error;
    });
  }
}
