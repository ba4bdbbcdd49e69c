import { docker, type DockerError } from "../../engine/docker";
import { databaseUser } from "../../provider/database-user";
import { dialects } from "../../provider/sql/dialects";
import type { DatabaseUserRights, Deviation } from "../../provider/sql/rights";
import { askAccounts, runStatements } from "../../provider/sql/session";
import { mariadb, postgres } from "../../topology/databases";
import type { ServiceTemplate } from "../../topology/service";
import type { DatabaseKind } from "../../topology/types";
import { DatabaseBench } from "./containers";

/** What somebody does on a server, and what is told of it. */
type Tampering = [statement: string, told: string];

interface Server {
  kind: DatabaseKind;
  template: ServiceTemplate;
  environment: Record<string, string>;
  /** Statements that make what there is to tamper with. */
  before: string;
  tampering: Tampering[];
  /** Users that reach something else than usual, by name. */
  reaching: Record<string, Pick<DatabaseUserRights, "access" | "reach">>;
  /** What a user reaches, and does not, with what is named `sales` and with what is made later; statements, and where. */
  reach: { reach: string[]; usual: string; named: string; later: string; make: string };
}

const accesses = ["read", "write", "owner", "monitor"] as const;

const servers: Server[] = [
  {
    kind: "postgres",
    template: postgres,
    environment: { POSTGRES_DB: "mcp", POSTGRES_PASSWORD: "test-only" },
    before: `
      CREATE TABLE rows (one int, two int); CREATE SEQUENCE numbers; CREATE SCHEMA aside; CREATE TABLE aside.secret ();
      CREATE FUNCTION shown() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT lo_create(4711);
      CREATE SCHEMA sales; CREATE TABLE sales.orders (one int); CREATE SCHEMA "Sales_2";`,
    reaching: {
      u_sales: { access: "read", reach: ["sales"] },
      u_both: { access: "owner", reach: ["public", "Sales_2", "not there"] },
    },
    reach: {
      reach: ["sales", "later"],
      usual: "SELECT count(*) FROM public.rows",
      named: "SELECT count(*) FROM sales.orders",
      later: "SELECT count(*) FROM later.things",
      make: "CREATE SCHEMA later; CREATE TABLE later.things (one int)",
    },
    tampering: [
      ["GRANT mcp_read TO u_sales", "user u_sales memberships: mcp_read, mcp_read_sales"],
      ["REVOKE mcp_read_sales FROM u_sales", "user u_sales memberships: none"],
      [
        "REVOKE USAGE ON SCHEMA sales FROM mcp_read_sales",
        "shared mcp_read_sales grants: not USAGE on schema sales",
      ],
      [
        "GRANT INSERT ON sales.orders TO mcp_read_sales",
        "shared mcp_read_sales grants: also INSERT on table sales.orders",
      ],
      ['REVOKE CREATE ON SCHEMA "Sales_2" FROM u_both', "user u_both grants: not CREATE on schema Sales_2"],
      ["GRANT CREATE ON SCHEMA sales TO u_both", "user u_both grants: also CREATE on schema sales"],
      [
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA sales GRANT SELECT ON TABLES TO mcp_read",
        "shared mcp_read grants: also SELECT on what postgres makes later",
      ],
      ["ALTER ROLE u_read SUPERUSER", "user u_read attributes: LOGIN, SUPERUSER"],
      ["ALTER ROLE u_read CREATEROLE CREATEDB", "user u_read attributes: LOGIN, CREATEDB, CREATEROLE"],
      ["ALTER ROLE u_write BYPASSRLS REPLICATION", "user u_write attributes: LOGIN, REPLICATION, BYPASSRLS"],
      ["ALTER ROLE u_read NOLOGIN", "user u_read attributes: none"],
      ["ALTER ROLE u_read NOINHERIT", "user u_read attributes: LOGIN, NOINHERIT"],
      ["ALTER ROLE u_read VALID UNTIL '2020-01-01'", "user u_read end: 2020-01-01T00:00:00+00:00"],
      ["ALTER ROLE u_read CONNECTION LIMIT 1", "user u_read most connections: 1"],
      ["ALTER ROLE u_read PASSWORD 'other'", "password u_read password: another"],
      ["ALTER ROLE u_read PASSWORD NULL", "password u_read password: none"],
      ["GRANT mcp_write TO u_read", "user u_read memberships: mcp_read, mcp_write"],
      ["GRANT postgres TO u_monitor", "user u_monitor memberships: mcp_monitor, postgres"],
      ["REVOKE mcp_read FROM u_read", "user u_read memberships: none"],
      ["GRANT mcp_read TO u_read WITH ADMIN OPTION", "user u_read memberships: mcp_read WITH ADMIN OPTION"],
      [
        "ALTER ROLE u_read SET default_transaction_read_only = off",
        "user u_read settings: default_transaction_read_only=off",
      ],
      [
        "ALTER ROLE u_read IN DATABASE mcp SET default_transaction_read_only = off",
        "user u_read settings: default_transaction_read_only=off in database mcp, default_transaction_read_only=on",
      ],
      ["ALTER TABLE rows OWNER TO u_write", "user u_write ownership: table rows"],
      ["ALTER TABLE rows OWNER TO mcp_read", "shared mcp_read ownership: table rows"],
      ["ALTER DATABASE mcp OWNER TO u_owner", "user u_owner ownership: database mcp"],
      ["GRANT INSERT ON rows TO u_read", "user u_read grants: also INSERT on table rows"],
      ["GRANT UPDATE (one) ON rows TO u_read", "user u_read grants: also UPDATE on column one of table rows"],
      [
        "GRANT SELECT ON rows TO u_read WITH GRANT OPTION",
        "user u_read grants: also SELECT on table rows, and may grant it",
      ],
      ["GRANT USAGE ON SCHEMA aside TO u_read", "user u_read grants: also USAGE on schema aside"],
      [
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO u_read",
        "user u_read grants: also EXECUTE on function pg_read_file(text)",
      ],
      ["GRANT SELECT ON pg_authid TO u_read", "user u_read grants: also SELECT on table pg_authid"],
      ["GRANT CREATE ON DATABASE mcp TO u_read", "user u_read grants: also CREATE on database mcp"],
      ["GRANT CREATE ON SCHEMA public TO u_write", "user u_write grants: also CREATE on schema public"],
      ["REVOKE CREATE ON SCHEMA public FROM u_owner", "user u_owner grants: not CREATE on schema public"],
      ["GRANT UPDATE ON LARGE OBJECT 4711 TO u_read", "user u_read grants: also UPDATE on large object 4711"],
      [
        "GRANT SET ON PARAMETER log_statement TO u_read",
        "user u_read grants: also SET on parameter log_statement",
      ],
      [
        "GRANT CREATE ON TABLESPACE pg_default TO u_read",
        "user u_read grants: also CREATE on tablespace pg_default",
      ],
      ["GRANT DELETE ON rows TO mcp_read", "shared mcp_read grants: also DELETE on table rows"],
      [
        "GRANT UPDATE ON SEQUENCE numbers TO mcp_read",
        "shared mcp_read grants: also UPDATE on sequence numbers",
      ],
      ["REVOKE SELECT ON rows FROM mcp_read", "shared mcp_read grants: not SELECT on table rows"],
      ["REVOKE USAGE ON SCHEMA public FROM mcp_read", "shared mcp_read grants: not USAGE on schema public"],
      ["GRANT pg_read_server_files TO mcp_read", "shared mcp_read memberships: pg_read_server_files"],
      ["ALTER ROLE mcp_write SUPERUSER LOGIN", "shared mcp_write attributes: LOGIN, SUPERUSER"],
      ["GRANT pg_write_all_data TO pg_monitor", "shared pg_monitor memberships:"],
      ["GRANT DELETE ON rows TO pg_monitor", "shared pg_monitor grants: also DELETE on table rows"],
      ["GRANT INSERT ON rows TO PUBLIC", "shared PUBLIC grants: also INSERT on table rows"],
      ["GRANT CREATE ON SCHEMA public TO PUBLIC", "shared PUBLIC grants: also CREATE on schema public"],
      [
        "GRANT CONNECT ON DATABASE postgres TO PUBLIC",
        "shared PUBLIC grants: also CONNECT on database postgres",
      ],
      [
        "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC",
        "shared PUBLIC grants: also EXECUTE on function pg_read_file(text)",
      ],
      [
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT DELETE ON TABLES TO mcp_read",
        "shared mcp_read grants: also DELETE on what postgres makes later",
      ],
      [
        "ALTER DEFAULT PRIVILEGES FOR ROLE postgres GRANT INSERT ON TABLES TO PUBLIC",
        "shared PUBLIC grants: also INSERT on what postgres makes later",
      ],
      [`CREATE ROLE "e v'il" SUPERUSER LOGIN`, "foreign e v'il foreign account: LOGIN, SUPERUSER"],
      ["CREATE ROLE sleeper SUPERUSER", "foreign sleeper foreign account: NOLOGIN, SUPERUSER"],
    ],
  },
  {
    kind: "mariadb",
    template: mariadb,
    environment: {
      ...(mariadb.environment as Record<string, string>),
      MARIADB_ROOT_PASSWORD: "test-only",
    },
    before: `
      CREATE TABLE \`rows\` (one int, two int); CREATE ROLE boss; CREATE PROCEDURE shown() SELECT 1;
      CREATE USER former IDENTIFIED BY 'x' ACCOUNT LOCK;
      CREATE DATABASE my_sales; CREATE TABLE my_sales.orders (one int);
      CREATE DATABASE myxsales; CREATE TABLE myxsales.orders (one int);`,
    reaching: {
      u_sales: { access: "read", reach: ["mcp", "my_sales"] },
      u_both: { access: "owner", reach: ["mcp", "not there"] },
    },
    reach: {
      reach: ["my_sales", "later"],
      usual: "SELECT count(*) FROM myxsales.orders",
      named: "SELECT count(*) FROM my_sales.orders",
      later: "SELECT count(*) FROM later.things",
      make: "CREATE DATABASE later; CREATE TABLE later.things (one int)",
    },
    tampering: [
      ["REVOKE SELECT ON `my\\_sales`.* FROM u_sales", "user u_sales@% grants: not SELECT on my\\_sales.*"],
      ["GRANT SELECT ON `my_sales`.* TO u_sales", "user u_sales@% grants: also SELECT on my_sales.*"],
      ["GRANT RELOAD ON *.* TO u_read", "user u_read@% grants: also RELOAD on *.*"],
      [
        "GRANT SELECT ON *.* TO u_read WITH GRANT OPTION",
        "user u_read@% grants: also GRANT OPTION on *.*, SELECT on *.*",
      ],
      ["GRANT INSERT ON mcp.* TO u_read", "user u_read@% grants: also INSERT on mcp.*"],
      ["GRANT SELECT ON mysql.* TO u_read", "user u_read@% grants: also SELECT on mysql.*"],
      ["GRANT DELETE ON mcp.`rows` TO u_read", "user u_read@% grants: also DELETE on mcp.rows"],
      ["GRANT UPDATE (one) ON mcp.`rows` TO u_read", "user u_read@% grants: also UPDATE on mcp.rows.one"],
      [
        "GRANT EXECUTE ON PROCEDURE mcp.shown TO u_read",
        "user u_read@% grants: also EXECUTE on procedure mcp.shown",
      ],
      ["REVOKE INSERT ON mcp.* FROM u_write", "user u_write@% grants: not INSERT on mcp.*"],
      ["REVOKE PROCESS ON *.* FROM u_monitor", "user u_monitor@% grants: not PROCESS on *.*"],
      ["GRANT boss TO u_read", "user u_read@% roles: boss"],
      ["GRANT PROXY ON root@localhost TO u_read", "user u_read@% grants: also PROXY on root@localhost"],
      ["ALTER USER u_read IDENTIFIED BY 'other'", "password u_read@% password: another"],
      ["ALTER USER u_read IDENTIFIED VIA unix_socket", "user u_read@% log-in: by unix_socket"],
      [
        "ALTER USER u_read IDENTIFIED VIA mysql_native_password USING PASSWORD('secret-read') OR unix_socket",
        "user u_read@% log-in: with a password or in another way",
      ],
      ["ALTER USER u_read REQUIRE X509", "user u_read@% log-in: with a password with TLS alone"],
      ["ALTER USER u_read ACCOUNT LOCK", "user u_read@% log-in: locked"],
      ["ALTER USER u_read WITH MAX_USER_CONNECTIONS 1", "user u_read@% most connections: 1"],
      ["DROP USER u_read", "password u_read@% password: no such user"],
      ["GRANT INSERT ON mcp.* TO PUBLIC", "shared PUBLIC grants: also INSERT on mcp.*"],
      [
        "CREATE USER 'e v''il'@'%'; GRANT RELOAD ON *.* TO 'e v''il'@'%'",
        "foreign e v'il@% foreign account: RELOAD on *.*",
      ],
      ["CREATE USER u_read@localhost", "foreign u_read@localhost foreign account: none"],
    ],
  },
];

