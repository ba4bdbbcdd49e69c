import { identifier, literal, literals, monitors } from "./postgres-words";

/** Whose rights on objects are looked at: everybody's, the server's own roles', the groups', and those of `users`. */
interface Scope {
  /** A query of the users' roles by their `oid`. */
  users: string;
  /** Which of them may make tables, and where. */
  owner?: { name: string; schemas: readonly string[] };
}

/**
 * A query of what is wanted, by the kinds of `acldefault`: what the groups of each schema may do there, on the schema itself and
 * with the database, and where an owner may make tables. Which schemas have groups is the server's to say, so that one question
 * finds out about all users.
 */
function wishes(owner: Scope["owner"]): string {
  const inSchema = [
    ["r", "read", "SELECT"],
    ...["INSERT", "UPDATE", "DELETE"].map((privilege) => ["r", "write", privilege]),
    ...["USAGE", "SELECT"].map((privilege) => ["s", "write", privilege]),
    ["n", "read", "USAGE"],
  ];
  const rows = inSchema.map((wish) => `(${wish.map(literal).join(", ")})`).join(", ");
  return `
    grouped AS (
      SELECT g.oid AS role, substring(g.rolname FROM '^mcp_(read|write)') AS kind, n.oid AS schema
      FROM pg_roles g JOIN pg_namespace n
        ON n.nspname = coalesce(substring(g.rolname FROM '^mcp_(?:read|write)_(.*)$'), 'public')
      WHERE g.rolname ~ ${literal(schemaGroup)}
    ),
    wish AS (
      SELECT w.kind, g.role, w.privilege, g.schema
      FROM (VALUES ${rows}) AS w (kind, by, privilege) JOIN grouped g ON g.kind = w.by
      UNION SELECT 'd', g.oid, 'CONNECT', 0::oid FROM pg_roles g WHERE g.rolname ~ '^mcp_read(_.*)?$' OR g.rolname = ${literal(monitors)}
      ${
        owner === undefined
          ? ""
          : `UNION SELECT 'n', u.oid, 'CREATE', n.oid FROM pg_roles u, pg_namespace n
        WHERE u.rolname = ${literal(owner.name)} AND n.nspname IN (${literals(owner.schemas)})`
      }
    )`;
}

/** What the groups of schemas are called. */
export const schemaGroup = "^mcp_(read|write)(_.*)?$";

/**
 * Tables for a query: `extra`, rights on objects that go beyond the wishes and beyond what a new server or an extension gives,
 * `missing`, wishes that are not granted, and `future`, rights beyond the wishes on what is made later.
 */
