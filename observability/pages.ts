import { addressOf } from "../topology/networks";
import type { Service, Tier } from "../topology/types";
import { pageOf, type WebService } from "./web";

/** The web entry's first page: where its links lead, and what there is. */
export function indexPage(stack: string, tiers: readonly Tier[], services: readonly WebService[]): string {
  return page(
    `${stack} · MCP cluster`,
    `<h1>${text(stack)}</h1>
<ul class="pages">
${services.map(({ web }) => `<li><a href="${text(pageOf(web))}">${text(web.title)}</a></li>`).join("\n")}
</ul>
${tiers.map(tierTable).join("\n")}`,
  );
}

/** What is shown in place of a page whose service does not answer. It is asked for again by itself. */
export function unavailablePage(): string {
  return page(
    "Not available",
    `<h1>Not available</h1>
<p>The service behind this page does not answer. This page tries again every five seconds.</p>
<p><code>npm run status</code> shows what runs. <a href="/">All pages</a></p>`,
    '<meta http-equiv="refresh" content="5">',
  );
}

function tierTable({ number, name, services }: Tier): string {
  return `<h2>Tier ${number} · ${text(name)}</h2>
<table>
<tr><th>Service</th><th>Address</th><th>From this host</th></tr>
${services.map(row).join("\n")}
</table>`;
}

function row(service: Service): string {
  const { name, ports } = service;
  const published = ports.map((port) => `${port.address}:${port.host}`).join(", ");
  return `<tr><td>${text(name)}</td><td>${text(addressOf(service))}</td><td>${text(published)}</td></tr>`;
}

function page(title: string, body: string, head = ""): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
${head}<title>${text(title)}</title>
<style>
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 0.25rem; }
.pages { display: flex; flex-wrap: wrap; gap: 0.5rem; padding: 0; list-style: none; }
.pages a { display: block; padding: 0.5rem 1rem; border: 1px solid; border-radius: 0.5rem; text-decoration: none; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: 0.25rem 0; border-bottom: 1px solid #8884; text-align: left; font-weight: normal; }
th { opacity: 0.7; }
</style>
</head>
<body>
${body}
</body>
</html>
`;
}

/** Text as HTML. */
function text(plain: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return plain.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}
