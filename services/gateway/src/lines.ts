/**
 * Gathers the lines of one turn of the event loop and writes them together: under load a system call for each would cost
 * more than the line itself. What is gathered is written before the process ends, too.
 * @param write where they go, several lines in one text.
 */
export function gatheredLines(write: (lines: string) => void): (line: string) => void {
  let lines = "";
  const flush = () => {
    if (lines !== "") write(lines);
    lines = "";
  };
  process.on("exit", flush);
  return (line) => {
    if (lines === "") setImmediate(flush);
    lines += line;
  };
}