export function grantTables({ users, owner }: Scope): string {
  return `
    acl (class, object, sub, kind, owner, place, acl) AS (
      SELECT 'pg_class'::regclass::oid, oid, 0, (CASE relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", relowner,
        relnamespace, relacl FROM pg_class WHERE relkind IN ('r', 'v', 'm', 'f', 'p', 'S')
      UNION ALL SELECT 'pg_class'::regclass::oid, c.oid, a.attnum::int, 'c'::"char", c.relowner, 0::oid, a.attacl
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE a.attacl IS NOT NULL
      ${Object.entries(catalogs)
        .map(
          ([kind, [catalog, prefix, place = "0::oid"]]) => `
      UNION ALL SELECT '${catalog.replace("_metadata", "")}'::regclass::oid, oid, 0, '${kind}'::"char", ${prefix === "par" ? "10::oid" : ownerColumn(prefix)},
        ${place}, ${prefix}acl FROM ${catalog}`,
        )
        .join("")}
    ),
    scope AS (
      SELECT 0::oid AS oid
      UNION SELECT oid FROM pg_roles
        WHERE rolname ~ '^pg_' OR rolname ~ ${literal(schemaGroup)} OR rolname = ${literal(monitors)}
      UNION ${users}
    ),
    ${wishes(owner)},
    wanted AS (
      SELECT a.class, a.object, a.sub, w.role AS grantee, w.privilege AS privilege_type, false AS is_grantable
      FROM wish w JOIN acl a ON a.kind = w.kind::"char" AND a.place =
        CASE w.kind WHEN 'd' THEN (SELECT oid FROM pg_database WHERE datname = current_database()) ELSE w.schema END
      WHERE w.role <> a.owner
    ),
    actual AS (
      SELECT a.class, a.object, a.sub, x.grantee, x.privilege_type, x.is_grantable
      FROM acl a CROSS JOIN LATERAL aclexplode(a.acl) x
      WHERE x.grantee <> a.owner AND x.grantee IN (SELECT oid FROM scope)
    ),
    usual AS (
      SELECT a.class, a.object, a.sub, x.grantee, x.privilege_type, x.is_grantable
      FROM acl a LEFT JOIN pg_init_privs i ON (i.classoid, i.objoid, i.objsubid) = (a.class, a.object, a.sub)
        CROSS JOIN LATERAL aclexplode(coalesce(i.initprivs, acldefault(a.kind, a.owner))) x
      WHERE a.acl IS NOT NULL
    ),
    extra AS (TABLE actual EXCEPT (TABLE usual UNION TABLE wanted)),
    missing AS (
      SELECT class, object, sub, grantee, privilege_type FROM wanted
      EXCEPT SELECT class, object, sub, grantee, privilege_type FROM actual
    ),
    future AS (
      SELECT d.defaclrole, d.defaclnamespace, d.defaclobjtype, x.grantee, x.privilege_type
      FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) x
      WHERE x.grantee <> d.defaclrole AND x.grantee IN (SELECT oid FROM scope)
        AND NOT (d.defaclnamespace <> 0 AND NOT x.is_grantable AND EXISTS (
          SELECT FROM wish w WHERE w.role = x.grantee AND w.schema = d.defaclnamespace
            AND w.kind = lower(d.defaclobjtype::text) AND w.privilege = x.privilege_type))
      EXCEPT
      SELECT d.defaclrole, d.defaclnamespace, d.defaclobjtype, x.grantee, x.privilege_type
      FROM pg_default_acl d CROSS JOIN LATERAL
        aclexplode(acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's' ELSE d.defaclobjtype END, d.defaclrole)) x
      WHERE d.defaclnamespace = 0
    )`;
}

/** Catalogs of what rights are given on, by the kinds of `acldefault`: their names, their columns' prefix, and what they are in. */
const catalogs: Record<string, readonly [catalog: string, prefix: string, place?: string]> = {
  n: ["pg_namespace", "nsp", "oid"],
  d: ["pg_database", "dat", "oid"],
  f: ["pg_proc", "pro"],
  T: ["pg_type", "typ"],
  l: ["pg_language", "lan"],
  F: ["pg_foreign_data_wrapper", "fdw"],
  S: ["pg_foreign_server", "srv"],
  t: ["pg_tablespace", "spc"],
  L: ["pg_largeobject_metadata", "lom"], // known to the server's functions as pg_largeobject
  p: ["pg_parameter_acl", "par"],
};

function ownerColumn(prefix: string): string {
  return prefix === "dat" ? "datdba" : `${prefix}owner`;
}

/** A role of a grant: quoted for a statement, and by its name. */
const grantee = "CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END";
const granteeName = "coalesce((SELECT rolname FROM pg_roles WHERE oid = grantee), 'PUBLIC')";

