import type { Socket } from "node:net";
import type { FieldDef, Submittable } from "pg";
import { mostBytesRead, ResultTooLargeError, RowCollector } from "../rows";
import type { Limits } from "../settings";
import type { Value } from "../database";
import { decode, encode, typeName } from "./values";

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

/** What a statement gave: its rows within the limits, its columns' types and the tag of the command. */
export interface PortalResult {
  collector: RowCollector;
  fields: FieldDef[];
  /** For example `INSERT 0 3`. */
  tag: string;
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
  private fields: FieldDef[] = [];
  private tag = "";
  private full = false;
  private failure: Error | undefined;
  private stopCounting: () => void = () => undefined;

  constructor(
    private readonly sql: string,
    private readonly parameters: readonly Value[],
    private readonly limits: Limits,
    private readonly settle: (error: Error | undefined, result: PortalResult) => void,
  ) {
    this.collector = new RowCollector(limits);
  }

  submit(connection: unknown): void {
    const wire = connection as Wire;
    this.countBytes(wire.stream);
    wire.stream.cork();
    wire.parse({ text: this.sql, name: "", types: [] });
    wire.bind({ portal: "", statement: "", values: this.parameters.map(encode) });
    wire.describe({ type: "P", name: "" });
    this.nextPage(wire);
    wire.stream.uncork();
  }

  handleRowDescription({ fields }: { fields: FieldDef[] }): void {
    this.fields = fields;
    this.collector.describe(
      fields.map(({ name, dataTypeID }) => ({ name, type: typeName(dataTypeID) ?? `oid ${dataTypeID}` })),
    );
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    if (this.full) return;
    const bytes = fields.reduce((sum, text) => sum + (text === null ? 4 : Buffer.byteLength(text)), 0);
    const values = fields.map((text, index) => decode(this.fields[index]?.dataTypeID ?? 0, text));
    this.full = !this.collector.add(values, bytes);
  }

  handlePortalSuspended(wire: Wire): void {
    if (!this.full) return this.nextPage(wire);
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
    this.failure ??= error;
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
    let left = mostBytesRead(this.limits);
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) stream.destroy(new ResultTooLargeError());
    };
    stream.on("data", count);
    this.stopCounting = () => stream.off("data", count);
  }

  private end(): void {
    this.stopCounting();
    this.settle(this.failure, { collector: this.collector, fields: this.fields, tag: this.tag });
  }
}
