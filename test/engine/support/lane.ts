import type { Lend } from "../../run/permits";

/** This file's, from test/run/environment.ts. */
declare const lend: Lend;

/** Waits for what costs nobody anything, an alert for one, while another file works in the place of this one. */
export const idle: Lend = (wait) => lend(wait);

/** Lets files work that have waited for it. */
export const otherFilesFirst = (): Promise<void> => lend(async () => undefined);