describe.each(servers)("what the users of $kind may do", (server) => {
  const { kind, template, environment, tampering, before } = server;
  const bench = new DatabaseBench(template, environment);
  const usual = accesses.map((access) => [`u_${access}`, { access }] as const);
  const users = [...usual, ...Object.entries(server.reaching)].map(([name, rights]): DatabaseUserRights => ({
    ...{ kind, database: "mcp", name },
    ...rights,
    password: name.replace("u_", "secret-"),
  }));
  let containerId: string;

  beforeAll(async () => {
    await bench.prepare();
    containerId = await bench.start();
    await bench.healthy(containerId);
    await byHand(before);
    for (const user of users) await grant(user);
  }, 600_000);
  afterAll(() => bench.clean(), 60_000);

  const place = () => ({ containerId, kind, database: "mcp" });
  const grant = (user: DatabaseUserRights) => runStatements(place(), dialects[kind].grant(user));
  const look = async () => dialects[kind].judge(await askAccounts(place()), users);
  const tell = ({ of, name, what, found }: Deviation) => `${of} ${name} ${what}: ${found}`;

  /** As somebody with all rights does it. */
  async function byHand(statements: string): Promise<string> {
    const client =
      kind === "postgres"
        ? ["psql", "-U", "postgres", "-d", "mcp", "-v", "ON_ERROR_STOP=1", "-qX"]
        : rootClient;
    return docker(["exec", "-i", "--env", "MYSQL_PWD=test-only", containerId, ...client], {
      input: statements,
    });
  }
  const rootClient = ["mariadb", "-u", "root", "-D", "mcp"];

  /** As one of the users does it. */
  async function asUser({ name, password }: DatabaseUserRights, statement: string): Promise<string> {
    const client =
      kind === "postgres"
        ? ["psql", "-h", "127.0.0.1", "-U", name, "-d", "mcp", "-tAc", statement]
        : ["mariadb", "-h", "127.0.0.1", "--protocol=tcp", "-u", name, "-e", statement];
    const variables = { PGPASSWORD: password, MYSQL_PWD: password };
    return docker(["exec", "--env", "PGPASSWORD", "--env", "MYSQL_PWD", containerId, ...client], {
      env: variables,
    });
  }

  it("is what their access says, each time they are brought to it", async () => {
    expect(await look()).toEqual([]);
    for (const user of users) await grant(user);
    expect(await look()).toEqual([]);
  });

  it.each(tampering)("after %s is told of, and brought back or locked out", async (statement, told) => {
    await byHand(statement);
    const deviations = await look();
    expect(deviations.map(tell)).toEqual([expect.stringContaining(told) as string]);
    const [{ of, user, mendedBy, lock = "" } = {} as Deviation] = deviations;
    if (of === "foreign") {
      await docker(["exec", containerId, ...dialects[kind].statement(lock)]);
    } else {
      await grant(users.find(({ name }) => name === (user ?? mendedBy)) ?? users[0]!);
    }
    expect(await look()).toEqual([]);
  });

  it("reaches what is named, and what is made there later; what is named first opens once it is there", async () => {
    const { reach, usual: others, named, later, make } = server.reach;
    const user: DatabaseUserRights = { ...users[0]!, name: "u_reach", reach };
    const asks = (statement: string) => asUser(user, statement);
    await grant(user);
    expect(await asks(named)).toMatch(/\b0\b/);
    await byHand(named.replace(/SELECT count\(\*\) FROM (\w+)\.\w+/, "CREATE TABLE $1.newer (one int)"));
    expect(await asks(named.replace("orders", "newer"))).toMatch(/\b0\b/);
    await expect(asks(others)).rejects.toThrow(/denied/);
    await byHand(make);
    if (kind === "postgres") await expect(asks(later)).rejects.toThrow(/permission denied for schema later/);
    await grant(user);
    expect(await asks(later)).toMatch(/\b0\b/);
    await grant({ ...user, reach: ["later"] });
    await expect(asks(named)).rejects.toThrow(/denied/);
    expect(await asks(later)).toMatch(/\b0\b/);
    await runStatements(place(), dialects[kind].disable(user));
    expect(await look()).toEqual([]);
  });

  it("ends with the session that it began with", async () => {
    const user = users[0]!;
    const client =
      kind === "postgres"
        ? ["psql", "-h", "127.0.0.1", "-U", user.name, "-d", "mcp", "-c", "SELECT pg_sleep(600)"]
        : ["mariadb", "-h", "127.0.0.1", "--protocol=tcp", "-u", user.name, "-e", "DO sleep(600)"];
    const variables = ["PGPASSWORD", "MYSQL_PWD"].flatMap((name) => ["--env", `${name}=${user.password}`]);
    const session = docker(["exec", ...variables, containerId, ...client]).then(
      () => "went on",
      ({ stderr }: DockerError) => stderr,
    );
    const running = {
      postgres: `SELECT count(*) FROM pg_stat_activity WHERE usename = '${user.name}'`,
      mariadb: `SELECT count(*) FROM information_schema.PROCESSLIST WHERE USER = '${user.name}'`,
    };
    while ((await byHand(running[kind])).match(/[01]\b/)?.[0] !== "1");
    const inputs = { ...user, containerId };
    await databaseUser.update(inputs, inputs, { signal: new AbortController().signal, log: () => undefined });
    expect(await session).toMatch(/error|terminating/i);
    expect(await look()).toEqual([]);
  });

  it("is nothing of a user's that was locked out", async () => {
    const user: DatabaseUserRights = { ...users[0]!, name: "former_user" };
    await grant(user);
    expect((await look()).map(tell)).toEqual([expect.stringMatching(/^foreign former_user/) as string]);
    await runStatements(place(), dialects[kind].disable(user));
    expect(await look()).toEqual([]);
  });
});
