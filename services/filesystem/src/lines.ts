import { type ReadLimits, withFile } from "./confined/files";
import type { Location } from "./confined/roots";

const NEWLINE = 0x0a;

/** The first lines of a file, however large it is; at most as many bytes as are read of a whole one. */
export function headOf(location: Location, limits: ReadLimits, count: number): Promise<string> {
  return withFile(location, limits, async (file, { size }) => {
    const bytes = Buffer.alloc(Math.min(size, limits.bytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    let end = 0;
    for (let lines = 0; lines < count && end < bytesRead; lines += 1) {
      const found = bytes.indexOf(NEWLINE, end);
      end = found === -1 || found >= bytesRead ? bytesRead : found + 1;
    }
    return withoutLastNewline(bytes.subarray(0, end));
  });
}

/** The last lines of a file, likewise. */
export function tailOf(location: Location, limits: ReadLimits, count: number): Promise<string> {
  return withFile(location, limits, async (file, { size }) => {
    const length = Math.min(size, limits.bytes);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, size - length);
    const read = bytes.subarray(0, bytesRead);
    let begin = read.at(-1) === NEWLINE ? read.length - 1 : read.length;
    for (let lines = 0; lines < count && begin > 0; lines += 1) begin = read.lastIndexOf(NEWLINE, begin - 1);
    return withoutLastNewline(read.subarray(begin < 0 ? 0 : begin + (read[begin] === NEWLINE ? 1 : 0)));
  });
}

function withoutLastNewline(bytes: Buffer): string {
  return bytes.toString("utf8").replace(/\r?\n$/, "");
}
