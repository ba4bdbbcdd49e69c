import { createSecureContext } from "node:tls";

/** Certificates and a key, as PEM. */
export interface Pem {
  ca?: string;
  cert?: string;
  key?: string;
}

/** What is wrong with certificates and their key, as the end of a sentence; undefined where they can be used. */
export function tlsProblem({ ca, cert, key }: Pem): string | undefined {
  if ((cert === undefined) !== (key === undefined)) return "needs the certificate and its key, both or none";
  try {
    createSecureContext({ ca, cert, key });
    return undefined;
  } catch (error) {
    return `can't be used: ${(error as Error).message}`;
  }
}
