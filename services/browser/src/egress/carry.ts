import { type Readable, Transform, type Writable } from "node:stream";
import type { Bandwidth } from "../../../host/bandwidth";

/**
 * Has what comes out of one go into the other, no faster than there is room for; an end is handed on, a failure is not.
 * @param bandwidth no limit without it.
 */
export function carry(from: Readable, to: Writable, bandwidth: Bandwidth | undefined): void {
  if (!bandwidth) return void from.pipe(to);
  const stage = paced(bandwidth);
  to.once("close", () => stage.destroy());
  from.pipe(stage).pipe(to);
}

/** A chunk is handed on when those before it, on whatever way, have had their time. */
function paced(bandwidth: Bandwidth): Transform {
  let timer: NodeJS.Timeout | undefined;
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      const wait = bandwidth.take(chunk.length);
      if (wait === 0) done(null, chunk);
      else timer = setTimeout(() => done(null, chunk), wait);
    },
    destroy: (error, done) => {
      clearTimeout(timer);
      done(error);
    },
  });
}
