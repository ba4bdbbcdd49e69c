import type { DatabaseAccess } from "../../topology/types";
import type { DatabaseUserRights } from "./dialects";

/** Groups that hold the rights; users only belong to them, so that a table made later is covered as well. */
const readers = "mcp_read";
const writers = "mcp_write";
/** Reads statistics of the whole server, and no row of any table. */
const monitors = "mcp_monitor";

const groupOf: Record<DatabaseAccess, string> = {
  read: readers,
  write: writers,
  owner: writers,
  monitor: monitors,
};

/**
 * Statements that bring a user of PostgreSQL to its rights, whatever they were before. Rights are given on the schema
 * `public` and not by `pg_read_all_data`, which would show the password hashes of all users.
 */
export function grantPostgresUser({ name, database, access, password }: DatabaseUserRights): string {
  const user = identifier(name);
  const db = identifier(database);
  const group = groupOf[access];
  const readOnly = access === "read" || access === "monitor";
  return `
    SELECT pg_advisory_xact_lock(hashtext('mcp database users'));
    -- A statement that fails is logged with its text, and so would be the password.
    SET log_min_error_statement = panic;
    SET log_statement = 'none';
    ${createRole(readers)} ${createRole(writers)} ${createRole(monitors)} ${createRole(name)}
    REVOKE ALL ON DATABASE ${db} FROM PUBLIC;
    REVOKE CONNECT ON DATABASE postgres FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    GRANT CONNECT ON DATABASE ${db} TO ${readers}, ${monitors};
    GRANT pg_monitor TO ${monitors};
    GRANT USAGE ON SCHEMA public TO ${readers};
    GRANT ${readers} TO ${writers};
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${readers};
    GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${writers};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ${writers};
    ${futureTables("postgres")}
    ALTER ROLE ${user} LOGIN PASSWORD ${literal(password)}
      NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT 32;
    REVOKE ${readers}, ${writers}, ${monitors} FROM ${user};
    GRANT ${group} TO ${user};
    ${
      access === "owner"
        ? `GRANT CREATE ON SCHEMA public TO ${user}; ${futureTables(user)}`
        : `REVOKE CREATE ON SCHEMA public FROM ${user}; REASSIGN OWNED BY ${user} TO postgres;`
    }
    ALTER ROLE ${user} SET default_transaction_read_only = ${readOnly ? "on" : "off"};
  `;
}

/** Statements that lock a user out and end its sessions; what it owns stays. */
export function disablePostgresUser({ name }: DatabaseUserRights): string {
  return `
    ALTER ROLE ${identifier(name)} NOLOGIN;
    DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ${literal(name)}; END $$;
  `;
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

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
}
