import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A site of the test's own, and what it was asked for. */
export interface Site {
  port: number;
  /** Each request's Host header and path. */
  asked: string[];
  /** A port of UDP, and how much came there. */
  datagrams: { port: number; received: number };
  close: () => Promise<void>;
}

type Page = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const html = (body: string) => `<!doctype html><meta charset="utf-8"><title>Test site</title>${body}`;

const FORM = html(`
  <h1>Order</h1>
  <form action="/result" method="get">
    <label>Name <input name="name"></label>
    <label>Size <select name="size"><option value="s">Small</option><option value="l">Large</option></select></label>
    <label><input type="checkbox" name="gift"> Gift</label>
    <button>Send</button>
  </form>
  <a href="/article">An article</a>
  <button id="more" onmouseenter="document.title='Hovered'" onclick="setTimeout(() => late.hidden = false, 300)">More</button>
  <p id="late" hidden>Here it is at last</p>
  <button onclick="document.title = confirm('Sure?') ? 'Yes' : 'No'">Ask</button>
  <a href="/article" target="_blank">A new tab</a>
  <input id="keys" aria-label="Keys" onkeydown="document.title = 'Key ' + event.key">
  <iframe src="/frame" title="inner"></iframe>`);

const ARTICLE = html(`
  <nav><a href="/">Home</a></nav>
  <article><h2>On Ångström</h2><p>Text with <b>weight</b> and <a href="form">a link</a>.</p>
  <ul><li>one</li><li>two</li></ul><script>console.log("from the page")</script></article>`);

const pages: Record<string, Page> = {
  "/form": (_, response) => response.end(FORM),
  "/frame": (_, response) =>
    response.end(html(`<button onclick="this.textContent='Pressed'">Inner</button>`)),
  "/article": (_, response) => response.end(ARTICLE),
  "/result": (_, response, { searchParams }) =>
    response.end(html(`<p>Got ${JSON.stringify(Object.fromEntries(searchParams)).replaceAll('"', "")}</p>`)),
  "/cookie": (request, response) => {
    response.setHeader("set-cookie", "who=me; Max-Age=600");
    response.end(html(`<p>Cookie: ${request.headers.cookie ?? "none"}</p>`));
  },
  "/redirect": (_, response, { searchParams }) => {
    response.writeHead(302, { location: searchParams.get("to") ?? "" }).end();
  },
  "/file": (_, response) => {
    response.setHeader("content-disposition", "attachment; filename=data.bin");
    response.setHeader("content-type", "application/octet-stream");
    response.end("data");
  },
  "/waits": () => undefined, // it is never answered
  "/loop": (_, response) => response.end(html("<script>setTimeout(() => { for (;;); }, 0)</script>")),
  "/popups": (_, response) =>
    response.end(html(`<button onclick="for (let i = 0; i < 9; i++) window.open('/article')">Many</button>`)),
};

/** Serves it on all addresses of the machine: containers come by that of their network's gateway. */
export async function startSite(): Promise<Site> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://site.test");
    asked.push(`${request.headers.host ?? ""}${url.pathname}`);
    response.setHeader("content-type", "text/html; charset=utf-8");
    const page = pages[url.pathname];
    if (page) page(request, response, url);
    else response.writeHead(404).end(html("<p>Nothing here</p>"));
  }).listen(0);
  await once(server, "listening");
  const udp = createSocket("udp4", () => (datagrams.received += 1)).bind(0);
  await once(udp, "listening");
  const datagrams = { port: udp.address().port, received: 0 };
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    datagrams,
    close: async () => {
      udp.close();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
