import { comment, commentLimit, cutAtLine, previewMarker } from "../../../cli/preview/comment";

describe("the comment on a pull request", () => {
  it("carries the marker by which it is found again, and every report", () => {
    const text = comment(["## dev: one", "## prod: two"], "https://example.com/run");
    expect(text.startsWith(previewMarker)).toBe(true);
    expect(text).toMatch(/## dev: one[\s\S]*## prod: two/);
    expect(text).not.toContain("Cut here");
  });

  it("is below GitHub's limit, in whole lines, and says where the whole is", () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `- line ${index} of ä long report`);
    const text = comment([lines.join("\n")], "https://example.com/run");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(commentLimit);
    expect(Buffer.byteLength(text)).toBeGreaterThan(commentLimit - 200);
    expect(text).toMatch(/- line \d+ of ä long report\n\n\*\*Cut here: .*https:\/\/example\.com\/run\*\*\n$/);
  });

  it("closes what the cut leaves open, so that the note can be read", () => {
    const text = [
      "<details><summary>x</summary>",
      "",
      "````diff",
      "```",
      ...Array<string>(100).fill("+ a line"),
      "````",
      "</details>",
    ];
    const cut = cutAtLine(text.join("\n"), 300, "\nthe rest is elsewhere");
    expect(cut.length).toBeLessThanOrEqual(300);
    expect(cut).toMatch(/\+ a line\n````\n<\/details>\n\nthe rest is elsewhere$/);
  });
});
