import { closed, grantTables, rolesNamed, undoing } from "./postgres-grants";
import {
  connectionLimit,
  groupOf,
  groups,
  identifier,
  literal,
  literals,
  memberships,
  monitors,
  readers,
  readOnlySetting,
  writers,
} from "./postgres-words";
import type { DatabaseUserRights } from "./rights";

/** What no role of the stack may do. */
const powerless = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS";

/**
 * Statements that bring a user of PostgreSQL to its rights, whatever they were before. Rights are given on the schema
 * `public` and not by `pg_read_all_data`, which would show the password hashes of all users.
 */
export function grantPostgresUser(rights: DatabaseUserRights): string {
  const { name, database, access, password } = rights;
  const user = identifier(name);
  const db = identifier(database);
  const group = groupOf[access];
  const owner = access === "owner";
  return `
    SELECT pg_advisory_xact_lock(hashtext('mcp database users'));
    -- A statement that fails is logged with its text, and so would be the password.
    SET log_min_error_statement = panic;
    SET log_statement = 'none';
    ${[...groups, name].map(createRole).join(" ")}
    ${groups.map((one) => `ALTER ROLE ${one} NOLOGIN INHERIT ${powerless};`).join(" ")}
    ALTER ROLE ${user} LOGIN INHERIT PASSWORD ${literal(password)} VALID UNTIL 'infinity'
      ${powerless} CONNECTION LIMIT ${connectionLimit};
    ${undo(rights)}
    REASSIGN OWNED BY ${[...groups, ...(owner ? [] : [user])].join(", ")} TO postgres;
    ${closed(database)}
    GRANT CONNECT ON DATABASE ${db} TO ${readers}, ${monitors};
    GRANT pg_monitor TO ${monitors};
    GRANT USAGE ON SCHEMA public TO ${readers};
    GRANT ${readers} TO ${writers};
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${readers};
    GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${writers};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${writers};
    ${futureTables("postgres")}
    GRANT ${group} TO ${user};
    ${owner ? `GRANT CREATE ON SCHEMA public TO ${user}; ${futureTables(user)}` : ""}
    ALTER ROLE ${user} RESET ALL;
    ALTER ROLE ${user} SET ${readOnlySetting(access).replace("=", " = ")};
  `;
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
function undo({ name, access }: DatabaseUserRights): string {
  const belong = [...memberships, [groupOf[access], name] as const];
  const allowed = belong.map((pair) => `(${literals(pair)})`).join(", ");
  const scope = { users: rolesNamed([name]), ...(access === "owner" ? { owner: name } : {}) };
  return `
    DO $$ DECLARE undo text; BEGIN FOR undo IN
      SELECT format('REVOKE %I FROM %I GRANTED BY %s CASCADE', g.rolname, u.rolname, a.grantor::regrole)
      FROM pg_auth_members a JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles u ON u.oid = a.member
      WHERE (u.rolname ~ '^pg_' OR u.rolname IN (${literals([...groups, name])}))
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

/** Rights on tables that `owner` makes from now on. */
function futureTables(owner: string): string {
  const inPublic = `ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} IN SCHEMA public GRANT`;
  return `
    ${inPublic} SELECT ON TABLES TO ${readers};
    ${inPublic} INSERT, UPDATE, DELETE ON TABLES TO ${writers};
    ${inPublic} USAGE, SELECT ON SEQUENCES TO ${writers};`;
}
