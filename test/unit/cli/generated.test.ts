import { readFileSync } from "node:fs";
import { join } from "node:path";
import { generatedFiles } from "../../../cli/generate";

const root = join(__dirname, "..", "..", "..");

describe("generated files", () => {
  it.each([...generatedFiles()])("%s is what `npm run generate` makes", (file, content) => {
    expect(readFileSync(join(root, file), "utf8")).toBe(content);
  });
});
