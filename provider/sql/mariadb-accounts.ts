import { createHash } from "node:crypto";
import { account, connectionLimit, places, privilegesOf } from "./mariadb";
import { asWanted, type DatabaseUserRights, deviating, type Deviation, grantsAs, listed } from "./rights";

/** A line of what MariaDB answers. */
type Line =
  | ({ is: "account" } & Account)
  | { is: "grant"; grantee: string; place: string; privilege: string }
  | { is: "role"; grantee: string; role: string };

interface Account {
  user: string;
  /** A role has none. */
  host: string;
  plugin: string | null;
  hash: string | null;
  /** Whether there are further ways to log in. */
  others: number;
  tls: string | null;
  locked: string | number | boolean | null;
  role: string | number | boolean | null;
  defaultRole: string | null;
  connections: string | number | null;
}

/** What the images make: the administrators, and users of upstream's own health check, which may do nothing. */
const ofTheImages =
  /^(root@(localhost|%)|mysql@localhost|mariadb\.sys@localhost|healthcheck@(localhost|127\.0\.0\.1|::1))$/;

/** Rights on what is named by a catalog of the server's, with who may hand them on. */
function grants(catalog: string, named: string): string {
  const columns = `'grantee', GRANTEE, 'place', ${named}, 'privilege'`;
  return `
    SELECT JSON_OBJECT('is', 'grant', ${columns}, PRIVILEGE_TYPE) FROM information_schema.${catalog};
    SELECT DISTINCT JSON_OBJECT('is', 'grant', ${columns}, 'GRANT OPTION') FROM information_schema.${catalog}
      WHERE IS_GRANTABLE = 'YES';`;
}

/** As the server's own catalogs name an account. */
const granteeOf = `CONCAT("'", User, "'@'", Host, "'")`;

/** Asks for all accounts and their rights, an answer a line; changes nothing. */
export const mariadbQuestion = `
  SELECT JSON_OBJECT('is', 'account', 'user', User, 'host', Host, 'plugin', JSON_VALUE(Priv, '$.plugin'),
    'hash', JSON_VALUE(Priv, '$.authentication_string'), 'others', JSON_EXISTS(Priv, '$.auth_or'),
    'tls', JSON_VALUE(Priv, '$.ssl_type'), 'locked', JSON_VALUE(Priv, '$.account_locked'),
    'role', JSON_VALUE(Priv, '$.is_role'), 'defaultRole', JSON_VALUE(Priv, '$.default_role'),
    'connections', JSON_VALUE(Priv, '$.max_user_connections')) FROM mysql.global_priv;
  ${grants("USER_PRIVILEGES", "'*.*'")}
  ${grants("SCHEMA_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.*')")}
  ${grants("TABLE_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME)")}
  ${grants("COLUMN_PRIVILEGES", "CONCAT(TABLE_SCHEMA, '.', TABLE_NAME, '.', COLUMN_NAME)")}
  SELECT JSON_OBJECT('is', 'grant', 'grantee', ${granteeOf}, 'place',
    CONCAT(LOWER(Routine_type), ' ', Db, '.', Routine_name), 'privilege', UPPER(Proc_priv)) FROM mysql.procs_priv;
  SELECT JSON_OBJECT('is', 'grant', 'grantee', ${granteeOf}, 'place',
    CONCAT(Proxied_user, '@', Proxied_host), 'privilege', 'PROXY') FROM mysql.proxies_priv;
  SELECT JSON_OBJECT('is', 'role', 'grantee', ${granteeOf}, 'role', Role) FROM mysql.roles_mapping;
`;

