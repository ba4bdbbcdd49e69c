import { SettingsError } from "../config/errors";
import { CannotTell } from "../drift/types";
import { DockerError } from "../engine/docker";
import { UnhealthyError } from "../engine/health";
import { ImagesError } from "../imaging/errors"; // and not all of that folder, for every command
import { UsageError } from "./arguments";
import { noEngine } from "./no-engine";
import { SetupError } from "./setup/step";

/** What a command that failed tells its user, and its exit code: 2 for how it was called, 1 for what it met. */
export function failure(error: unknown): { message: unknown; code: number } {
  if (error instanceof UsageError || error instanceof SettingsError)
    return { message: error.message, code: 2 };
  if (error instanceof DockerError) return { message: engineFailure(error), code: 1 };
  const told = [SetupError, ImagesError, UnhealthyError, CannotTell].some((kind) => error instanceof kind);
  return { message: told ? (error as Error).message : error, code: 1 };
}

function engineFailure(error: DockerError): string {
  const missing =
    /cannot connect to the docker daemon|error during connect|failed to open the raw stream connection|failed to connect to the docker api|ENOENT/i;
  if (!missing.test(error.stderr)) return error.message;
  return noEngine();
}
