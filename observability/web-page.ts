import type { WebPage } from "../topology/types";

/** The page of a service that is opened first. */
export function pageOf({ path, page = "" }: WebPage): string {
  return `${path}${page}`;
}
