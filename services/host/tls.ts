import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext, type Server } from "node:tls";
import { describeError, type Logger } from "./log";
import { watchFiles } from "./watch-files";

/** A server's certificate with its key, and the authorities that clients' certificates may be from; all as PEM. */
export interface Tls {
  ca: string;
  cert: string;
  key: string;
}

const fileNames = { ca: "ca.pem", cert: "cert.pem", key: "key.pem" } as const;

/** How often the files are looked at. */
const everyMs = 2000;

/**
 * What a folder has of them now. It may be a link that leads to another folder from one moment to the next, so its files
 * are read from where it leads first.
 * @throws where a file can't be read, or the three don't go together.
 */
export function readTls(folder: string): Tls {
  const real = realpathSync(folder);
  const read = (name: string) => readFileSync(join(real, name), "utf8");
  const tls = { ca: read(fileNames.ca), cert: read(fileNames.cert), key: read(fileNames.key) };
  createSecureContext(tls);
  return tls;
}

/**
 * Has a server take over what is put into the folder as it runs; connections that are open keep what they have. What
 * can't be used is told in the log, and what was used before stays.
 * @returns stops it.
 */
export function followTls(folder: string, server: Server, log: Logger): () => void {
  const files = () => Object.values(fileNames).map((name) => join(folder, name));
  return watchFiles(files, everyMs, () => {
    try {
      server.setSecureContext({ ...readTls(folder), minVersion: "TLSv1.2" });
      log.info("certificate taken over");
    } catch (error) {
      log.error("certificate refused; the one before stays", { folder, ...describeError(error) });
    }
  });
}
