import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { rounds, seeded } from "../../rounds";
import { startS3 } from "../support/s3/server";
import type { Part } from "../support/shared-stack";
import { TestStack } from "../support/stack";
import type { Small } from "./stack";

const postgres = "PostgreSQL";
const kinds = [postgres, "an S3-compatible server"];
const mended = rounds(kinds, 1);

function tests(small: () => Small) {
  const said = kinds.map((kind) => [kind, mended.includes(kind) ? ", and whose stale lock is released" : ""]);

  it.each(said)(seeded("works with a state in %s, which an update locks%s"), async (kind) => {
    const server = kind === postgres ? undefined : await startS3();
    if (kind !== postgres && !server) return; // no Go to build it with
    const PULUMI_BACKEND_URL = server?.backend ?? (await postgresBackend());
    const kept = await TestStack.create({ tiers: 1 }, { ...server?.environment, PULUMI_BACKEND_URL });
    try {
      await kept.up();
      const same = await kept.command("preview");
      expect({ code: same.code, output: same.output }).toMatchObject({ code: 0 });
      expect(same.output).toMatch(/nothing changes/);

      const other = { tiers: 1, networkName: `${kept.name}-other` };
      // It waits for what is never healthy, and so lasts for longer than a repair takes to begin.
      const never = { command: ["CMD", "false"], interval: 60 };
      kept.configure({ ...other, services: { "postgres-db": { probe: never } } });
      const update = kept.start(["up", "--yes", "--skip-preview"]);
      const exited = once(update, "exit");
      while ((await kept.onEngine("container")).length === 2 && update.exitCode === null) await sleep(50);
      const held = await kept.command("repair", "--yes");
      expect({ code: held.code, output: held.output }).toMatchObject({ code: 1 });
      expect(held.output).toMatch(/An update .* is running: process \d+[\s\S]*Nothing was changed/);
      process.kill(-(update.pid ?? 0), "SIGKILL");
      await exited;
      if (!mended.includes(kind)) return;

      const { code, output } = await kept.command("repair", "--yes");
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(output).toMatch(/release the lock of process \d+/);
      expect(output).not.toContain(new URL(PULUMI_BACKEND_URL).password || "planted-key-of-the-bucket");
      kept.configure(other);
      await kept.up();
    } finally {
      await kept.remove();
      await server?.stop();
      if (kind === postgres) await small().stack.psql("DROP DATABASE IF EXISTS states WITH (FORCE)");
    }
  });

  /** A database of the stack's own server, for states alone. */
  async function postgresBackend(): Promise<string> {
    const { stack } = small();
    await stack.psql("CREATE DATABASE states");
    const { Config } = await stack.container("postgres-db");
    const password = Config.Env.find((entry) => entry.startsWith("POSTGRES_PASSWORD="))?.split("=")[1] ?? "";
    return `postgres://postgres:${password}@${stack.address(20)}:5432/states?sslmode=disable`;
  }
}

export const states: Part<Small> = { title: "what keeps a state", tests };
