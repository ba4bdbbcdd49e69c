import { execFileSync } from "node:child_process";
import { projectRoot } from "../../../imaging/cache";

const lines = execFileSync("git", ["ls-files", "--eol"], { cwd: projectRoot, encoding: "utf8" })
  .trim()
  .split("\n");

it("every text is checked out with Linux' line ends, whatever git is set to", () => {
  expect(lines.length).toBeGreaterThan(1000);
  const others = lines.filter((line) => !/attr\/text=auto eol=lf/.test(line));
  expect(others).toEqual([]);
  const crlf = lines.filter((line) => /^i\/(crlf|mixed)/.test(line));
  expect(crlf).toEqual([]);
});