/** What of the accounts is not as these users make it. */
export function judgeMariadb(answer: string, users: readonly DatabaseUserRights[]): Deviation[] {
  const lines = answer
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);
  const accounts = lines.filter((line) => line.is === "account");
  const own = new Set(users.map(({ name }) => shownName({ user: name, host: everywhere })));
  const everybodys = { grants: grantsAs(grantsOf({ user: "PUBLIC", host: "" }, lines), []) };
  return [
    ...users.flatMap((user) => judgeUser(user, accounts, lines)),
    ...deviating({ of: "shared", name: "PUBLIC" }, { grants: asWanted }, everybodys),
    ...accounts
      .filter((one) => !own.has(shownName(one)) && !ofTheImages.test(shownName(one)))
      // Nobody logs in as a role, or as one that is locked.
      .filter(({ role, locked }) => !isSet(role) && !isSet(locked))
      .map((one) => foreign(one, lines)),
  ];
}

function judgeUser(user: DatabaseUserRights, accounts: Account[], lines: Line[]): Deviation[] {
  const account: Named = { user: user.name, host: everywhere };
  const name = shownName(account);
  const password = {
    ...{ of: "password" as const, name, user: user.name },
    ...{ what: "password", expected: "the state's password" },
  };
  const found = accounts.find((one) => shownName(one) === name);
  if (!found) return [{ ...password, found: "no such user" }];
  const wanted = places(user).flatMap(({ place }) =>
    privilegesOf(user.access).map((privilege) => `${privilege} on ${place}`),
  );
  const has = grantsOf(account, lines);
  const roles = lines.filter((line) => line.is === "role" && line.grantee === granteeName(account));
  const expected = {
    "log-in": "with a password",
    "most connections": String(connectionLimit),
    roles: "none",
    grants: asWanted,
  };
  const deviations = deviating({ of: "user", name, user: user.name }, expected, {
    "log-in": logIn(found),
    "most connections": String(found.connections ?? 0),
    roles: listed([
      ...roles.map((line) => (line as { role: string }).role),
      ...(found.defaultRole ? [found.defaultRole] : []),
    ]),
    grants: grantsAs(
      has.filter((one) => !wanted.includes(one)),
      wanted.filter((one) => !has.includes(one)),
    ),
  });
  const hash = createHash("sha1").update(createHash("sha1").update(user.password).digest()).digest("hex");
  const fits = found.plugin !== passwordPlugin || found.hash === `*${hash.toUpperCase()}`;
  return [...deviations, ...(fits ? [] : [{ ...password, found: "another" }])];
}

const passwordPlugin = "mysql_native_password";

/** How one logs in; a password of its own kind is compared where that is the way. */
function logIn({ plugin, others, tls, locked }: Account): string {
  const ways = [
    plugin === passwordPlugin ? "with a password" : `by ${plugin ?? "nothing"}`,
    ...(isSet(others) ? ["or in another way"] : []),
    ...(isSet(tls) ? ["with TLS alone"] : []),
  ];
  return isSet(locked) ? "locked" : ways.join(" ");
}

function foreign(one: Account, lines: Line[]): Deviation {
  return {
    of: "foreign",
    name: shownName(one),
    what: "foreign account",
    expected: "none",
    found: listed(grantsOf(one, lines)),
    lock: `ALTER USER ${account(one.user, one.host)} ACCOUNT LOCK`,
  };
}

type Named = Pick<Account, "user" | "host">;

/** What an account may do; that it is one is no right. */
function grantsOf(account: Named, lines: Line[]): string[] {
  return lines
    .filter((line) => line.is === "grant")
    .filter(
      ({ grantee, privilege }) => grantee === granteeName(account) && !["USAGE", ""].includes(privilege),
    )
    .map(({ privilege, place }) => `${privilege} on ${place}`);
}

/** The stack's users may come from anywhere. */
const everywhere = "%";

function shownName({ user, host }: Named): string {
  return `${user}@${host}`;
}

function granteeName({ user, host }: Named): string {
  return `'${user}'@'${host}'`;
}

/** JSON's values come in several forms. */
function isSet(value: string | number | boolean | null): boolean {
  return value !== null && !["", "0", "false"].includes(String(value));
}
