import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { grantTables, groupMembers, toldGrants } from "./postgres-grants";
import {
  connectionLimit,
  groupsOf,
  groupsOfUser,
  identifier,
  memberships,
  readOnlySetting,
  usualSchemas,
} from "./postgres-words";
import {
  type Aspects,
  asWanted,
  type DatabaseUserRights,
  deviating,
  type Deviation,
  grantsAs,
  listed,
} from "./rights";

/** What PostgreSQL answers. */
interface Answer {
  /** The names of the schemas that there are. */
  schemas: string[];
  roles: Role[];
  /** Rights on objects beyond what is wanted, and those that are missing. */
  extra: Grant[];
  missing: Grant[];
}

interface Role {
  name: string;
  login: boolean;
  attributes: string[];
  connections: number;
  until: string | null;
  /** The hash. */
  password: string | null;
  settings: string[];
  memberOf: string[];
  owns: string[];
}

interface Grant {
  role: string;
  may: string;
}

/** The one whose rights are everything; the image makes it. */
const administrator = "postgres";
const everybody = "PUBLIC";

/** Asks for all roles and their rights in one answer; changes nothing. */
export const postgresQuestion = `
  SET TRANSACTION READ ONLY;
  WITH ${grantTables({ users: groupMembers })}
  SELECT json_build_object('schemas', (SELECT json_agg(nspname) FROM pg_namespace), 'extra', ${toldGrants.extra}, 'missing', ${toldGrants.missing}, 'roles', (
    SELECT json_agg(json_build_object(
      'name', rolname,
      'login', rolcanlogin,
      'attributes', array_remove(ARRAY[
        CASE WHEN rolsuper THEN 'SUPERUSER' END,
        CASE WHEN rolcreatedb THEN 'CREATEDB' END,
        CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
        CASE WHEN rolreplication THEN 'REPLICATION' END,
        CASE WHEN rolbypassrls THEN 'BYPASSRLS' END,
        CASE WHEN NOT rolinherit THEN 'NOINHERIT' END], NULL),
      'connections', rolconnlimit,
      'until', CASE WHEN rolvaliduntil <> 'infinity' THEN rolvaliduntil END,
      'password', rolpassword,
      'settings', (
        SELECT coalesce(json_agg(setting || coalesce(' in database ' || datname, '')), '[]')
        FROM pg_db_role_setting s CROSS JOIN LATERAL unnest(s.setconfig) setting
          LEFT JOIN pg_database d ON d.oid = s.setdatabase
        WHERE s.setrole = a.oid),
      'memberOf', (
        SELECT coalesce(json_agg(g.rolname || CASE WHEN m.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END
          || CASE WHEN m.inherit_option THEN '' ELSE ' WITHOUT INHERIT' END
          || CASE WHEN m.set_option THEN '' ELSE ' WITHOUT SET' END), '[]')
        FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = a.oid),
      'owns', (
        SELECT coalesce(json_agg(pg_describe_object(o.classid, o.objid, o.objsubid)), '[]') FROM (
          SELECT classid, objid, objsubid FROM pg_shdepend
          WHERE refclassid = 'pg_authid'::regclass AND refobjid = a.oid AND deptype = 'o'
            AND classid <> 'pg_default_acl'::regclass
            AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          LIMIT 200) AS o)))
    FROM pg_authid a));`;

/** What of the accounts is not as these users make it. */
export function judgePostgres(answer: string, users: readonly DatabaseUserRights[]): Deviation[] {
  const said = JSON.parse(answer) as Answer;
  const known = new Map(said.roles.map((role) => [role.name, role]));
  const reached = [...new Set(users.flatMap(reachOf))];
  const groups = groupsOf(reached);
  const mendedBy = (group: string) => {
    const member = users.find((user) => groupsOf(reachOf(user)).includes(group));
    return member ? { mendedBy: member.name } : {};
  };
  const own = new Set([...groups, administrator, ...users.map(({ name }) => name)]);
  const [servers, others] = [true, false].map((is) =>
    said.roles.filter(({ name }) => name.startsWith("pg_") === is),
  );
  return [
    ...users.flatMap((user) => judgeUser(user, known.get(user.name), said)),
    ...groups.flatMap((name) =>
      judgeGroup({ of: "shared", name, ...mendedBy(name) }, known.get(name), reached, said),
    ),
    ...(servers ?? []).flatMap((role) => judgeServers(role, reached, said)),
    ...deviating(
      { of: "shared", name: everybody },
      { grants: asWanted },
      { grants: grants(everybody, said) },
    ),
    ...(others ?? []).filter(({ name }) => !own.has(name)).flatMap(judgeForeign),
  ];
}

/** The schemas that a user has rights in. */
function reachOf({ access, reach = usualSchemas }: DatabaseUserRights): readonly string[] {
  return access === "monitor" ? [] : reach;
}

