import { closest } from "fastest-levenshtein";
import { setCommand } from "../../config/errors";
import type { Service, Topology } from "../../topology";
import { nginx } from "../../topology/monitoring";
import { UsageError } from "../arguments";
import { allServices } from "./services";

/** The page that is opened when none is named. */
const defaultPage = "dashboards";

/** The entry to a stack's web pages, as it is reached from this host. */
export interface WebEntry {
  service: Service;
  /** `http://127.0.0.1:8070`, to be followed by a page's path. */
  url: string;
}

export interface WebPage {
  /** What a user may call it: its path without the slashes, or the service that serves it. */
  names: string[];
  path: string;
  title: string;
}

/** @throws UsageError where the stack has no entry, or none that this host can reach. */
export function webEntry(topology: Topology): WebEntry {
  const service = allServices(topology).find(({ name }) => name === nginx.name);
  if (!service) throw new UsageError(`"${topology.stack}" has no web pages.`);
  const [port] = service.ports;
  if (!port) {
    const mend = setCommand(`mcp:services.${nginx.name}.publish`, 8070);
    throw new UsageError(`${nginx.name}, the entry to all web pages, is not published on this host: ${mend}`);
  }
  return { service, url: `http://${port.address}:${port.host}` };
}

/** A stack's pages: the list of all, which the entry itself serves, then those of the services. */
export function webPages(topology: Topology): WebPage[] {
  const pages = allServices(topology).flatMap(({ name, web }) =>
    web ? [{ names: [web.path.replaceAll("/", ""), name], path: web.path, title: web.title }] : [],
  );
  return [{ names: ["index", nginx.name], path: "/", title: "All pages" }, ...pages];
}

/**
 * The page that a user names; without a name the dashboards, or the list of all where there are none.
 * @throws UsageError for a name that is none, with the closest one that is.
 */
export function chosenPage(topology: Topology, name: string | undefined): WebPage {
  const pages = webPages(topology);
  const found = pages.find(({ names }) => names.includes(name ?? defaultPage));
  const [index] = pages;
  if (found || (name === undefined && index)) return (found ?? index) as WebPage;
  const known = pages.flatMap(({ names: [first] }) => first ?? []);
  const guess = closest(name ?? "", known);
  throw new UsageError(`"${name}" is not a page; did you mean "${guess}"? Known: ${known.join(", ")}`);
}
