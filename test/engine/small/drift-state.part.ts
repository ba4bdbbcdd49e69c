import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { FakeGitHub } from "../../unit/github/fake-github";
import { differenceOf, Drift } from "../support/drift";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Small } from "./stack";

const root = join(__dirname, "..", "..", "..");

function tests(small: () => Small) {
  let stack: TestStack;
  const drift = new Drift(() => stack);
  beforeAll(() => ({ stack } = small()));

  describe("the state", () => {
    /** Changes the state as somebody with an editor does. */
    async function edit(change: (text: string) => string): Promise<void> {
      const { output } = await stack.pulumi("stack", "export");
      const file = join(stack.folder, "edited.json");
      writeFileSync(file, change(output));
      const { code, output: said } = await stack.pulumi("stack", "import", "--file", file);
      if (code !== 0) throw new Error(said);
    }

    it("is told apart from the engine when it was edited, and there is an issue about it until it is mended", async () => {
      const fake = new FakeGitHub();
      const { url, repository, token } = await fake.start();
      const github = `GITHUB_API_URL=${url} GITHUB_REPOSITORY=${repository} GITHUB_TOKEN=${token}`;
      const post = () =>
        stack.type(
          `${github} npm run --silent post -- drift --stack ${stack.name} --config-file ${stack.configFile}`,
        );
      await edit((text) => text.replaceAll('"memory": 256', '"memory": 333'));
      const found = await drift.report();
      expect(differenceOf(found, "state/postgres-mcp/memory")).toMatchObject({
        kind: "state",
        expected: "256 MiB",
      });
      expect(new Set(found.differences.map(({ kind }) => kind))).toEqual(new Set(["state"]));
      expect(await post()).toMatchObject({ code: 2 });
      expect(fake.issues).toMatchObject([
        { state: "open", body: expect.stringMatching(/postgres-mcp[^]*256 MiB/) as string },
      ]);

      await drift.follow(found.differences[0]);
      expect(await post()).toMatchObject({ code: 0 });
      expect(fake.issues).toMatchObject([{ state: "closed" }]);
      await fake.stop();
    });

    it("is known to be from a newer commit than this checkout", async () => {
      const newer = mkdtempSync(join(tmpdir(), "newer-"));
      try {
        await stack.type(`git clone --quiet --no-hardlinks '${root}' '${newer}'`);
        // What is not committed here yet is part of both.
        for (const folder of readdirSync(root)) {
          if ([".git", ".local", "node_modules"].includes(folder)) continue;
          rmSync(join(newer, folder), { recursive: true, force: true });
          cpSync(join(root, folder), join(newer, folder), { recursive: true });
        }
        symlinkSync(join(root, "node_modules"), join(newer, "node_modules"));
        if (existsSync(join(root, ".local"))) symlinkSync(join(root, ".local"), join(newer, ".local"));
        const file = join(newer, "topology", "mcp-servers.ts");
        writeFileSync(file, readFileSync(file, "utf8").replace(/memoryMiB: 256/g, "memoryMiB: 288"));
        const author = "-c user.name=somebody -c user.email=somebody@example.com";
        await stack.type(`cd '${newer}' && git add -A && git ${author} commit -qm 'More memory'`);
        const up = `pulumi -C '${newer}' up --yes --skip-preview --non-interactive --stack ${stack.name}`;
        const { code, output } = await stack.type(`${up} --config-file ${stack.configFile}`);
        if (code !== 0) throw new Error(output);

        const found = await drift.report();
        expect(found.code).toBe(2);
        expect(differenceOf(found, "checkout/postgres-mcp/memory")).toMatchObject({
          expected: "256 MiB",
          found: expect.stringMatching(/^288 MiB, by a commit that this checkout lacks/) as string,
          by: expect.stringContaining("somebody") as string,
          mend: { automatic: false },
        });
        expect(new Set(found.differences.map(({ kind }) => kind))).toEqual(new Set(["checkout"]));
      } finally {
        rmSync(newer, { recursive: true, force: true });
      }
      await stack.up("--refresh");
    });

    it("is not judged while an update runs, and nothing is without an engine", async () => {
      const locks = join(stack.folder, ".pulumi", "locks", "organization", "mcp", stack.name);
      const update = stack.start(["up", "--yes", "--skip-preview"]);
      while (!existsSync(locks) || readdirSync(locks).length === 0) await sleep(20);
      // It goes on for as long as it is looked at.
      update.kill("SIGSTOP");
      const during = await drift.report();
      update.kill("SIGCONT");
      expect(during).toMatchObject({ code: 1, drifted: null, differences: [] });
      expect(during.problem).toMatch(/^An update of .* is running: process \d+/);
      await new Promise((resolve) => update.once("exit", resolve));

      const line = `npm run --silent drift -- --stack ${stack.name} --config-file ${stack.configFile} --json`;
      const away = await stack.type(`DOCKER_HOST=tcp://127.0.0.1:1 ${line}`);
      expect(away).toMatchObject({
        code: 1,
        output: expect.stringContaining("No Docker engine answers") as string,
      });
    });
  });

  describe("the order of precedence", () => {
    it("lets an update start what is held, as it says that the stack is to run", async () => {
      await stack.command("stop", "postgres-mcp");
      await stack.up("--refresh");
      expect((await stack.container("postgres-mcp")).State.Status).toBe("running");
    });

    it("leaves what an operator stopped alone, and what waits for it", async () => {
      await stack.command("stop", "mariadb");
      while ((await stack.container("mariadb-mcp")).State.Health?.Status !== "unhealthy") await sleep(200);
      const { code, held } = await drift.report("--fix");
      expect(code).toBe(0);
      expect(held).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ service: "mariadb", waitsFor: null }) as object,
          expect.objectContaining({ service: "mariadb-mcp", waitsFor: "mariadb" }) as object,
        ]),
      );
      expect((await stack.container("mariadb")).State.Status).toBe("exited");
      await stack.type(held.find(({ service }) => service === "mariadb")?.command ?? "false");
      expect((await stack.container("mariadb")).HostConfig.RestartPolicy.Name).toBe("unless-stopped");
    });
  });
}

export const driftOfTheState: Part<Small> = { title: "drift of the state", tests };
