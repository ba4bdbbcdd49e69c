import { type Load, underLoad } from "../support/load";
import { headersOf, type TekUp } from "../support/tekup";

/** Clients that search with the key of `default`, one call after the other. */
export async function searching(tekup: TekUp): Promise<Load> {
  return underLoad({
    url: tekup.url,
    headers: headersOf(await tekup.keyOf("default")),
    calls: [(session) => session.call("search__search_code", { pattern: "needle" })],
  });
}

/** What the search server answers to a program in the gateway's container, on a connection of its own. */
export async function askedBySearchsCallers(
  tekup: TekUp,
  path: string,
  { at = "mcp-search", certificate }: { at?: string; certificate: boolean },
): Promise<{ status: number; body: string; serial: string }> {
  const host = await tekup.addressIn(at, `${tekup.network}-search`);
  const script = `
    const read = (name) => require("node:fs").readFileSync("/etc/mcp-tls/current/" + name + ".pem");
    const own = ${certificate} ? { cert: read("cert"), key: read("key") } : {};
    const to = { host: "${host}", port: 3003, path: "${path}", servername: "mcp-search", ca: read("ca"), ...own };
    require("node:https").get({ ...to, agent: false }, async (response) => {
      const { serialNumber: serial } = response.socket.getPeerCertificate();
      let body = "";
      for await (const chunk of response) body += chunk;
      console.log(JSON.stringify({ status: response.statusCode, body, serial }));
    });`;
  const answer = await tekup.inside("mcp-gateway", script);
  return JSON.parse(answer) as { status: number; body: string; serial: string };
}
