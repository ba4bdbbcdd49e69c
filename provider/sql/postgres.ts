import { closed, grantTables, rolesNamed, undoing } from "./postgres-grants";
import {
  connectionLimit,
  groupsOf,
  groupsOfSchema,
  groupsOfUser,
  identifier,
  literal,
  literals,
  memberships,
  monitors,
  readOnlySetting,
  usualSchemas,
} from "./postgres-words";
import type { DatabaseUserRights } from "./rights";

/** What no role of the stack may do. */
const powerless = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";

/**
 * Statements that bring a user of PostgreSQL to its rights, whatever they were before. Rights are given on schemas and not by
 * `pg_read_all_data`, which would show the password hashes of all users. A schema that is not there is left out: its group has
 * its rights from when it is.
 */
export function grantPostgresUser(rights: DatabaseUserRights): string {
  const { name, database, access, password, reach = usualSchemas } = rights;
  const user = identifier(name);
  const db = identifier(database);
  const owner = access === "owner";
  const schemas = access === "monitor" ? [] : reach;
  const groups = groupsOf(schemas);
  return `
    SELECT pg_advisory_xact_lock(hashtext('mcp database users'));
    -- A statement that fails is logged with its text, and so would be the password.
    SET log_min_error_statement = panic;
    SET log_statement = 'none';
    ${[...groups, name].map(createRole).join(" ")}
    ${groups.map((one) => `ALTER ROLE ${identifier(one)} NOLOGIN INHERIT ${powerless};`).join(" ")}
    ALTER ROLE ${user} LOGIN INHERIT PASSWORD ${literal(password)} VALID UNTIL 'infinity'
      ${powerless} CONNECTION LIMIT ${connectionLimit};
    ${undo(rights)}
    REASSIGN OWNED BY ${[...groups, ...(owner ? [] : [name])].map(identifier).join(", ")} TO postgres;
    ${closed(database)}
    GRANT CONNECT ON DATABASE ${db} TO ${monitors};
    GRANT pg_monitor TO ${monitors};
    ${schemas.map((schema) => openSchema(schema, db, owner ? name : undefined)).join("")}
    GRANT ${groupsOfUser(rights).map(identifier).join(", ")} TO ${user};
    ALTER ROLE ${user} RESET ALL;
    ALTER ROLE ${user} SET ${readOnlySetting(access).replace("=", " = ")};
  `;
}

/** Gives a schema's groups their rights there, on what is there and on what is made later, and an owner that of making tables. */
function openSchema(schema: string, database: string, owner: string | undefined): string {
  const { readers, writers } = groupsOfSchema(schema);
  const [place, reading, writing] = [schema, readers, writers].map(identifier);
  const statements = [
    `GRANT USAGE ON SCHEMA ${place} TO ${reading}`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${place} TO ${reading}`,
    `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${place} TO ${writing}`,
    `GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${place} TO ${writing}`,
    ...["postgres", ...(owner === undefined ? [] : [owner])].flatMap((maker) => {
      const later = `ALTER DEFAULT PRIVILEGES FOR ROLE ${identifier(maker)} IN SCHEMA ${place} GRANT`;
      return [
        `${later} SELECT ON TABLES TO ${reading}`,
        `${later} INSERT, UPDATE, DELETE ON TABLES TO ${writing}`,
        `${later} USAGE, SELECT ON SEQUENCES TO ${writing}`,
      ];
    }),
    ...(owner === undefined ? [] : [`GRANT CREATE ON SCHEMA ${place} TO ${identifier(owner)}`]),
  ];
  return `
    GRANT CONNECT ON DATABASE ${database} TO ${reading};
    GRANT ${reading} TO ${writing};
    DO $open$ BEGIN IF EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(schema)}) THEN
      ${statements.map((statement) => `${statement};`).join("\n      ")}
    END IF; END $open$;`;
}

/** Statements that lock a user out and end its sessions; what it owns stays. */
export function disablePostgresUser(user: DatabaseUserRights): string {
  return `ALTER ROLE ${identifier(user.name)} NOLOGIN; ${endPostgresSessions(user)}`;
}

/** A statement that ends a user's sessions: one that began as a superuser's may become any other user for good. */
export function endPostgresSessions({ name }: DatabaseUserRights): string {
  return `DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${literal(name)}; END $$;`;
}

/** Takes away what the user and what all users have their rights from have beyond these; what is right is left alone. */
function undo(rights: DatabaseUserRights): string {
  const { name, access, reach: schemas = usualSchemas } = rights;
  const reach = access === "monitor" ? [] : schemas;
  const belong = [...memberships(reach), ...groupsOfUser(rights).map((group) => [group, name] as const)];
  const allowed = belong.map((pair) => `(${literals(pair)})`).join(", ");
  const owner = access === "owner" ? { owner: { name, schemas: reach } } : {};
  const scope = { users: rolesNamed([name]), ...owner };
  return `
    DO $$ DECLARE undo text; BEGIN FOR undo IN
      SELECT format('REVOKE %I FROM %I GRANTED BY %s CASCADE', g.rolname, u.rolname, a.grantor::regrole)
      FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles u ON u.oid = a.member
      WHERE (u.rolname ~ '^pg_' OR u.rolname IN (${literals([...groupsOf(reach), name])}))
        AND (a.admin_option OR NOT a.inherit_option OR NOT a.set_option OR (g.rolname, u.rolname) NOT IN (${allowed}))
      UNION ALL SELECT format('ALTER ROLE %I IN DATABASE %I RESET ALL', u.rolname, d.datname)
      FROM pg_db_role_setting s JOIN pg_roles u ON u.oid = s.setrole JOIN pg_database d ON d.oid = s.setdatabase
      WHERE u.rolname = ${literal(name)}
      UNION ALL SELECT format('ALTER DATABASE %I OWNER TO postgres', datname)
      FROM pg_database d JOIN pg_roles u ON u.oid = d.datdba WHERE u.rolname = ${literal(name)}
      UNION ALL SELECT * FROM (WITH ${grantTables(scope)} ${undoing}) AS grants
    LOOP EXECUTE undo; END LOOP; END $$;`;
}

function createRole(name: string): string {
  const missing = `NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal(name)})`;
  return `DO $$ BEGIN IF ${missing} THEN CREATE ROLE ${identifier(name)} NOLOGIN; END IF; END $$;`;
}
