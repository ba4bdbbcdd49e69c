import type { Settings } from "../config/schema";
import type { ServiceTemplate } from "./service";

/** Where a service finds its certificate, and the authorities that it believes. */
export const tlsFolder = "/etc/mcp-tls";

/** The files there: of the authorities, of its own certificate, and of the key that only its user may read. */
export const tlsFileNames = { ca: "ca.pem", certificate: "cert.pem", key: "key.pem" } as const;

const currentFolder = `${tlsFolder}/current`;
const inFolder = (file: string) => `${currentFolder}/${file}`;

/** The same with their whole paths; they are exchanged as a program runs. */
export const tlsFiles = {
  folder: currentFolder,
  ca: inFolder(tlsFileNames.ca),
  certificate: inFolder(tlsFileNames.certificate),
  key: inFolder(tlsFileNames.key),
};

/**
 * Port of the loopback on which a server over TLS tells its own container's health check how it is: above those that the
 * kernel hands out by itself, and hardly one that a hosted server takes.
 */
export const loopbackHealthPort = 61_000;

/** Whether a stack's services talk over TLS. The devcontainer cluster's don't: its databases and tools are for one person's machine. */
export function hasTls({ system, tls }: Settings): boolean {
  return system === "tekup" && tls.enabled;
}

/** A certificate to be called by, or to call with; nothing where the stack has none. */
export function certificateFor(
  settings: Settings,
  usage: "server" | "client",
): Pick<ServiceTemplate, "certificate"> {
  return hasTls(settings) ? { certificate: { path: tlsFolder, usages: [usage] } } : {};
}
