import { execFileSync } from "node:child_process";
import { docker } from "../../../engine/docker";
import { differenceOf, Drift, inVolume } from "../support/drift";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Tools } from "./stack";

/** Whether the processes of containers are this machine's, and may be entered. */
const mayEnter = process.platform === "linux" && process.getuid?.() === 0;

/** Writes a file into a container's read-only root, which only root of the host can. */
async function writeInto(container: string, path: string): Promise<void> {
  const pid = (await docker(["inspect", "--format", "{{.State.Pid}}", container])).trim();
  const line = `mount -o remount,rw / && echo by hand >${path} && mount -o remount,ro /`;
  execFileSync("nsenter", ["--target", pid, "--mount", "sh", "-c", line]);
}

function tests(tools: () => Tools) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = tools()));

  const drift = new Drift(() => stack);
  const name = (service: string) => stack.containerName(service);
  const network = () => name("mcp-cluster");

  describe("a container that is not the stack's own", () => {
    it("is found with all that is other about it, also where one is gone or restarts in a loop", async () => {
      const { Image } = await stack.container("mariadb-mcp");
      await docker(["rm", "--force", name("postgres-mcp"), name("mariadb-mcp")]);
      await docker([
        ...[
          "run",
          "--detach",
          "--name",
          name("mariadb-mcp"),
          "--network",
          network(),
          "--ip",
          stack.address(31),
        ],
        ...["--network-alias", "mariadb-mcp", "--user", "0:0", "--cap-add", "NET_ADMIN", "--memory", "100m"],
        ...["--env", "DATABASE_HOST=elsewhere", "--env", "EXTRA=yes", "--label", "dev.mcp.tier=9"],
        ...["--restart", "always", "--pids-limit", "50", "--log-opt", "max-size=1m", "--health-cmd", "true"],
        ...["--publish", `0.0.0.0:${tools().port}:8000`, "--publish", "8001", "--entrypoint", "sh", Image],
        ...["-c", "echo by hand > /by-hand; exec sleep 1000"],
      ]);
      await docker(["stop", name("python-experimental")]);
      await docker(["update", "--memory", "6m", "--memory-swap", "6m", name("python-experimental")]);
      await docker(["start", name("python-experimental")]).catch(() => undefined); // it ends at once, and again

      const written = mayEnter ? ["file/k8s-plugin//by-hand"] : [];
      if (mayEnter) await writeInto(name("k8s-plugin"), "/by-hand");

      const found = await drift.report("--settle", "20");
      const own = (what: string) => `container/mariadb-mcp/${what}`;
      expect(found.ids).toEqual(
        expect.arrayContaining([
          "container/postgres-mcp/removed",
          "container/python-experimental/memory",
          "container/python-experimental/restarting",
          own("replaced"),
          own("environment DATABASE_HOST"),
          own("environment EXTRA"),
          own("label dev.mcp.tier"),
          own("command"),
          own("user"),
          own("added capabilities"),
          own("memory"),
          own("memory with swap"),
          own("process limit"),
          own("restart policy"),
          own("health check"),
          own("log options"),
          own("published port 8000/tcp"),
          own("published port 8001/tcp"),
          "file/mariadb-mcp//by-hand",
          ...written,
        ]),
      );
      expect(differenceOf(found, own("published port 8000/tcp"))).toMatchObject({
        expected: `127.0.0.1:${tools().port}`,
        found: `0.0.0.0:${tools().port}`,
      });
      // Of a variable that holds a secret only that it differs is ever told.
      expect(JSON.stringify(found)).not.toContain(await password());

      // It has the port that is published, and no update goes on without that.
      await drift.follow(differenceOf(found, own("replaced")));
      for (const id of written) await drift.follow(differenceOf(found, id));
      const mended = await drift.report("--fix");
      expect(mended.mended.map(({ id }) => id)).toContain("container/postgres-mcp/removed");
      expect(mended.ids).toEqual([]);
    });

    /** The state's password of the database user of mariadb-mcp. */
    async function password(): Promise<string> {
      const { output } = await stack.pulumi("stack", "export", "--show-secrets");
      const [, found] = /DATABASE_PASSWORD=(\w{32})/.exec(output) ?? [];
      return found ?? "no password in the state";
    }
  });

  describe("what holds the data", () => {
    it("is missed when it is emptied, exchanged or removed", async () => {
      const { Image } = await stack.container("mariadb");
      const cache = name("buildkit-cache");
      await docker(["stop", name("postgres-db")]);
      await inVolume(name("postgres-data"), "rm -rf /volume/*", Image);
      await docker(["start", name("postgres-db")]);
      await docker(["rm", "--force", name("mariadb"), name("buildkit")]);
      await docker(["volume", "rm", name("mariadb-data"), cache]);
      await docker(["volume", "create", "--opt", "type=tmpfs", "--opt", "device=tmpfs", cache]);

      const found = await drift.report();
      expect(found.ids).toEqual(
        expect.arrayContaining([
          "container/buildkit/removed",
          "container/mariadb/removed",
          "secret/postgres-mcp/password of postgres_mcp in postgres-db",
          "volume/postgres-db/emptied",
          `volume/${cache}/driver options`,
          `volume/${cache}/replaced`,
          `volume/${name("mariadb-data")}/removed`,
        ]),
      );
      expect(differenceOf(found, "container/mariadb/removed")?.mend.automatic).toBe(false);
      await docker(["volume", "rm", cache]);
      await drift.follow(differenceOf(found, "volume/postgres-db/emptied")); // an update, as for the one that is gone
      await drift.expectNone();
    });

    it("is missed when it is another network", async () => {
      const all = (await docker(["ps", "--quiet", "--filter", `network=${network()}`])).trim().split("\n");
      await Promise.all(all.map((id) => docker(["network", "disconnect", network(), id])));
      await docker(["network", "rm", network()]);
      const gone = await drift.report("--settle", "0");
      expect(gone.ids).toEqual(
        expect.arrayContaining([`network/${network()}/removed`, "network/mariadb/detached"]),
      );

      const other = stack.subnet.replace("/24", "/25");
      await docker(["network", "create", "--subnet", other, network()]);
      const found = await drift.report("--settle", "0");
      expect(differenceOf(found, `network/${network()}/subnet`)).toMatchObject({
        expected: stack.subnet,
        found: other,
      });
      await drift.follow(differenceOf(found, `network/${network()}/replaced`));
    });
  });
}

export const replaced: Part<Tools> = { title: "drift of what was replaced", tests };
