import { createHash } from "node:crypto";
import { dialects } from "../../../provider/sql/dialects";
import type { DatabaseUserRights } from "../../../provider/sql/rights";
import type { DatabaseAccess, DatabaseKind } from "../../../topology/types";

const user = (kind: DatabaseKind, access: DatabaseAccess, password = "secret"): DatabaseUserRights => ({
  ...{ kind, access, password },
  ...{ database: "mcp", name: "ada" },
});

describe("what PostgreSQL says of its roles", () => {
  const role = (name: string, changes: object = {}) => ({
    ...{ name, login: false, attributes: [], connections: -1, until: null, password: null, settings: [] },
    ...{ memberOf: [], owns: [], ...changes },
  });
  /** The hash of the password "secret", as PostgreSQL keeps it. */
  const hash =
    "SCRAM-SHA-256$4096:c2FsdHNhbHRzYWx0c2FsdA==$Ce3wZiZ+yIBCjltccfRiqM0+XDsLE3qPdkEeZKe3hus=:c2VydmVy";
  const md5 = `md5${createHash("md5").update("secretada").digest("hex")}`;
  const groupsOf = { read: "mcp_read", write: "mcp_write", owner: "mcp_write", monitor: "mcp_monitor" };
  const readOnly = { read: "on", monitor: "on", write: "off", owner: "off" };
  const create = { role: "ada", may: "CREATE on schema public" };
  const answer = (access: DatabaseAccess, changes: object = {}, rest: object = {}) =>
    JSON.stringify({
      schemas: ["pg_catalog", "public"],
      extra: access === "owner" ? [create] : [],
      missing: [],
      ...rest,
      roles: [
        role("postgres", { login: true, attributes: ["SUPERUSER"] }),
        ...["pg_read_all_settings", "pg_read_all_stats", "pg_stat_scan_tables"].map((name) => role(name)),
        role("pg_monitor", {
          memberOf: ["pg_read_all_settings", "pg_stat_scan_tables", "pg_read_all_stats"],
        }),
        role("mcp_read"),
        role("mcp_write", { memberOf: ["mcp_read"] }),
        role("mcp_monitor", { memberOf: ["pg_monitor"] }),
        role("ada", {
          ...{ login: true, connections: 32, password: md5, memberOf: [groupsOf[access]] },
          settings: [`default_transaction_read_only=${readOnly[access]}`],
          ...changes,
        }),
        ...((rest as { roles?: object[] }).roles ?? []),
      ],
    });
  const judge = (access: DatabaseAccess, changes?: object, rest?: object) =>
    dialects.postgres.judge(answer(access, changes, rest), [user("postgres", access)]);

  it.each(["read", "write", "owner", "monitor"] as const)("is nothing of note for %s", (access) => {
    expect(judge(access)).toEqual([]);
  });

  it.each<[string, object, string, string]>([
    ["a superuser", { attributes: ["SUPERUSER"] }, "attributes", "LOGIN, SUPERUSER"],
    ["one that may make roles", { attributes: ["CREATEROLE"] }, "attributes", "LOGIN, CREATEROLE"],
    ["one that can't log in", { login: false }, "attributes", "none"],
    ["a member of a further group", { memberOf: ["mcp_read", "x"] }, "memberships", "mcp_read, x"],
    ["a member of none", { memberOf: [] }, "memberships", "none"],
    ["one that may write", { settings: [] }, "settings", "none"],
    ["an owner of a table", { owns: ["table t"] }, "ownership", "table t"],
    ["one that ends", { until: "2026-01-01T00:00:00+00:00" }, "end", "2026-01-01T00:00:00+00:00"],
    ["one with more connections", { connections: -1 }, "most connections", "-1"],
  ])("tells of %s", (_, changes, what, found) => {
    expect(judge("read", changes)).toMatchObject([{ of: "user", name: "ada", user: "ada", what, found }]);
  });

  it("tells of rights on objects, whoever has them", () => {
    const grants = {
      extra: ["ada", "mcp_read", "PUBLIC", "pg_monitor", "somebody"].map((one) => ({
        role: one,
        may: "INSERT on table t",
      })),
      missing: [{ role: "mcp_read", may: "SELECT on table t" }],
    };
    expect(
      judge("read", {}, grants)
        .map(({ name, what, found }) => `${name} ${what}: ${found}`)
        .sort(),
    ).toEqual([
      "PUBLIC grants: also INSERT on table t",
      "ada grants: also INSERT on table t",
      "mcp_read grants: also INSERT on table t; not SELECT on table t",
      "pg_monitor grants: also INSERT on table t",
    ]);
  });

  it("tells of an owner that may make no tables", () => {
    expect(judge("owner", {}, { extra: [] })).toMatchObject([{ what: "grants", found: `not ${create.may}` }]);
  });

  it("tells of accounts that somebody made, not of groups and of users that were locked out", () => {
    const roles = [
      role("evil", { login: true, attributes: ["SUPERUSER"] }),
      role("sleeper", { attributes: ["SUPERUSER"] }),
      role("former", { memberOf: ["mcp_read"] }),
    ];
    expect(judge("read", {}, { roles })).toMatchObject([
      { of: "foreign", name: "evil", lock: expect.stringMatching(/"evil" NOLOGIN NOSUPERUSER/) as string },
      { of: "foreign", name: "sleeper" },
    ]);
  });

  it.each([
    ["SCRAM", hash, []],
    ["MD5", md5, []],
    ["another's hash", hash.replace("Ce3w", "De3w"), [{ of: "password", found: "another" }]],
    ["no hash", null, [{ of: "password", found: "none" }]],
  ])("compares passwords with %s and never tells a hash", (_, password, expected) => {
    const found = judge("read", { password });
    expect(found).toMatchObject(expected);
    expect(found).toHaveLength(expected.length);
    expect(JSON.stringify(found)).not.toMatch(/SCRAM|md5/);
  });
});

