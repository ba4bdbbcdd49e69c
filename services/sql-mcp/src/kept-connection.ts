/** How long the other end may take to answer before its connection is taken for dead. */
const PATIENCE_MS = 2000;

/** How to make, use and end a connection. */
export interface ConnectionMaker<C> {
  /** Opens a connection; calls `lost` when it breaks later on. */
  open: (lost: () => void) => Promise<C>;
  ping: (connection: C) => Promise<void>;
  /** Takes leave of the other end, which may have gone: it is not waited for for long. */
  close: (connection: C) => Promise<void>;
  /** Gives up a connection that is good for nothing any more. */
  drop: (connection: C) => void;
}

/** One connection that is kept for health checks, opened when first needed and again after it broke. */
export class KeptConnection<C> {
  private kept: Promise<C> | undefined;

  constructor(private readonly maker: ConnectionMaker<C>) {}

  /**
   * Resolves when the other end answers. A failure drops the connection, so that the next call starts afresh. So does
   * silence: to a connection whose other end went without a word, TCP would send again after minutes only.
   */
  async ping(): Promise<void> {
    const connection = (this.kept ??= this.open());
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    try {
      await Promise.race([connection.then((open) => this.maker.ping(open)), silence]);
    } catch (error) {
      this.drop(connection);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    const connection = this.kept;
    this.kept = undefined;
    const open = await connection?.catch(() => undefined);
    if (open === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)));
    await Promise.race([this.maker.close(open), silence]).catch(() => undefined);
    clearTimeout(timer);
    this.maker.drop(open);
  }

  private open(): Promise<C> {
    const opened: Promise<C> = this.maker.open(() => this.drop(opened));
    return opened;
  }

  private drop(connection: Promise<C>): void {
    if (this.kept !== connection) return;
    this.kept = undefined;
    connection.then((open) => this.maker.drop(open)).catch(() => undefined);
  }
}
