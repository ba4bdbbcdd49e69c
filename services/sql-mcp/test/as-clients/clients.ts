import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { Settings } from "../../src/settings";

/** What a database's own client says of one statement. */
export interface Said {
  columns: string[];
  /** Texts as the client prints them; null for NULL. */
  rows: (string | null)[][];
  /** How many rows the statement changed or gave, as the client counts them. */
  count: number;
  error?: { state: string; message: string };
}

/** A database's own client, in the database's container: one process for all statements. */
export abstract class Client {
  private readonly process: ChildProcessWithoutNullStreams;
  private output = "";
  private number = 0;
  private waiting: (() => void) | undefined;
  private closed = false;

  protected constructor(container: string, command: string, environment: readonly string[] = []) {
    const variables = environment.flatMap((variable) => ["--env", variable]);
    this.process = spawn("docker", [
      "exec",
      "-i",
      ...variables,
      container,
      "sh",
      "-c",
      `exec ${command} 2>&1`,
    ]);
    this.process.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.output += text;
      this.waiting?.();
    });
    this.process.once("close", () => {
      this.closed = true;
      this.waiting?.();
    });
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("close", resolve));
    this.process.stdin.end();
    if (!this.closed) await ended;
  }

  /** Runs one statement. */
  async run(sql: string): Promise<Said> {
    this.number += 1;
    const mark = `done-${this.number}`;
    this.output = "";
    this.process.stdin.write(this.typed(sql, mark));
    for (;;) {
      const said = this.read(this.output, mark);
      if (said) return said;
      if (this.closed) throw new Error(`The client ended in the middle of: ${sql}\n${this.output}`);
      await new Promise<void>((resolve) => (this.waiting = resolve));
    }
  }

  /** What is typed for a statement, with further ones that print the mark and what came of it. */
  protected abstract typed(sql: string, mark: string): string;

  /** What was printed until the mark; undefined while there is more to come. */
  protected abstract read(output: string, mark: string): Said | undefined;
}

/** `psql` or `mariadb`, in the container of the run's database. */
export function clientOf({ kind, connection }: Settings): Client {
  const container = process.env[`TEST_${kind.toUpperCase()}_CONTAINER`] ?? "";
  return kind === "postgres"
    ? new Psql(container, connection.database)
    : new Mariadb(container, connection.database, connection.password);
}

const FIELD = "\u001F";
const RECORD = "\u001E";
const NULL = "\u000E";

class Psql extends Client {
  constructor(container: string, database: string) {
    const sets = ["format=unaligned", "footer=off"].map((set) => `--pset=${set}`).join(" ");
    super(container, `psql --no-psqlrc --quiet ${sets} --username=postgres --dbname=${database}`);
  }

  protected typed(sql: string, mark: string): string {
    return [
      String.raw`\pset fieldsep '\x1f'`,
      String.raw`\pset recordsep '\x1e'`,
      String.raw`\pset null '\x0e'`,
      // Where it is a command of psql's, it stands on its own line.
      /^\\|\n\\gdesc$/.test(sql) ? sql : `${sql}\n\\g`,
      `SELECT :'SQLSTATE' AS "${mark}", :'ROW_COUNT' AS count, :'LAST_ERROR_MESSAGE' AS message`,
      "\\g\n",
    ].join("\n");
  }

  protected read(output: string, mark: string): Said | undefined {
    const [printed = "", end] = output.split(`${mark}${FIELD}count${FIELD}message${RECORD}`);
    if (!end?.endsWith("\n")) return undefined;
    const [state = "", count = "", message = ""] = end.slice(0, -1).split(FIELD);
    const records = printed === "" || state !== "00000" ? [] : printed.replace(/\n$/, "").split(RECORD);
    const [columns = [], ...rows] = records.map((record) => record.split(FIELD));
    return {
      columns,
      rows: rows.map((row) => row.map((text) => (text === NULL ? null : text))),
      count: Number(count),
      ...(state === "00000" ? {} : { error: { state, message } }),
    };
  }
}

const DELIMITER = "$$$";

class Mariadb extends Client {
  constructor(container: string, database: string, password: string) {
    const options =
      "--no-defaults --default-character-set=utf8mb4 --xml --batch --force --unbuffered --binary-as-hex";
    super(container, `mariadb ${options} --delimiter='${DELIMITER}' --user=root ${database}`, [
      `MYSQL_PWD=${password}`,
    ]);
  }

  protected typed(sql: string, mark: string): string {
    const further = ["GET DIAGNOSTICS @count = ROW_COUNT", `SELECT '${mark}' AS mark, @count AS count`];
    return [sql, ...further].map((statement) => `${statement}\n${DELIMITER}\n`).join("");
  }

  protected read(output: string, mark: string): Said | undefined {
    const [printed = "", end] = output.split(`<field name="mark">${mark}</field>`);
    if (!end?.includes("</resultset>")) return undefined;
    const [, state = "", message = ""] = /^ERROR \d+ \((\w{5})\) at line \d+: (.*)$/m.exec(printed) ?? [];
    // The last result set is the one with the mark.
    const rows = [
      ...printed
        .split("<resultset")
        .slice(0, -1)
        .join("")
        .matchAll(/<row>(.*?)<\/row>/gs),
    ].map(([, row = ""]) =>
      [...row.matchAll(/<field name="(.*?)"(?: xsi:nil="true" \/>|>(.*?)<\/field>)/gs)].map(
        ([, name = "", text]) => ({
          name: unescaped(name),
          text: text === undefined ? null : unescaped(text),
        }),
      ),
    );
    return {
      columns: rows[0]?.map(({ name }) => name) ?? [],
      rows: rows.map((row) => row.map(({ text }) => text)),
      count: Number(/<field name="count">(-?\d+)</.exec(end)?.[1]),
      ...(state === "" ? {} : { error: { state, message } }),
    };
  }
}

function unescaped(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  return text.replace(/&(lt|gt|quot|amp);/g, (_, name: string) => entities[name] ?? "");
}
