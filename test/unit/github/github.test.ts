import { type GitHub, githubFromEnvironment } from "../../../cli/github/api";
import { putComment } from "../../../cli/github/comments";
import { driftIssue } from "../../../cli/github/drift-issue";
import { keepIssue, type Standing } from "../../../cli/github/issues";
import { commentLimit } from "../../../cli/preview/comment";
import { FakeGitHub } from "./fake-github";

const marker = "<!-- ours -->";
let fake: FakeGitHub;
let github: GitHub;

beforeEach(async () => {
  fake = new FakeGitHub();
  github = await fake.start();
});
afterEach(() => fake.stop());

describe("the comment on a pull request", () => {
  it("is made once and then updated in place, however many others there are", async () => {
    for (let id = 1; id <= 150; id += 1) fake.comments.push({ id, issue: 7, body: `somebody's ${id}` });
    await putComment(github, 7, marker, `${marker} first`);
    await putComment(github, 7, marker, `${marker} second`);
    expect(fake.comments.filter(({ body }) => body.startsWith(marker))).toEqual([
      { id: 151, issue: 7, body: `${marker} second` },
    ]);
  });

  it("is not another pull request's, and is left alone where it says the same", async () => {
    await putComment(github, 7, marker, `${marker} text`);
    await putComment(github, 8, marker, `${marker} text`);
    fake.calls.length = 0;
    await putComment(github, 7, marker, `${marker} text`);
    expect(fake.comments.map(({ issue }) => issue)).toEqual([7, 8]);
    expect(fake.calls).toEqual(["GET /issues/7/comments"]);
  });
});

describe("the issue about drift", () => {
  const drift = (text: string) => driftIssue("dev", 2, text, "the run") as Standing;
  const clean = driftIssue("dev", 0, "all is as it should be", "the run") as Standing;

  it("is opened when drift comes, updated while it stays, closed when it is gone, and opened anew", async () => {
    await keepIssue(github, drift("mariadb: stopped"));
    await keepIssue(github, drift("mariadb: stopped, nginx: removed"));
    expect(fake.issues).toHaveLength(1);
    expect(fake.issues[0]).toMatchObject({
      state: "open",
      title: "The stack dev is not what it is said to be",
    });
    expect(fake.issues[0]?.body).toMatch(/nginx: removed/);

    await keepIssue(github, clean);
    expect(fake.issues[0]).toMatchObject({ state: "closed" });
    expect(fake.comments).toMatchObject([{ issue: 1, body: expect.stringContaining("is again") as string }]);

    await keepIssue(github, clean);
    expect(fake.comments).toHaveLength(1);
    await keepIssue(github, drift("mariadb: paused"));
    expect(fake.issues.map(({ state }) => state)).toEqual(["closed", "open"]);
  });

  it("is one for each stack, and never a pull request that quotes it", async () => {
    const { marker: ours, title } = drift("");
    fake.issues.push({ number: 1, title, body: `${ours}\n`, state: "open", pull_request: {} });
    await keepIssue(github, drift("mariadb: stopped"));
    await keepIssue(github, driftIssue("prod", 2, "gateway: stopped", "the run") as Standing);
    expect(fake.issues.map(({ title }) => title)).toHaveLength(3);
    await keepIssue(github, clean);
    expect(fake.issues.map(({ state }) => state)).toEqual(["open", "closed", "open"]);
  });

  it("stays as it is where nobody could tell", () => {
    expect(driftIssue("dev", 1, "the engine does not answer", "the run")).toBeUndefined();
    expect(driftIssue("dev", 128, "", "the run")).toBeUndefined();
  });

  it("fits into what GitHub takes, and its text can't end its block of code", async () => {
    await keepIssue(github, drift(`\`\`\`\n${"a difference\n".repeat(10_000)}`));
    const body = fake.issues[0]?.body ?? "";
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(commentLimit);
    expect(body).toMatch(/````text\n```\n[\s\S]*\n````\n\n\*\*Cut here/);
  });
});

describe("calls of GitHub", () => {
  it("are repeated where it is busy", async () => {
    fake.refusals.push(
      { status: 429, headers: { "retry-after": "0" } },
      { status: 502, headers: { "retry-after": "0" } },
    );
    await putComment(github, 7, marker, marker);
    expect(fake.comments).toHaveLength(1);
  });

  it("that are refused say why, and never the token", async () => {
    const wrong = putComment({ ...github, token: "another-token" }, 7, marker, marker);
    await expect(wrong).rejects.toThrow(
      /GitHub refused GET \/issues\/7\/comments.* \(401\): Bad credentials/,
    );
    await expect(wrong).rejects.not.toThrow(/another-token/);
  });

  it("outside of a workflow say what is missing", () => {
    expect(() => githubFromEnvironment({ GITHUB_REPOSITORY: "acme/stacks" })).toThrow(/GITHUB_TOKEN/);
  });
});
