import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { FakeGitHub } from "./fake-github";

const root = join(__dirname, "..", "..", "..");
const folder = join(root, ".github", "workflows");
const workflows = readdirSync(folder).map(
  (file) => [file, readFileSync(join(folder, file), "utf8")] as const,
);

interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; steps: { uses?: string; run?: string }[] }>;
}

describe.each(workflows)("%s", (_file, text) => {
  const workflow = parse(text) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it("pins every action by commit, and says which version that is", () => {
    const uses = [...text.matchAll(/uses: (\S+)(.*)/g)];
    expect(uses.length).toBe(steps.filter((step) => step.uses).length);
    expect(
      uses.filter(([, action = "", rest = ""]) => !/@[0-9a-f]{40}$/.test(action) || !/# v\d/.test(rest)),
    ).toEqual([]);
  });

  it("may only read where it does not say otherwise, and never runs a fork's code with the base's rights", () => {
    expect(workflow.permissions?.contents).toBe("read");
    expect(text).not.toMatch(/pull_request_target/);
  });

  it("hands what others can write to its commands as variables, never as part of their text", () => {
    expect(steps.flatMap(({ run = "" }) => run.match(/\$\{\{.*?\}\}/g) ?? [])).toEqual([]);
  });
});

describe("what the workflows run", () => {
  let work: string;
  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), "mcp-workflow-"));
  });
  afterEach(() => rmSync(work, { recursive: true, force: true }));

  function run(
    command: string[],
    env: NodeJS.ProcessEnv = {},
  ): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve) => {
      const child = spawn(command[0] ?? "", command.slice(1), { cwd: root, env: { ...process.env, ...env } });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => (output += data.toString()));
      child.on("close", (code) => resolve({ code, output }));
    });
  }

  it("hands no empty variable on, and every other one", async () => {
    const script = [".github/scripts/with-state.sh", "env"];
    const { code, output } = await run(script, { PULUMI_BACKEND_URL: "", AWS_ACCESS_KEY_ID: "key" });
    expect(code).toBe(0);
    expect(output).not.toMatch(/^PULUMI_BACKEND_URL=/m);
    expect(output).toMatch(/^AWS_ACCESS_KEY_ID=key$/m);
  });

  it("writes a stack's report for the comment and for the run's summary, without any state in a fork's", async () => {
    const summary = join(work, "summary.md");
    const script = [".github/scripts/preview.sh", "prod", work, "--without-state"];
    const { code, output } = await run(script, { GITHUB_STEP_SUMMARY: summary, GITHUB_BASE_REF: "" });
    expect({ code, output }).toMatchObject({ code: 0 });
    const report = readFileSync(join(work, "prod.md"), "utf8");
    expect(report).toMatch(/^## ✅ prod: /);
    expect(readFileSync(summary, "utf8")).toBe(report);
  });

  it("reports as well that there is no report, and fails", async () => {
    const { code } = await run([".github/scripts/preview.sh", "no-such-stack", work]);
    expect(code).toBe(2);
    expect(readFileSync(join(work, "no-such-stack.md"), "utf8")).toMatch(
      /^## ❌ no-such-stack: the preview could not/,
    );
  });

  it("posts the stacks' reports as one comment, those that fail first, and a second time in its place", async () => {
    const fake = new FakeGitHub();
    const { url, repository, token } = await fake.start();
    writeFileSync(join(work, "a.md"), "## ✅ a: nothing changes\n");
    writeFileSync(join(work, "b.md"), "## ❌ b: 1 replaced\n");
    const env = {
      GITHUB_API_URL: url,
      GITHUB_REPOSITORY: repository,
      GITHUB_TOKEN: token,
      GITHUB_RUN_ID: "1",
    };
    const post = ["node", "cli/start.mjs", "post", "preview", "--number", "7", "--reports", work];
    try {
      const results = [await run(post, env), await run(post, env)];
      expect(results).toMatchObject([{ code: 0 }, { code: 0 }]);
      expect(fake.comments).toHaveLength(1);
      expect(fake.comments[0]).toMatchObject({
        issue: 7,
        body: expect.stringMatching(/## ❌ b[\s\S]*## ✅ a/) as string,
      });
    } finally {
      await fake.stop();
    }
  });
});
