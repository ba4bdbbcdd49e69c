import { setTimeout as sleep } from "node:timers/promises";
import { docker } from "../../engine/docker";
import type { ServiceTemplate } from "../../topology/service";
import { rounds, seeded } from "../rounds";
import { DatabaseBench } from "./containers";

/** What of a database the common contract has to know. */
export interface DatabaseContract {
  template: ServiceTemplate;
  environment: Record<string, string>;
  /** The variable that holds the administrator's password. */
  passwordVariable: string;
  /** Where the data is. */
  data: string;
  /** The entry that a complete data directory has. */
  mark: string;
  /** The server's program, as process 1. */
  program: string;
  /** A shell script that runs SQL in the database `mcp`, as the administrator, and prints bare values. */
  sql: (statement: string) => string;
  /** The same over the network, with a password from the variable PASSWORD. */
  remoteSql: (host: string, statement: string) => string;
  /** Signals that end it in good order. */
  signals: string[];
}

/**
 * When a first start is killed, in milliseconds: at its beginning, in its middle, and about its usual end; the engine's own
 * start takes some of it. `npm test` has one of each, `npm run soak -- databases` all.
 */
const moments = [
  [0, 150, 300],
  [450, 600, 800],
  [1000, 1300, 1700],
].flatMap((part) => rounds(part, 1));

/** A password with all that quoting could break on. */
export const awkwardPassword = "pa'ss\"wo\\rd $HOME `id` %s; -- &";

/** What both databases promise, whatever image they come from; the text of the promise is topology/databases.ts. */
export function describeDatabase(contract: DatabaseContract): DatabaseBench {
  const { template, sql, passwordVariable } = contract;
  const bench = new DatabaseBench(template, contract.environment);

  beforeAll(() => bench.prepare(), 600_000);
  afterAll(() => bench.clean(), 60_000);

  describe("a database from an empty volume", () => {
    let name: string;
    beforeAll(async () => {
      name = await bench.start({ [passwordVariable]: awkwardPassword });
      await bench.healthy(name);
    }, 90_000);

    test("runs as its own user, as process 1, with nothing writable but its data and its scratch folders", async () => {
      expect(await bench.run(name, "grep -E '^(Uid|Gid|CapEff)' /proc/1/status | tr -s '\\t' ' '")).toBe(
        "Uid: 999 999 999 999\nGid: 999 999 999 999\nCapEff: 0000000000000000",
      );
      expect(await bench.run(name, "tr '\\0' '\\n' </proc/1/cmdline | head -n 1")).toMatch(contract.program);
      await expect(bench.run(name, "touch /etc/x")).rejects.toThrow(/Read-only file system/);
    });

    test("knows its administrator's password over the network, and no other", async () => {
      const address = await bench.run(name, "hostname -i");
      const login = (password: string) =>
        docker(["exec", "--env", "PASSWORD", name, "sh", "-c", contract.remoteSql(address, "SELECT 1")], {
          env: { PASSWORD: password },
        });
      expect((await login(awkwardPassword)).trim()).toBe("1");
      await expect(login("wrong")).rejects.toThrow(/failed|denied/);
    });

    test("tells no password: not in its log, its arguments or its environment", async () => {
      const secret = awkwardPassword.slice(0, 8);
      expect(await bench.logs(name)).not.toContain(secret);
      const seen = await bench.run(name, "cat /proc/[0-9]*/cmdline /proc/1/environ | tr '\\0' '\\n'");
      expect(seen).not.toContain(secret);
    });

    test.each(["restart", ...contract.signals])("keeps its rows over %s", async (how) => {
      await bench.run(name, sql("CREATE TABLE IF NOT EXISTS kept (how varchar(20))"));
      await bench.run(name, sql(`INSERT INTO kept VALUES ('${how}')`));
      if (how === "restart") await docker(["restart", name]);
      else {
        expect(await bench.signal(name, how)).toBe(0);
        await docker(["start", name]);
      }
      await bench.healthy(name);
      expect(await bench.run(name, sql(`SELECT count(*) FROM kept WHERE how = '${how}'`))).toBe("1");
    });

    test("keeps its rows over a kill", async () => {
      await bench.run(name, sql("INSERT INTO kept VALUES ('kill')"));
      await docker(["kill", name]);
      await docker(["start", name]);
      await bench.healthy(name);
      expect(await bench.run(name, sql("SELECT count(*) FROM kept WHERE how = 'kill'"))).toBe("1");
    });
  });

  test("a password may come from a file", async () => {
    const fromFile = new DatabaseBench(template, {
      ...contract.environment,
      [passwordVariable]: "",
      [`${passwordVariable}_FILE`]: "/etc/hostname",
    });
    await fromFile.prepare();
    try {
      const name = await fromFile.start();
      await fromFile.healthy(name);
      const login = contract.remoteSql("$(hostname -i)", "SELECT 1");
      expect(await fromFile.run(name, `export PASSWORD=$(cat /etc/hostname); ${login}`)).toBe("1");
    } finally {
      await fromFile.clean();
    }
  });

  test("without a password nothing is made", async () => {
    const name = await bench.start({ [passwordVariable]: "" });
    expect(Number(await docker(["wait", name]))).toBe(1);
    expect(await bench.logs(name)).toContain(`${passwordVariable} is not set`);
    expect(await bench.onVolume(name, `ls -A ${contract.data} | grep -v '^.init$' | wc -l`)).toBe("0");
  });

  describe(seeded("a first start that is killed"), () => {
    test.each(moments)("after %i ms leaves nothing that the next start takes for a database", async (ms) => {
      const name = await bench.start();
      await sleep(ms);
      await docker(["kill", name]);
      await docker(["start", name]);
      await bench.healthy(name);
      expect(await bench.run(name, sql("SELECT 1"))).toBe("1");
      expect(await bench.run(name, `ls -A ${contract.data} | grep -E '^[.](init|ready)' | wc -l`)).toBe("0");
    });

    test("while it moves into place goes on there", async () => {
      const name = await bench.start();
      await bench.healthy(name);
      await bench.run(name, sql("CREATE TABLE moved (one int)"));
      await bench.signal(name, template.stop.signal);
      const { data, mark } = contract;
      // As if the kill had come after some of the moves.
      await bench.onVolume(
        name,
        `cd ${data} && mkdir .ready && for e in $(ls -A | grep -vx .ready | tail -n 4) ${mark}; do [ ! -e "$e" ] || mv "$e" .ready/; done`,
      );
      await docker(["start", name]);
      await bench.healthy(name);
      expect(await bench.run(name, sql("SELECT count(*) FROM moved"))).toBe("0");
    });
  });

  test("files of somebody else are refused and left alone", async () => {
    const name = await bench.create();
    await bench.onVolume(name, `echo mine >${contract.data}/precious`);
    await docker(["start", name]);
    expect(Number(await docker(["wait", name]))).toBe(1);
    expect(await bench.logs(name)).toMatch(/no complete database \(precious \); not touched/);
    expect(await bench.onVolume(name, `cat ${contract.data}/precious`)).toBe("mine");
  });

  test("a stop during the first start does not wait for the kill", async () => {
    const name = await bench.start();
    await bench.says(name, "[entrypoint]: making"); // the engine calls a container started before its program runs
    await docker(["stop", "--time", "30", name]);
    const exitCode = await docker(["inspect", "--format", "{{.State.ExitCode}}", name]);
    expect(exitCode.trim()).not.toBe("137"); // that of a kill
  });

  return bench;
}
