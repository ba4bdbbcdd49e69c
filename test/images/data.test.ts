import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { mariadb, postgres } from "../../topology/databases";
import type { ServiceTemplate } from "../../topology/service";
import { DatabaseBench } from "./containers";

/** The page's commands, but for shells that want a terminal, and what has a stack. */
const page = readFileSync(join(__dirname, "..", "..", "docs", "data.md"), "utf8");
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.trim().split("\n"))
  .filter((line) => !/exec -it|npm run (config|up)/.test(line));

/** Stands for the container until it is there. */
const placeholder = "THE_CONTAINER";

interface Server {
  template: ServiceTemplate;
  environment: Record<string, string>;
  /** The file that one command writes a table to, and another reads. */
  kept: string;
  /** A statement that loses the table's rows, and it where the file brings it along. */
  lose: string;
  /** A shell's words that run a statement. */
  sql: (statement: string) => string;
}

const servers: Server[] = [
  {
    template: postgres,
    environment: { POSTGRES_DB: "mcp", POSTGRES_PASSWORD: "test-only" },
    kept: "fruit.csv",
    lose: "TRUNCATE fruit",
    sql: (statement: string) => `psql -U postgres -d mcp -qtAc "${statement}"`,
  },
  {
    template: mariadb,
    environment: {
      ...(mariadb.environment as Record<string, string>),
      MARIADB_ROOT_PASSWORD: "test-only",
    },
    kept: "mcp.sql",
    lose: "DROP TABLE fruit",
    sql: (statement: string) => `mariadb -u mysql -D mcp -BNe "${statement}"`,
  },
];

describe.each(servers)(
  "the commands of docs/data.md for $template.name",
  ({ template, environment, kept, lose, sql }) => {
    const bench = new DatabaseBench(template, environment);
    const folder = mkdtempSync(join(tmpdir(), "data-"));
    let name: string;
    beforeAll(async () => {
      await bench.prepare();
      name = await bench.start();
      await bench.healthy(name);
    }, 600_000);
    afterAll(async () => {
      await bench.clean();
      rmSync(folder, { recursive: true });
    }, 60_000);

    /** Those that name the server, with the test's own container in its place. */
    const own = commands
      .filter((line) => new RegExp(`\\b${template.name}\\b`).test(line))
      .map((line) =>
        line
          .replace(/npm run (stop|start) -- \S+/, `docker $1 ${placeholder}`)
          .replaceAll(
            new RegExp(`(docker exec (?:-i )?|--volumes-from |Image}}' )${template.name}\\b`, "g"),
            `$1${placeholder}`,
          ),
      );
    const type = async (line: string) => {
      await promisify(execFile)("bash", ["-ec", line.replaceAll(placeholder, name)], { cwd: folder });
      if (line.startsWith("docker start")) await bench.healthy(name);
    };
    const writes = (file: string) => own.filter((line) => line.endsWith(`> ${file}`));
    const reads = (file: string) => own.filter((line) => line.endsWith(`< ${file}`));
    const count = () => bench.run(name, sql("SELECT count(*) FROM fruit"));

    it("take rows out and bring them back", async () => {
      await bench.run(
        name,
        sql("CREATE TABLE fruit (name varchar(20)); INSERT INTO fruit VALUES ('apple'), ('pære')"),
      );
      const [[out], [back]] = [writes(kept), reads(kept)];
      expect([out, back]).toEqual([expect.any(String), expect.any(String)]);
      await type(out!);
      await bench.run(name, sql(lose));
      await type(back!);
      expect(await count()).toBe("2");
    });

    it("take statements from a file", async () => {
      const [line] = [...reads("data.sql"), ...reads("mcp.sql")];
      await promisify(execFile)(
        "bash",
        ["-ec", "echo \"INSERT INTO fruit VALUES ('plum');\" | tee data.sql >mcp.sql"],
        {
          cwd: folder,
        },
      );
      await type(line!);
      expect(await count()).toBe("3");
    });

    it("take everything, and bring it back as it was", async () => {
      const stops = own.flatMap((line, index) => (line.startsWith("docker stop") ? [index] : []));
      expect(stops).toHaveLength(2);
      const [copy, restore] = stops.map((from) => own.slice(from, from + 3)) as [string[], string[]];
      for (const line of copy) await type(line);
      expect(await count()).toBe("3");
      await bench.run(name, sql("DROP TABLE fruit; CREATE TABLE later (one int)"));
      for (const line of restore) await type(line);
      expect(await count()).toBe("3");
      await expect(bench.run(name, sql("SELECT * FROM later"))).rejects.toThrow(/later/);
    });
  },
);
