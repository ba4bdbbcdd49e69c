import { didYouMean } from "../../config/did-you-mean";
import { forStack, setCommand } from "../../config/errors";
import type { Service, Topology } from "../../topology";
import { pageOf } from "../../observability/web-page";
import { defaultWebPort, nginx } from "../../topology/monitoring";
import { addressOf } from "../../topology/networks";
import { allServices } from "../../topology/services";
import { UsageError } from "../arguments";

/** The page that is opened when none is named. */
const defaultPage = "dashboards";

/** The entry to a stack's web pages. */
export interface WebEntry {
  service: Service;
  /** `http://127.0.0.1:8070`, to be followed by a page's path. */
  url: string;
  /** Where it is not published: what publishes it, as then only the Linux that the engine runs on reaches it. */
  publish?: string;
}

export interface WebPage {
  /** What a user may call it: the first folder of its path, or the service that serves it. */
  names: string[];
  path: string;
  title: string;
}

/** @throws UsageError where the stack has no entry. */
export function webEntry(topology: Topology): WebEntry {
  const service = allServices(topology).find(({ name }) => name === nginx.name);
  if (!service) throw new UsageError(`"${topology.stack}" has no web pages.`);
  const [port] = service.ports;
  if (port) return { service, url: `http://${port.address}:${port.host}` };
  return {
    service,
    url: `http://${addressOf(service)}:${nginx.port}`,
    publish: forStack(setCommand(`mcp:services.${nginx.name}.publish`, defaultWebPort), topology.stack),
  };
}

/** A stack's pages: the list of all, which the entry itself serves, then those of the services. */
export function webPages(topology: Topology): WebPage[] {
  const pages = allServices(topology).flatMap(({ name, web }) =>
    web ? [{ names: [folderOf(web.path), name], path: pageOf(web), title: web.title }] : [],
  );
  return [{ names: ["index", nginx.name], path: "/", title: "All pages" }, ...pages];
}

/** The first folder of a path: `logs` of `/logs/select/`. */
function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
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
  throw new UsageError(`"${name}" is not a page${didYouMean(name ?? "", known)} Known: ${known.join(", ")}`);
}
