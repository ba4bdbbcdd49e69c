import type { Socket } from "node:net";
import type { FieldDef, Submittable } from "pg";
import { ParametersError } from "../parameters";
import { mostBytesRead, ResultTooLargeError, RowCollector } from "../rows";
import type { Limits } from "../settings";
import type { Statement } from "../database";
import { encode } from "./values";

/** The part of the driver's connection that speaks the extended query protocol. */
interface Wire {
  stream: Socket;
  parse(message: { text: string; name: string; types: number[] }): void;
  bind(message: { portal: string; statement: string; values: (string | null)[] }): void;
  describe(message: { type: "P"; name: string }): void;
  execute(message: { portal: string; rows: number }): void;
  close(message: { type: "P"; name: string }): void;
  flush(): void;
  sync(): void;
  sendCopyFail(message: string): void;
}

/** What a statement gave: its rows within the limits, as texts, its columns' types and the tag of the command. */
export interface PortalResult {
  collector: RowCollector;
  /** Undefined where the statement gives no rows; there are rows without columns, too. */
  fields: FieldDef[] | undefined;
  /** For example `INSERT 0 3`; where rows came back its number is of the last page alone. */
  tag: string;
  /** How many rows came, with those behind the limits. */
  count: number;
}

/** What is run. */
interface Asked extends Statement {
  limits: Limits;
  /** Whether rows behind the limits are read as well, and thrown away. */
  toItsEnd: boolean;
}

const PAGE = 100;

/**
 * One statement over the extended query protocol, which takes a single statement only, read page by page.
 *
 * The driver's own query reads a result whole, however large; this one stops at the limits, and closes the connection
 * when a single value is larger than what may be held in memory.
 */
export class Portal implements Submittable {
  private readonly collector: RowCollector;
  private fields: FieldDef[] | undefined;
  private tag = "";
  private full = false;
  private count = 0;
  private failure: Error | undefined;
  private stopCounting: () => void = () => undefined;
  /** Bytes that may still come. */
  private left: number;

  constructor(
    private readonly asked: Asked,
    private readonly settle: (error: Error | undefined, result: PortalResult) => void,
  ) {
    this.collector = new RowCollector(asked.limits);
    this.left = mostBytesRead(asked.limits);
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    this.countBytes(wire.stream);
    wire.stream.cork();
    wire.parse({ text: this.asked.sql, name: "", types: [] });
    wire.bind({ portal: "", statement: "", values: this.asked.parameters.map(encode) });
    wire.describe({ type: "P", name: "" });
    this.nextPage(wire);
    wire.stream.uncork();
  }

  handleRowDescription({ fields }: { fields: FieldDef[] }): void {
    this.fields = fields;
    this.collector.describe(fields.map(({ name, dataTypeID }) => ({ name, type: `oid ${dataTypeID}` })));
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.count += 1;
    if (this.full) return;
    const bytes = fields.reduce((sum, text) => sum + (text === null ? 4 : Buffer.byteLength(text)), 0);
    this.full = !this.collector.add(fields, bytes);
  }

  handlePortalSuspended(wire: Wire): void {
    // What is thrown away fills no memory.
    if (this.full) this.left = mostBytesRead(this.asked.limits);
    if (!this.full || this.asked.toItsEnd) return this.nextPage(wire);
    wire.close({ type: "P", name: "" });
    wire.sync();
  }

  handleCommandComplete({ text }: { text: string }, wire: Wire): void {
    this.tag = text;
    wire.sync();
  }

  handleEmptyQuery(wire: Wire): void {
    this.failure = new Error("The statement is empty");
    wire.sync();
  }

  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail("COPY FROM STDIN is not supported here");
  }

  handleCopyData(): void {
    this.failure = new Error("COPY TO STDOUT is not supported here");
  }

  handleError(error: Error, wire?: Wire): void {
    this.failure ??= inWords(error);
    // The database skips everything up to a sync. The driver has let go of this query and won't report its end.
    if (wire && !wire.stream.destroyed) wire.sync();
    this.end();
  }

  handleReadyForQuery(): void {
    this.end();
  }

  private nextPage(wire: Wire): void {
    wire.execute({ portal: "", rows: PAGE });
    wire.flush();
  }

  private countBytes(stream: Socket): void {
    const count = (chunk: Buffer) => {
      this.left -= chunk.length;
      if (this.left < 0) stream.destroy(new ResultTooLargeError());
    };
    stream.on("data", count);
    this.stopCounting = () => stream.off("data", count);
  }

  private end(): void {
    this.stopCounting();
    const { collector, fields, tag, count } = this;
    this.settle(this.failure, { collector, fields, tag, count });
  }
}

/** The database's own words for a wrong number of values are of its protocol. */
function inWords(error: Error): Error {
  const [, given, places] =
    /^bind message supplies (\d+) parameters, but prepared statement "" requires (\d+)$/.exec(
      error.message,
    ) ?? [];
  return given === undefined ? error : new ParametersError("postgres", Number(places), Number(given));
}
