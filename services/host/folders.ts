import { posix } from "node:path";
import { list } from "./environment";

/**
 * Folders in a variable: absolute, comma-separated; a slash at the end of one is dropped.
 * @param purpose what the folders are for, as the end of a sentence that asks to name them: `that are to be searched`.
 */
export const folderList = (purpose: string) =>
  list
    .transform((paths) => paths.map((path) => path.replace(/(?<=.)\/+$/, "")))
    .refine((paths) => paths.every((path) => path.startsWith("/") && posix.normalize(path) === path), {
      error: "must be absolute paths without . and .., separated by commas, for example /projects,/docs",
    })
    .refine((paths) => !paths.some((path) => /^\/($|(proc|sys|dev)(\/|$))/.test(path)), {
      error: `must not be / or the kernel's own /proc, /sys or /dev: name the folders ${purpose}`,
    });
