import { textMendedBy } from "./mariadb/old-text";
import { ToldError } from "./told-error";
import { UnknownNameError } from "./unknown-name";

/** What the drivers' errors may hold besides a message. */
interface DatabaseFailure extends Error {
  code?: string;
  sqlState?: string;
  errno?: number;
  fatal?: boolean;
  sqlMessage?: string;
  detail?: string;
  hint?: string;
  position?: string;
  errors?: Error[];
}

/**
 * A failed statement in words a client can act on: the database's SQLSTATE, message, detail and hint, and nothing of
 * the connection, and the setting that opens what is out of reach. Should the password stand in a message for any reason, it is taken out.
 */
export function describeFailure(error: unknown, password: string, reachSetting?: string): string {
  const text = explain(error, reachSetting);
  return password === "" ? text : text.replaceAll(password, "***");
}

function explain(error: unknown, reachSetting: string | undefined): string {
  if (!(error instanceof Error)) return "The statement failed";
  if (error instanceof UnknownNameError && error.what === "schema" && reachSetting)
    return `${error.message}\nHint: ${openedBy(reachSetting)}`;
  if (error instanceof ToldError) return error.message;
  const failure = error as DatabaseFailure;
  const state = stateOf(failure);
  if (state === undefined) return `The database can't be reached: ${connectionFailure(failure)}`;
  const parts = [`SQLSTATE ${state}: ${failure.sqlMessage ?? failure.message}`];
  if (failure.detail) parts.push(`Detail: ${failure.detail}`);
  const hint = failure.hint ?? textMendedBy(failure) ?? opened(failure, reachSetting);
  if (hint) parts.push(`Hint: ${hint}`);
  if (failure.position) parts.push(`At character ${failure.position} of the statement`);
  return parts.join("\n");
}

/**
 * What a failure is called, for the log: the SQLSTATE, and the code of MariaDB or of what keeps the database out of reach. Never a
 * message: those repeat values of the statement and of the rows.
 */
export function namesOf(error: unknown): Record<string, string> {
  if (!(error instanceof Error)) return {};
  if (error instanceof ToldError) return { reason: error.reason };
  const failure = error as DatabaseFailure;
  const state = stateOf(failure);
  const code = failure.code ?? failure.errors?.map((one) => (one as DatabaseFailure).code).find(Boolean);
  return {
    ...(state === undefined ? {} : { sqlstate: state }),
    ...(code !== undefined && code !== state && /^[A-Z0-9_]+$/.test(code) ? { code } : {}),
  };
}

/** The SQLSTATE of a statement that the database refused; undefined where it is the connection that failed. */
function stateOf(failure: DatabaseFailure): string | undefined {
  if (lost(failure)) return undefined;
  return failure.sqlState ?? (/^[0-9A-Z]{5}$/.test(failure.code ?? "") ? failure.code : undefined);
}

/** What opens a schema or a database that the user may not reach; undefined for all other failures. */
function opened({ sqlMessage, message }: DatabaseFailure, setting: string | undefined): string | undefined {
  const said = sqlMessage ?? message;
  const outOfReach =
    /^permission denied for schema /.test(said) ||
    /^Access denied for user .* to database /.test(said) ||
    /^SELECT command denied to user /.test(said);
  return outOfReach && setting ? openedBy(setting) : undefined;
}

function openedBy(setting: string): string {
  return `what this server may reach is the setting ${setting} of its stack`;
}

/** MariaDB's driver gives a SQLSTATE and numbers from 45000 to its own troubles with the connection, too. */
function lost({ fatal, errno, code }: DatabaseFailure): boolean {
  return fatal === true && ((errno ?? 0) >= 45_000 || !code?.startsWith("ER_"));
}

/**
 * MariaDB's driver puts its number for the connection and the statement into an error's message. Node joins the failures of a name's
 * several addresses in one error that has no message of its own.
 */
function connectionFailure(failure: DatabaseFailure): string {
  return (
    failure.sqlMessage ||
    failure.message ||
    failure.errors?.map(({ message }) => message).join("; ") ||
    failure.code ||
    "unknown reason"
  );
}
