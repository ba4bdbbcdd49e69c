import { PassThrough } from "node:stream";
import { eachLine } from "../../../engine/lines";
import { memoryOf } from "../../../engine/memory";

describe("a stream's lines", () => {
  it.each([
    ["one chunk", ["a\nb\n"]],
    ["parted anywhere", ["a", "\r", "\nb", "\n"]],
    ["a last line without an end", ["a\n\n", "b"]],
    ["bars that move", ["a\rb\r"]],
  ])("are handed over one by one: %s", async (_, chunks) => {
    expect(await linesOf(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(["a", "b"]);
  });

  it("keep a character that two chunks share", async () => {
    const bytes = Buffer.from("fjör\n");
    expect(await linesOf([bytes.subarray(0, 3), bytes.subarray(3)])).toEqual(["fjör"]);
  });
});

describe("a container's memory", () => {
  it.each([
    ["control groups v1", { total_inactive_file: 300 }],
    ["control groups v2", { inactive_file: 300 }],
  ])("does not count the cache of files that nothing reads, with %s", (_, stats) => {
    expect(memoryOf({ usage: 1000, limit: 4000, stats })).toEqual({ used: 700, limit: 4000 });
  });

  it("is not known of one that does not run", () => {
    expect(memoryOf({})).toBeUndefined();
  });
});

async function linesOf(chunks: Buffer[]): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  eachLine(stream, (line) => lines.push(line));
  chunks.forEach((chunk) => stream.write(chunk));
  stream.end();
  await new Promise((resolve) => stream.on("close", resolve));
  return lines;
}
