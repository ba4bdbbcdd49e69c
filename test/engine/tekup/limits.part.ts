import { answers } from "../../../engine/probe";
import { eventually } from "../support/eventually";
import type { Part } from "../support/shared-stack";
import type { Settings } from "../support/stack";
import type { TekUp } from "../support/tekup";

/** What a server and the gateway may send each other in a second. */
const bandwidthKiB = 256;
/** A file of which the quota has room for one. */
const largeBytes = 600_000;
const folder = "/srv/workspace/large";

/** Settings of limits that a test can reach. */
export const narrowLimits: Settings = {
  filesystem: { quotaMiB: 1 },
  services: { "mcp-filesystem": { bandwidthKiB } },
};

/** What happens to a server that goes beyond its limits; the stack has `narrowLimits`. */
export const limits: Part<TekUp> = {
  title: "limits of a server",
  tests(tekup) {
    const inside = (service: string, script: string) => tekup().inside(service, script);
    const write = async (name: string) => {
      const content = "x".repeat(largeBytes);
      return tekup().as("default", async (session) => {
        await session.call("filesystem__create_directory", { path: folder });
        return session.call("filesystem__write_file", { path: `${folder}/${name}`, content });
      });
    };
    const stillHealthy = async (service: string) => {
      const container = await tekup().stack.container(service);
      expect(container.State.Status).toBe("running");
      expect(await answers(container)).toBe(true);
    };

    afterEach(() => tekup().removeFile(folder));

    it("are the specification's", async () => {
      const { HostConfig } = await tekup().stack.container("mcp-search");
      expect(HostConfig).toMatchObject({ Memory: 1024 * 1024 * 1024, NanoCpus: 500_000_000, PidsLimit: 128 });
      expect(HostConfig.ReadonlyRootfs).toBe(true);
    });

    it("of memory: what asks for more is ended, and the server stays", async () => {
      const before = await tekup().started(["mcp-filesystem"]);
      const greedy = "const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))";
      await expect(inside("mcp-filesystem", greedy)).rejects.toThrow(/exit code 137/);
      expect(await tekup().started(["mcp-filesystem"])).toEqual(before);
      await eventually(() => stillHealthy("mcp-filesystem"));
    });

    it("of processes: there is none beyond the last", async () => {
      const script = `
        const { spawn } = require("node:child_process");
        const all = Array.from({ length: 300 }, () => spawn("sleep", ["30"]).on("error", () => undefined));
        const started = all.filter(({ pid }) => pid !== undefined);
        console.log(started.length);
        for (const child of started) child.kill("SIGKILL");`;
      const { HostConfig } = await tekup().stack.container("mcp-search");
      const started = Number(await inside("mcp-search", script));
      expect(started).toBeGreaterThan(10);
      expect(started).toBeLessThan(HostConfig.PidsLimit);
      await stillHealthy("mcp-search");
    });

    it("of processors: who keeps two busy gets the half of one", async () => {
      const script = `
        const { Worker } = require("node:worker_threads");
        const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 };
        const workers = [1, 2].map(() => new Worker("for (;;);", { eval: true }));
        setTimeout(() => {
          const [began, before] = [performance.now(), used()];
          setTimeout(() => {
            console.log((used() - before) / (performance.now() - began));
            process.exit();
          }, 3000);
        }, 500);`;
      const share = Number(await inside("mcp-search", script));
      expect(share).toBeLessThan(0.65);
    });

    it("of processors: more than there are is refused before anything is changed, and the setting named", async () => {
      const { stack, settings } = tekup();
      const before = await stack.container("mcp-search");
      try {
        const services = { ...(settings.services as object), "mcp-search": { cpus: 200 } };
        stack.configure({ ...settings, services });
        const { code, output } = await stack.pulumi("up", "--yes", "--skip-preview");
        expect(code).not.toBe(0);
        expect(output).toMatch(/mcp:services\.mcp-search\.cpus.*200[\s\S]*is more than the \d+ processors?/);
        expect((await stack.container("mcp-search")).Id).toBe(before.Id);
      } finally {
        stack.configure(settings);
      }
    });

    it("of the disk: a quota for what is written into the workspace", async () => {
      expect(await write("one")).toMatchObject({ isError: false });
      const refused = await write("two");
      expect(refused.isError).toBe(true);
      expect(refused.text).toMatch(/quota/i);
    });

    it("of the disk: a size for what is temporary, and nothing else at all", async () => {
      const fill = (path: string) =>
        inside("mcp-search", `require("fs").writeFileSync("${path}", Buffer.alloc(1 << 27))`);
      await expect(fill("/tmp/large")).rejects.toThrow(/ENOSPC/);
      await expect(fill("/app/large")).rejects.toThrow(/EROFS/);
      await inside("mcp-search", `require("fs").rmSync("/tmp/large")`);
    });

    it("of bandwidth: what is beyond it comes later", async () => {
      expect(await write("one")).toMatchObject({ isError: false });
      await tekup().as("default", async (session) => {
        const read = () => session.call("filesystem__read_text_file", { path: `${folder}/one` });
        const began = performance.now();
        const { length } = [await read(), await read()].map(({ text }) => text).join("");
        expect(length).toBeGreaterThanOrEqual(2 * largeBytes);
        // Of the last answer a part may be there at once.
        expect(performance.now() - began).toBeGreaterThan((largeBytes / 1024 / bandwidthKiB) * 1000);
      });
    });
  },
};
