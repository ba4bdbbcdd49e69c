import { allServices } from "../topology/services";
import type { Service, Tier } from "../topology/types";
import { nginxConfig } from "./nginx";
import { indexPage, unavailablePage } from "./pages";
import { stateScript } from "./state-script";

/** The user that the web entry knows. */
export const webUser = "admin";

/** Where the web entry's configuration is in its container; the image's own is not used. */
export const webFolder = "/etc/mcp-web";

/** The port that the web entry listens on. */
export const webPort = 8080;

const passwordFile = "/tmp/htpasswd";

/**
 * Starts nginx with the password from the environment. nginx reads passwords from files only: this one is in memory, and
 * the password is in no argument and in no process's environment afterwards.
 */
export const webEntrypoint = [
  "sh",
  "-c",
  [
    `umask 077`,
    `printf '${webUser}:{PLAIN}%s\\n' "$WEB_PASSWORD" >${passwordFile}`,
    `unset WEB_PASSWORD`,
    `exec nginx -e /dev/stderr -c ${webFolder}/nginx.conf`,
  ].join(" && "),
];

/** A service whose pages the web entry leads to. */
export type WebService = Service & Required<Pick<Service, "web">>;

/** The files that the web entry serves from and is configured with. */
export function webFiles(stack: string, tiers: readonly Tier[]): Record<string, string> {
  const services = allServices({ tiers }).filter(hasPages);
  return {
    "nginx.conf": nginxConfig(services, { port: webPort, folder: webFolder, passwordFile }),
    "index.html": indexPage(stack, tiers, services),
    "unavailable.html": unavailablePage(),
    [stateScript.path.slice(1)]: stateScript.text,
  };
}

function hasPages(service: Service): service is WebService {
  return service.web !== undefined;
}