/** A query of the statements that take away what `extra` and `future` have; they are of no use to anybody but `postgres`. */
export const undoing = `
  SELECT format('REVOKE %s%s ON %s FROM %s CASCADE', privilege_type,
    CASE WHEN sub > 0
      THEN format(' (%I)', (SELECT attname FROM pg_attribute WHERE attrelid = object AND attnum = sub)) END,
    CASE class
      WHEN 'pg_class'::regclass THEN
        CASE (SELECT relkind FROM pg_class WHERE oid = object) WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END
          || object::regclass
      WHEN 'pg_namespace'::regclass THEN 'SCHEMA ' || object::regnamespace
      WHEN 'pg_database'::regclass THEN (SELECT format('DATABASE %I', datname) FROM pg_database WHERE oid = object)
      WHEN 'pg_proc'::regclass THEN 'ROUTINE ' || object::regprocedure
      WHEN 'pg_type'::regclass THEN 'TYPE ' || object::regtype
      WHEN 'pg_language'::regclass THEN (SELECT format('LANGUAGE %I', lanname) FROM pg_language WHERE oid = object)
      WHEN 'pg_foreign_data_wrapper'::regclass THEN
        (SELECT format('FOREIGN DATA WRAPPER %I', fdwname) FROM pg_foreign_data_wrapper WHERE oid = object)
      WHEN 'pg_foreign_server'::regclass THEN
        (SELECT format('FOREIGN SERVER %I', srvname) FROM pg_foreign_server WHERE oid = object)
      WHEN 'pg_tablespace'::regclass THEN
        (SELECT format('TABLESPACE %I', spcname) FROM pg_tablespace WHERE oid = object)
      WHEN 'pg_largeobject'::regclass THEN 'LARGE OBJECT ' || object
      ELSE (SELECT 'PARAMETER ' || parname FROM pg_parameter_acl WHERE oid = object)
    END, ${grantee})
  FROM extra
  UNION ALL SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %s %s REVOKE %s ON %s FROM %s', defaclrole::regrole,
    CASE WHEN defaclnamespace <> 0 THEN 'IN SCHEMA ' || defaclnamespace::regnamespace END, privilege_type,
    CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'ROUTINES' WHEN 'T' THEN 'TYPES'
      ELSE 'SCHEMAS' END, ${grantee})
  FROM future`;

/** The most rows of a kind that are told of; whoever has more finds them by mending these. */
const mostRows = 200;

/** Expressions that give `extra` (with `future`) and `missing` as JSON: rows of a role's name and what it may do, in words. */
export const toldGrants = {
  extra: rowsOf(`
    SELECT ${granteeName} AS role, privilege_type || ' on ' || pg_describe_object(class, object, sub)
      || CASE WHEN is_grantable THEN ', and may grant it' ELSE '' END AS may FROM extra
    UNION ALL SELECT ${granteeName}, format('%s on what %s makes later', privilege_type, defaclrole::regrole) FROM future
    UNION ALL SELECT 'PUBLIC', x.privilege_type || ' on database ' || datname
      FROM pg_database CROSS JOIN LATERAL aclexplode(coalesce(datacl, acldefault('d', datdba))) x
      WHERE x.grantee = 0 AND (datname = current_database() OR (datname = 'postgres' AND x.privilege_type = 'CONNECT'))`),
  missing: rowsOf(`
    SELECT ${granteeName} AS role, privilege_type || ' on ' || pg_describe_object(class, object, sub) AS may FROM missing`),
};

function rowsOf(query: string): string {
  const limited = `SELECT * FROM (${query}) AS every ORDER BY 1, 2 LIMIT ${mostRows}`;
  return `(SELECT coalesce(json_agg(told), '[]') FROM (${limited}) AS told)`;
}

/** Users' roles by their names. */
export function rolesNamed(names: readonly string[]): string {
  return `SELECT oid FROM pg_roles WHERE rolname IN (${literals(names)})`;
}

/** All who are in one of the groups. */
export const groupMembers = `
  SELECT m.member FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
  WHERE g.rolname ~ ${literal(schemaGroup)} OR g.rolname = ${literal(monitors)}`;

/** Rights that everybody has from the start, and nobody is to have here. */
export function closed(database: string): string {
  return `
    REVOKE ALL ON DATABASE ${identifier(database)} FROM PUBLIC;
    REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;`;
}
