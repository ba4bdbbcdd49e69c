import { isObject, type Params } from "../protocol/jsonrpc";
import { metaKey, metaOf, missingKey } from "../protocol/meta";
import { modernVersion } from "../protocol/versions";
import { gatewayInfo } from "../upstream/discover";
import type { Missing } from "./lists";

/** What servers said about themselves, as one. */
export interface Description {
  capabilities: Params;
  instructions?: string;
  serverInfo: Params;
  missing: Missing[];
}

/** The results of `initialize` or `server/discover` of one server, as one description. */
export function descriptionOf(result: Params): Description {
  const info = result.serverInfo ?? metaOf(result)[metaKey.serverInfo];
  return {
    capabilities: isObject(result.capabilities) ? result.capabilities : {},
    ...(typeof result.instructions === "string" ? { instructions: result.instructions } : {}),
    serverInfo: isObject(info) ? info : gatewayInfo,
    missing: [],
  };
}

/** Capabilities whose requests a name or a URI leads to one server. Others can't be had from all servers at once. */
const routed = ["completions", "logging", "prompts", "resources", "tools"];

/** Capabilities that are lists: of all servers together they change with the servers, which the gateway itself tells of. */
const lists = ["prompts", "resources", "tools"];

/** All servers as one: what any of them can do, and what each says about how to use it. */
export function mergedDescription(
  parts: readonly { server: string; value: Params }[],
  missing: Missing[],
): Description {
  const capabilities: Params = {};
  const instructions: string[] = [];
  for (const { server, value } of parts) {
    const own = descriptionOf(value);
    for (const name of routed) {
      const capability = own.capabilities[name];
      if (isObject(capability))
        capabilities[name] = {
          ...(capabilities[name] as Params),
          ...truths(capability),
          ...(lists.includes(name) ? { listChanged: true } : {}),
        };
    }
    if (own.instructions) instructions.push(`# ${server}\n\n${own.instructions}`);
  }
  return {
    capabilities,
    ...(instructions.length > 0 ? { instructions: instructions.join("\n\n") } : {}),
    serverInfo: gatewayInfo,
    missing,
  };
}

/** A description as the result of `server/discover`. */
export function asDiscovery({ capabilities, instructions, serverInfo, missing }: Description): Params {
  return {
    resultType: "complete",
    supportedVersions: [modernVersion],
    capabilities,
    ...(instructions === undefined ? {} : { instructions }),
    ttlMs: 0,
    cacheScope: "private",
    _meta: { [metaKey.serverInfo]: serverInfo, ...missingMeta(missing) },
  };
}

/** A description as the result of `initialize`. */
export function asInitialization(description: Description, protocolVersion: string): Params {
  const { capabilities, instructions, serverInfo, missing } = description;
  return {
    protocolVersion,
    capabilities,
    serverInfo,
    ...(instructions === undefined ? {} : { instructions }),
    ...(missing.length > 0 ? { _meta: missingMeta(missing) } : {}),
  };
}

function missingMeta(missing: readonly Missing[]): Params {
  return missing.length > 0 ? { [missingKey]: missing } : {};
}

/** `false` of one server must not take back what another has. */
function truths(capability: Params): Params {
  return Object.fromEntries(Object.entries(capability).filter(([, value]) => value !== false));
}
