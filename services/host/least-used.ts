/** Whose a session is, and how it is used. */
export interface Usage {
  /** Tells clients apart. */
  client: string;
  /** Calls that run. */
  calls: number;
  /** Streams on which its client listens. */
  streams: number;
  /** When something was last asked, on the clock of `performance.now()`. */
  used: number;
}

/** The one to end where another needs its place: of those without a call; undefined where there is none. */
export function leastUsed<T extends Usage>(all: readonly T[], client: string): T | undefined {
  const rank = ({ client: whose, streams, used }: T) =>
    [whose === client ? 0 : 1, Math.min(streams, 1), used] as const;
  return all
    .filter(({ calls }) => calls === 0)
    .sort((one, other) => {
      const [a, b] = [rank(one), rank(other)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    })[0];
}
