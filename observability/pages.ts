import { stdioOnHost } from "../topology/mcp-endpoints";
import { addressOf, publishedEndpoint } from "../topology/networks";
import { allServices } from "../topology/services";
import type { Service, Tier } from "../topology/types";
import { page, text } from "./page-frame";
import { programOf } from "./programs";
import { type Way, wayInNetwork, waysFromHost } from "./reach";
import { stateScript } from "./state-script";
import type { WebService } from "./web";
import { pageOf } from "./web-page";

/**
 * The web entry's first page: where its links lead, what there is, and how clients reach it. All of that stands in the page; how
 * the services are, a script asks Prometheus for, and until it answers the page says that it is not known.
 */
export function indexPage(stack: string, tiers: readonly Tier[], services: readonly WebService[]): string {
  const prometheus = services.find(({ name }) => name === "prometheus");
  return page(
    `${stack} · MCP cluster`,
    `<h1>${text(stack)}</h1>
<ul class="pages">
${services.map(({ web }) => `<li><a href="${text(pageOf(web))}">${text(web.title)}</a></li>`).join("\n")}
</ul>
<p id="summary">How the services are is not known; ${command("status", stack)} tells it.</p>
${clients(stack, tiers)}${tiers.map(tierTable).join("\n")}
<p>“This host” is the machine of the Docker engine. What is not published can be reached from it by its address where the engine
runs on Linux itself; the setting <code>services.NAME.publish</code> publishes a service on the loopback.
${command("shell", stack, "NAME")} opens a shell in a service's container, ${command("logs", stack, "NAME")} shows its log.</p>`,
    prometheus
      ? `<script src="${stateScript.path}" data-prometheus="${text(prometheus.web.path)}" defer></script>\n`
      : "",
  );
}

/** What is shown in place of a page whose service does not answer. It is asked for again by itself. */
export function unavailablePage(): string {
  return page(
    "Not available",
    `<h1>Not available</h1>
<p>The service behind this page does not answer. This page tries again every five seconds.</p>
<p><code>npm run status</code> shows what runs. <a href="/">All pages</a></p>`,
    '<meta http-equiv="refresh" content="5">\n',
  );
}

/** How MCP clients are given the stack's servers, if it has some for them. */
function clients(stack: string, tiers: readonly Tier[]): string {
  const services = allServices({ tiers });
  const how = services.some((service) => stdioOnHost(service))
    ? "An MCP client starts a server's command below and speaks with it on stdio, or connects to <code>/mcp</code> over HTTP."
    : services.some((service) => publishedEndpoint(service))
      ? "An MCP client connects to the gateway's <code>/mcp</code> over HTTP, with a key where the stack asks for one."
      : undefined;
  return how === undefined
    ? ""
    : `<p>${how} ${command("clients", stack)} prints the settings of each client.</p>\n`;
}

function tierTable({ number, name, services }: Tier): string {
  return `<h2>Tier ${number} · ${text(name)}</h2>
<table>
<thead><tr><th>Service</th><th class="state">State</th><th>From this host</th><th>In the network</th></tr></thead>
<tbody>
${services.map(row).join("\n")}
</tbody>
</table>`;
}

function row(service: Service): string {
  const { name, image } = service;
  const inside = wayInNetwork(service);
  const host = waysFromHost(service).map(way).join("") || "not published";
  return `<tr data-service="${text(name)}"><th>${text(name)}<small>${text(programOf(image) ?? image)}</small></th>
<td class="state" data-label="State"><span>unknown</span></td>
<td data-label="From this host">${host}</td>
<td data-label="In the network">${inside ? `<code>${text(inside)}</code>` : ""}<small>${text(addressOf(service))}</small></td></tr>`;
}

function way({ text: plain, link }: Way): string {
  return link ? `<a href="${text(link)}">${text(plain)}</a> ` : `<code>${text(plain)}</code>`;
}

/** A command of the project's that is about this stack. */
function command(name: string, stack: string, ...words: string[]): string {
  const args = ["--stack", stack, ...words].map((word) => text(word));
  return `<code>npm run ${name} -- ${args.join(" ")}</code>`;
}
