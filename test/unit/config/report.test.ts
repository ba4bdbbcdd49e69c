import { SettingsError } from "../../../config/errors";
import { reportProblems } from "../../../config/report";

async function thrownBy(program: () => Promise<unknown>): Promise<Error> {
  return reportProblems(program).then(
    () => new Error("nothing was thrown"),
    (error: Error) => error,
  );
}

describe("how the program reports what went wrong", () => {
  it("shows settings that can't be used as they are, without a stack trace of a defect", async () => {
    const problem = { key: "mcp:x", value: "1", wrong: "is wrong", fix: "mend it" };
    const error = await thrownBy(() => Promise.reject(new SettingsError("dev", [problem])));
    expect(error).toHaveProperty("__pulumiRunError", true);
    expect(error.message).toMatch(/mcp:x: 1 is wrong\n\s+fix: mend it/);
  });

  // Node 20 takes half a minute to colour such a frame.
  it("leaves Pulumi's own frames out of a defect's stack trace", async () => {
    const defect = new Error("a defect");
    defect.stack =
      "Error: a defect\n    at ours (/p/index.ts:1:1)\n    at x (/p/node_modules/@pulumi/resource.ts:1598:22)";
    const error = await thrownBy(() => Promise.reject(defect));
    expect(error).toBe(defect);
    expect(error.stack).toBe("Error: a defect\n    at ours (/p/index.ts:1:1)");
  });
});
