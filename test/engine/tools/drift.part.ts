import { setTimeout as sleep } from "node:timers/promises";
import { soakDrift } from "../../../bench/soak-drift";
import { docker } from "../../../engine/docker";
import { seed, seeded } from "../../rounds";
import { differenceOf, Drift, inVolume } from "../support/drift";
import { pause } from "../support/pause";
import type { Part } from "../support/shared-stack";
import type { TestStack } from "../support/stack";
import type { Tools } from "./stack";

function tests(tools: () => Tools) {
  let stack: TestStack;
  beforeAll(() => ({ stack } = tools()));

  const drift = new Drift(() => stack);
  const name = (service: string) => stack.containerName(service);
  const network = () => name("mcp-cluster");

  const runs = async () =>
    docker([
      "ps",
      "--all",
      "--no-trunc",
      "--filter",
      `label=dev.mcp.stack=${stack.name}`,
      "--format",
      "{{.ID}}",
    ]);

  describe("a stack that is as it should be", () => {
    it("is said to be, and left as it is", async () => {
      const [before, state] = [await runs(), await stack.pulumi("stack", "export")];
      await drift.expectNone();
      expect(await runs()).toBe(before);
      expect((await stack.pulumi("stack", "export")).output).toBe(state.output);
      const { code, output } = await stack.command("drift");
      expect({ code, output }).toEqual({ code: 0, output: `${stack.name}: as it should be.\n` });
    });

    it(seeded("is said to be in the middle of restarts"), async () => {
      const log = () => undefined;
      expect(await soakDrift(stack, { runs: 2, seed, log })).toEqual([]);
    });
  });

  describe("what was changed in place", () => {
    it("is found, mended where that is safe, and left to the named command where not", async () => {
      const { Image } = await stack.container("mariadb");
      const held = (await stack.onEngine("image")).find((image) => image.includes("/sql-mcp:")) ?? "";
      const config = (await stack.onEngine("volume")).find((volume) => volume.includes("buildkit-etc")) ?? "";
      const [guest, further] = [name("guest"), name("further")];
      await docker(["kill", "--signal", "STOP", name("mariadb-mcp")]);
      await docker(["kill", name("postgres-mcp")]);
      await pause(name("python-experimental"));
      await docker(["rename", name("k8s-plugin"), name("renamed")]);
      await docker(["network", "disconnect", network(), name("renamed")]);
      await docker([
        ...["update", "--memory", "700m", "--memory-swap", "900m", "--pids-limit", "77"],
        ...["--restart", "on-failure", name("mariadb")],
      ]);
      await docker(["network", "create", further]);
      await docker(["network", "connect", further, name("mariadb")]);
      await docker(["network", "disconnect", network(), name("postgres-db")]);
      await docker(["network", "connect", "--ip", stack.address(99), network(), name("postgres-db")]);
      await docker(["tag", Image, held]);
      await docker(["create", "--name", guest, "--network", network(), "--network-alias", "mariadb", Image]);
      await stack.psql("ALTER ROLE python_experimental PASSWORD 'rotated'");
      await stack.psql("ALTER ROLE postgres_mcp SUPERUSER");
      await stack.psql("CREATE ROLE evil LOGIN");
      await stack.psql("GRANT pg_read_server_files TO mcp_read");
      await docker([
        ...["exec", name("mariadb"), "sh", "-c"],
        `MYSQL_PWD=$MARIADB_ROOT_PASSWORD mariadb -u root -e 'GRANT ALL ON *.* TO mariadb_mcp'`,
      ]);
      await inVolume(
        config,
        "echo '# by hand' >> /volume/buildkitd.toml; chmod 600 /volume/buildkitd.toml",
        Image,
      );
      while ((await stack.container("mariadb-mcp")).State.Health?.Status !== "unhealthy") await sleep(100);

      const found = await drift.report();
      expect(found.code).toBe(2);
      const expected: Record<
        string,
        { expected: string; found: string | RegExp; by?: RegExp; fix: boolean }
      > = {
        "configuration/buildkit/buildkitd.toml": {
          expected: "lines",
          found: /differs from line \d+ on/,
          fix: true,
        },
        "configuration/buildkit/mode of buildkitd.toml": { expected: "0644", found: "0600", fix: true },
        "container/k8s-plugin/renamed": {
          expected: name("k8s-plugin"),
          found: name("renamed"),
          by: /container rename/,
          fix: true,
        },
        "container/mariadb/memory": {
          expected: "512 MiB",
          found: "700 MiB",
          by: /container update/,
          fix: true,
        },
        "container/mariadb/memory with swap": { expected: "512 MiB", found: "900 MiB", fix: true },
        "container/mariadb/process limit": { expected: "200", found: "77", fix: true },
        "container/mariadb/restart policy": { expected: "unless-stopped", found: "on-failure", fix: true },
        "container/mariadb-mcp/unhealthy": { expected: "healthy", found: /^unhealthy/, fix: true },
        "container/postgres-mcp/stopped": {
          expected: "healthy",
          found: /^exited \(exit code 137\)$/,
          by: /container (kill|die)/,
          fix: true,
        },
        "container/python-experimental/paused": {
          expected: "healthy",
          found: "paused",
          by: /container pause/,
          fix: true,
        },
        [`image/${held}/retagged`]: { expected: "sha256:", found: Image, by: /image tag/, fix: true },
        "network/k8s-plugin/detached": {
          expected: network(),
          found: "not connected",
          by: /network disconnect/,
          fix: true,
        },
        [`network/mariadb/extra network ${further}`]: {
          expected: "not connected",
          found: further,
          fix: true,
        },
        "network/postgres-db/address": {
          expected: stack.address(20),
          found: stack.address(99),
          by: /network connect/,
          fix: true,
        },
        "network/postgres-db/alias postgres-db": {
          expected: "postgres-db",
          found: /^[0-9a-f]{12}$/,
          fix: true,
        },
        [`network/${guest}/foreign container`]: { expected: "none", found: /created/, fix: false },
        [`impostor/${guest}/answers to mariadb`]: {
          expected: `the name of ${name("mariadb")} alone`,
          found: /answers to it as well/,
          fix: false,
        },
        "rights/postgres-mcp/attributes of postgres_mcp in postgres-db": {
          expected: "LOGIN",
          found: "LOGIN, SUPERUSER",
          fix: true,
        },
        "rights/postgres-db/memberships of mcp_read in postgres-db": {
          expected: "none",
          found: "pg_read_server_files",
          fix: true,
        },
        "rights/postgres-db/foreign account evil": { expected: "none", found: "LOGIN", fix: false },
        "rights/mariadb-mcp/grants of mariadb_mcp@% in mariadb": {
          expected: "what its access says",
          found: /SUPER on \*\.\*|\d+ more/,
          fix: true,
        },
        "secret/python-experimental/password of python_experimental in postgres-db": {
          expected: "the state's password",
          found: "another",
          fix: true,
        },
      };
      expect(found.ids).toEqual(Object.keys(expected).sort());
      for (const [id, wanted] of Object.entries(expected)) {
        const difference = differenceOf(found, id);
        expect({ id, ...difference }).toMatchObject({
          id,
          expected: expect.stringContaining(wanted.expected) as string,
          found: expect.stringMatching(wanted.found) as string,
          mend: { automatic: wanted.fix },
        });
        // The engine keeps few events; one that has gone by can't be told of.
        if (wanted.by && difference?.by) expect(difference.by).toMatch(wanted.by);
        if (difference?.by) expect(Date.parse(difference.since ?? "")).not.toBeNaN();
      }

      const mended = await drift.report("--fix");
      expect(mended.ids).toEqual([
        `impostor/${guest}/answers to mariadb`,
        `network/${guest}/foreign container`,
        "rights/postgres-db/foreign account evil",
      ]);
      expect(mended.mended.map(({ id }) => id).sort()).toEqual(
        found.ids.filter((id) => !mended.ids.includes(id)),
      );
      await drift.follow(differenceOf(mended, `impostor/${guest}/answers to mariadb`));
      await drift.follow(differenceOf(mended, "rights/postgres-db/foreign account evil"));
      await docker(["rm", "--volumes", guest]);
      await docker(["network", "rm", further]);
      await drift.expectNone();
    });

    it("is brought back by an update as well: what users may do", async () => {
      await stack.psql("ALTER ROLE postgres_mcp SUPERUSER");
      await stack.up();
      await drift.expectNone();
    });
  });
}

export const changedInPlace: Part<Tools> = { title: "drift in place", tests };