function judgeUser(user: DatabaseUserRights, role: Role | undefined, said: Answer): Deviation[] {
  const { name, access } = user;
  const password = {
    ...{ of: "password" as const, name, user: name },
    ...{ what: "password", expected: "the state's password" },
  };
  if (!role) return [{ ...password, found: "no such role" }];
  const owner = access === "owner";
  const { reach = usualSchemas } = user;
  const creates = owner
    ? reach.filter((schema) => said.schemas.includes(schema)).map((schema) => `CREATE on schema ${schema}`)
    : [];
  const more = said.extra.filter((grant) => grant.role === name).map(({ may }) => may);
  const expected: Aspects = {
    attributes: "LOGIN",
    "most connections": String(connectionLimit),
    end: "none",
    settings: readOnlySetting(access),
    memberships: listed(groupsOfUser(user)),
    ownership: owner ? "tables" : "none",
    grants: asWanted,
  };
  // Of the objects in its database an owner has whichever it made.
  const owns = owner ? role.owns.filter((object) => object.startsWith("database ")) : role.owns;
  const found: Aspects = {
    ...aspects(role),
    ownership: owner && owns.length === 0 ? "tables" : listed(owns),
    grants: grantsAs(
      more.filter((may) => !creates.includes(may)),
      creates.filter((may) => !more.includes(may)),
    ),
  };
  const deviations = deviating({ of: "user", name, user: name }, expected, found);
  if (isPasswordOf(role, user.password)) return deviations;
  return [...deviations, { ...password, found: role.password === null ? "none" : "another" }];
}

function judgeGroup(
  about: Pick<Deviation, "of" | "name" | "mendedBy">,
  role: Role | undefined,
  reached: readonly string[],
  said: Answer,
): Deviation[] {
  const { name } = about;
  const expected = {
    attributes: "none",
    memberships: membershipsOf(name, reached),
    ownership: "none",
    grants: asWanted,
  };
  if (!role) return [{ ...about, what: "attributes", expected: "none", found: "no such role" }];
  const found = { ...aspects(role), ownership: listed(role.owns), grants: grants(name, said) };
  return deviating(about, expected, found);
}

/** The server's own roles can get rights and members, and nothing else. */
function judgeServers(role: Role, reached: readonly string[], said: Answer): Deviation[] {
  const { name } = role;
  const expected = { memberships: membershipsOf(name, reached), grants: asWanted };
  const found = { memberships: listed(role.memberOf), grants: grants(name, said) };
  return deviating({ of: "shared", name }, expected, found);
}

/** An account is one that can log in; a group that has nothing but its members' rights is of no use by itself. */
function judgeForeign(role: Role): Deviation[] {
  const attributes = role.attributes.filter((attribute) => attribute !== "NOINHERIT");
  if (!role.login && attributes.length === 0) return [];
  const off = ["NOLOGIN", "NOSUPERUSER", "NOCREATEDB", "NOCREATEROLE", "NOREPLICATION", "NOBYPASSRLS"];
  return [
    {
      of: "foreign",
      name: role.name,
      what: "foreign account",
      expected: "none",
      found: [role.login ? "LOGIN" : "NOLOGIN", ...attributes, ...role.memberOf].join(", "),
      lock: `ALTER ROLE ${identifier(role.name)} ${off.join(" ")}`,
    },
  ];
}

function aspects(role: Role): Aspects {
  return {
    attributes: [...(role.login ? ["LOGIN"] : []), ...role.attributes].join(", ") || "none",
    "most connections": String(role.connections),
    end: role.until ?? "none",
    settings: listed(role.settings),
    memberships: listed(role.memberOf),
  };
}

function grants(name: string, { extra, missing }: Answer): string {
  const of = (those: Grant[]) => those.filter(({ role }) => role === name).map(({ may }) => may);
  return grantsAs(of(extra), of(missing));
}

function membershipsOf(name: string, reached: readonly string[]): string {
  return listed(memberships(reached).flatMap(([group, member]) => (member === name ? [group] : [])));
}

/** Whether a role's hash is that of a password; RFC 5803, and PostgreSQL's older way. */
function isPasswordOf({ name, password: hash }: Role, password: string): boolean {
  if (hash?.startsWith("md5"))
    return hash === `md5${createHash("md5").update(`${password}${name}`).digest("hex")}`;
  const [, rounds, salt, stored] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):/.exec(hash ?? "") ?? [];
  if (!rounds || !salt || !stored) return false;
  const salted = pbkdf2Sync(password, Buffer.from(salt, "base64"), Number(rounds), 32, "sha256");
  const key = createHmac("sha256", salted).update("Client Key").digest();
  return createHash("sha256").update(key).digest("base64") === stored;
}
