import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";

/** Gives out permits until it is closed. */
export interface PermitOffice {
  /** Where they are asked for. */
  address: string;
  close(): void;
}

/**
 * Gives out so many permits at a time, in the order in which they are asked for. A permit is a connection: what its holder's
 * process had is free again in the moment in which it ends, however it ends. Locks in files would have to be declared stale by
 * the clock, which a machine that is too busy can't be trusted with.
 */
export async function openPermitOffice(permits: number): Promise<PermitOffice> {
  const folder = mkdtempSync(join(tmpdir(), "mcp-permits-"));
  const waiting: Socket[] = [];
  const holding = new Set<Socket>();
  const serve = () => {
    for (let next; holding.size < permits && (next = waiting.shift());) {
      holding.add(next);
      next.write("yours");
    }
  };
  const server = createServer((socket) => {
    socket.on("error", () => undefined); // it is told of by being closed, too
    socket.on("close", () => {
      if (!holding.delete(socket)) waiting.splice(waiting.indexOf(socket), 1);
      serve();
    });
    waiting.push(socket);
    serve();
  });
  const address = join(folder, "office.sock");
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(address, resolve));
  server.unref();
  return {
    address,
    close() {
      server.close();
      for (const socket of [...waiting, ...holding]) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Lends a file's permit to another for as long as it waits. */
export type Lend = <T>(wait: () => Promise<T>) => Promise<T>;

/** One test file's way through the run: it holds a permit as it works, and none as it only waits. */
export class Lane {
  /** Seconds in which it could not work, as others held all permits. */
  waitedSeconds = 0;
  private permit: Socket | undefined;
  private lenders = 0;

  /** @param address where permits are given out; without one nobody asks for any. */
  constructor(private readonly address?: string) {}

  /** Waits for a permit. Where the office is closed there is nobody left to mind. */
  async take(): Promise<void> {
    if (this.address === undefined || this.permit) return;
    const began = performance.now();
    const socket = connect(this.address);
    this.permit = socket;
    await new Promise<void>((resolve) => {
      socket.on("error", () => undefined);
      socket.once("close", resolve).once("data", () => resolve());
    });
    socket.unref();
    this.waitedSeconds += (performance.now() - began) / 1000;
  }

  /** Gives it back, or asks for it no longer. */
  give(): void {
    this.permit?.destroy();
    this.permit = undefined;
  }

  /** Lends the permit to another file for as long as this one waits. */
  async lend<T>(wait: () => Promise<T>): Promise<T> {
    if (++this.lenders === 1) this.give();
    try {
      return await wait();
    } finally {
      if (--this.lenders === 0) await this.take();
    }
  }
}
