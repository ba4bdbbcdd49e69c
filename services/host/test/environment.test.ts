import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { EnvironmentError, hostSettings, readEnvironment, wholeNumber } from "../environment";

const schema = z.object({
  NAME: z.string(),
  SECRET: z.string().min(4),
  PORT: wholeNumber(1, 65535).prefault("80"),
});

describe("readEnvironment", () => {
  test("takes values and defaults, and an empty variable as absent", () => {
    expect(readEnvironment(schema, { NAME: "a", SECRET: "long enough", PORT: "" })).toEqual({
      NAME: "a",
      SECRET: "long enough",
      PORT: 80,
    });
  });

  test("names every problem at once, and no value", () => {
    const read = () => readEnvironment(schema, { SECRET: "pw", PORT: "99999" });
    expect(read).toThrow(EnvironmentError);
    expect(read).toThrow(/NAME is not set[^]*SECRET: [^]*PORT: must be between 1 and 65535/);
    expect(read).not.toThrow(/pw|99999/);
  });

  test("reads a secret from the file that NAME_FILE gives", () => {
    const folder = mkdtempSync(join(tmpdir(), "environment-"));
    try {
      writeFileSync(join(folder, "secret"), "from a file\n");
      const environment = { NAME: "a", SECRET_FILE: join(folder, "secret") };
      expect(readEnvironment(schema, environment).SECRET).toBe("from a file");
      expect(() => readEnvironment(schema, { NAME: "a", SECRET_FILE: join(folder, "none") })).toThrow(
        /SECRET_FILE can't be read: ENOENT/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("lists lose blanks and empty items", () => {
    expect(readEnvironment(hostSettings, { MCP_ALLOWED_HOSTS: " a , ,b" }).MCP_ALLOWED_HOSTS).toEqual([
      "a",
      "b",
    ]);
  });
});
