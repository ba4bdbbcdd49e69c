import { setTimeout as sleep } from "node:timers/promises";
import { overHttp, type Session, type ToolAnswer } from "./mcp";

/** Clients that call tools one call after the other, until they are ended. */
export interface Load {
  /** How many calls have come to their end, one way or the other. */
  readonly calls: number;
  /** Why calls failed. */
  readonly failures: readonly string[];
  /** Waits for so many further calls. */
  more(calls: number): Promise<void>;
  end(): Promise<void>;
}

/** Whom to call, and how. */
interface Calling {
  url: string;
  headers?: Record<string, string>;
  /** One call; clients make them in turn. */
  calls: readonly ((session: Session) => Promise<ToolAnswer>)[];
}

/** Four clients; returns once they are at it. */
export async function underLoad({ url, headers, calls }: Calling): Promise<Load> {
  let [made, ended] = [0, false];
  const failures: string[] = [];
  const client = async (session: Session) => {
    for (let turn = 0; !ended; turn += 1) {
      const failed = await calls[turn % calls.length]?.(session).then(
        ({ isError, text }) => (isError ? text : undefined),
        (error: unknown) => String(error),
      );
      made += 1;
      if (failed === undefined) continue;
      failures.push(failed);
      await sleep(100);
    }
  };
  const clients = Array.from({ length: 4 }, () => overHttp(url, client, headers));
  const more = async (count: number) => {
    for (const until = made + count; made < until;) await sleep(100);
  };
  await more(5);
  return {
    get calls() {
      return made;
    },
    failures,
    more,
    end: async () => {
      ended = true;
      await Promise.all(clients);
    },
  };
}
