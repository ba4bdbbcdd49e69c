import type { Lane } from "../../run/permits";

/** This file's, from test/run/environment.ts. */
declare const lane: Lane;

/** Waits for what costs nobody anything, an alert for one, while another file works in the place of this one. */
export const idle = <T>(wait: () => Promise<T>): Promise<T> => lane.lend(wait);

/** Lets files work that have waited for it. */
export const otherFilesFirst = (): Promise<void> => lane.lend(async () => undefined);
