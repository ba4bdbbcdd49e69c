import { StringDecoder } from "node:string_decoder";

/** Hands over a stream's lines as they come, but for blank ones; a carriage return, as programs move bars with, ends one too. */
export function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8"); // a chunk may end within a character
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/\r?\n|\r/);
    rest = lines.pop() ?? "";
    lines.filter((line) => line.trim() !== "").forEach(onLine);
  });
  stream.on("end", () => rest.trim() !== "" && onLine(rest));
}
