import type { IncomingMessage } from "node:http";
import { isKeyOf } from "../access/api-keys";
import type { Status } from "../config/configuration";
import { redacted } from "../config/redact";
import { restartSettings } from "../config/restart";
import { errorCode, RpcError } from "../protocol/jsonrpc";
import { keyOf } from "./request";

/** Where the configuration in force can be read. */
export const configPath = "/config";

/**
 * The configuration in force, without its secrets; how it came to be; and what is wrong with the last one that was
 * refused.
 * @throws RpcError with status 401 where the request has no admin key.
 */
export function showConfiguration(request: IncomingMessage, configuration: Status): unknown {
  const { settings, version, refusal, outcomes } = configuration;
  if (!isKeyOf(keyOf(request) ?? "", settings.adminKeys)) {
    throw new RpcError(errorCode.unauthorized, "Not authenticated: this takes one of adminKeys", 401);
  }
  return {
    version,
    reloads: outcomes,
    refused: refusal ?? null,
    restartFor: restartSettings,
    settings: redacted(settings),
  };
}