describe("what MariaDB says of its accounts", () => {
  const wanted = {
    read: ["SELECT", "SHOW VIEW"],
    write: ["SELECT", "SHOW VIEW", "INSERT", "UPDATE", "DELETE"],
    monitor: ["PROCESS"],
  };
  const hash = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"; // select password('secret')
  const account = (name: string, changes: object = {}) => ({
    ...{
      is: "account",
      user: name.split("@")[0],
      host: name.split("@")[1],
      plugin: "mysql_native_password",
      hash,
      others: 0,
      tls: null,
    },
    ...{ locked: null, role: null, defaultRole: null, connections: "32", ...changes },
  });
  const grant = (name: string, place: string, privilege: string) => ({
    is: "grant",
    grantee: name.replace(/^(.*)@(.*)$/, "'$1'@'$2'"),
    place,
    privilege,
  });
  const answer = (access: keyof typeof wanted, changes: object = {}, lines: object[] = []) =>
    [
      account("root@%"),
      account("mysql@localhost", { plugin: "unix_socket", hash: null }),
      account("ada@%", changes),
      grant("ada@%", "*.*", "USAGE"),
      ...wanted[access].map((one) => grant("ada@%", access === "monitor" ? "*.*" : "mcp.*", one)),
      ...lines,
    ]
      .map((line) => JSON.stringify(line))
      .join("\n");
  const judge = (access: keyof typeof wanted, changes?: object, lines?: object[]) =>
    dialects.mariadb.judge(answer(access, changes, lines), [user("mariadb", access)]);

  it.each(["read", "write", "monitor"] as const)("is nothing of note for %s", (access) => {
    expect(judge(access)).toEqual([]);
  });

  it.each<[string, object, object[], string, string]>([
    ["a right to all", {}, [grant("ada@%", "*.*", "SUPER")], "grants", "also SUPER on *.*"],
    ["a right to a column", {}, [grant("ada@%", "mcp.t.c", "UPDATE")], "grants", "also UPDATE on mcp.t.c"],
    ["a role", {}, [{ is: "role", grantee: "'ada'@'%'", role: "boss" }], "roles", "boss"],
    ["a lock", { locked: "true" }, [], "log-in", "locked"],
    ["another way to log in", { others: 1 }, [], "log-in", "with a password or in another way"],
    ["more connections", { connections: null }, [], "most connections", "0"],
  ])("tells of %s", (_, changes, lines, what, found) => {
    expect(judge("read", changes, lines)).toMatchObject([
      { of: "user", name: "ada@%", user: "ada", what, found },
    ]);
  });

  it("tells of rights that are gone", () => {
    const found = dialects.mariadb.judge(answer("read"), [user("mariadb", "write")]);
    expect(found).toMatchObject([
      { what: "grants", found: "not DELETE on mcp.*, INSERT on mcp.*, UPDATE on mcp.*" },
    ]);
  });

  it("tells of rights of everybody, and of accounts that somebody made", () => {
    const lines = [
      grant("PUBLIC@", "mcp.*", "INSERT"),
      account("PUBLIC@", { role: "true" }),
      account("boss@", { role: "true" }),
      account("former@%", { locked: "true" }),
      account("ada@localhost"),
      grant("ada@localhost", "*.*", "SUPER"),
    ];
    expect(judge("read", {}, lines)).toMatchObject([
      { of: "shared", name: "PUBLIC", found: "also INSERT on mcp.*" },
      {
        of: "foreign",
        name: "ada@localhost",
        found: "SUPER on *.*",
        lock: "ALTER USER 'ada'@'localhost' ACCOUNT LOCK",
      },
    ]);
  });

  it("compares passwords and never tells a hash", () => {
    const found = judge("read", { hash: hash.replace("14E6", "14E7") });
    expect(found).toMatchObject([{ of: "password", found: "another" }]);
    expect(JSON.stringify(found)).not.toContain("14E");
  });
});
