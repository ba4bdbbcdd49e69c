import { type ReadLimits, withFile } from "./confined/files";
import type { Location } from "./confined/roots";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The first lines of a file, however large it is; at most as many bytes as are read of a whole one. */
export function headOf(location: Location, limits: ReadLimits, count: number): Promise<Buffer> {
  return withFile(location, limits, async (file, { size }) => {
    const bytes = Buffer.alloc(Math.min(size, limits.bytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    let end = 0;
    for (let lines = 0; lines < count && end < bytesRead; lines += 1) {
      const found = bytes.indexOf(NEWLINE, end);
      end = found === -1 || found >= bytesRead ? bytesRead : found + 1;
    }
    return withoutLastNewline(
      end < limits.bytes ? bytes.subarray(0, end) : wholeCharacters(bytes.subarray(0, end)),
    );
  });
}

/** The last lines of a file, likewise. */
export function tailOf(location: Location, limits: ReadLimits, count: number): Promise<Buffer> {
  return withFile(location, limits, async (file, { size }) => {
    const length = Math.min(size, limits.bytes);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await file.read(bytes, 0, length, size - length);
    const read = bytes.subarray(0, bytesRead);
    let begin = read.at(-1) === NEWLINE ? read.length - 1 : read.length;
    for (let lines = 0; lines < count && begin > 0; lines += 1) begin = read.lastIndexOf(NEWLINE, begin - 1);
    begin = begin < 0 ? 0 : begin + (read[begin] === NEWLINE ? 1 : 0);
    // Nor the end of a character that the limit cut off.
    if (size > length) while (begin < 3 && (read[begin]! & 0xc0) === 0x80) begin += 1;
    return withoutLastNewline(read.subarray(begin));
  });
}

/** Without the begin of a character that the limit cut off. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let cut = 1; cut <= 3 && cut < bytes.length; cut += 1) {
    const byte = bytes[bytes.length - cut]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0)
      return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > cut ? bytes.subarray(0, -cut) : bytes;
  }
  return bytes;
}

function withoutLastNewline(bytes: Buffer): Buffer {
  if (bytes.at(-1) !== NEWLINE) return bytes;
  return bytes.subarray(0, bytes.at(-2) === CARRIAGE_RETURN ? -2 : -1);
}
