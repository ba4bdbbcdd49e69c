import { SqlError } from "mariadb";
import { describeFailure } from "../src/errors";

/** An error as MariaDB's driver makes it, with the statement and the connection in its message. */
function driverError(said: string, errno: number, fatal: boolean, sqlState: string): Error {
  const Made = SqlError as unknown as new (...given: unknown[]) => Error;
  return new Made(said, "SELECT 'geheim'", fatal, { threadId: 7 }, sqlState, errno);
}

test.each([
  [
    "socket has unexpectedly been closed",
    ...([45009, true, "08S01"] as const),
    "The database can't be reached: socket has unexpectedly been closed",
  ],
  ["Unknown column 'a' in 'SELECT'", 1054, false, "42S22", "SQLSTATE 42S22: Unknown column 'a' in 'SELECT'"],
])("%j comes without the statement and the driver's numbers", (said, errno, fatal, sqlState, told) => {
  const error = driverError(said, errno, fatal, sqlState);
  expect(error.message).toMatch(/conn:7.*\nsql: SELECT 'geheim'/);
  expect(describeFailure(error, "")).toBe(told);
});
