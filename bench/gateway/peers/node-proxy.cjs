// What Node itself takes for a call: a reverse proxy on its HTTP server and undici's pool, as the gateway has them, and
// nothing else. NODE_PROXY_TO is the origin of the server behind it, NODE_PROXY_PORT where it listens.
const { Buffer } = require("node:buffer");
const { createServer } = require("node:http");
const { Pool } = require("undici");

const { NODE_PROXY_TO: to, NODE_PROXY_PORT: port } = process.env;
const pool = new Pool(to, { connections: 128, bodyTimeout: 0, headersTimeout: 0, keepAliveTimeout: 30_000 });
const ofConnection = new Set(["connection", "content-length", "host", "keep-alive", "transfer-encoding"]);

createServer({ keepAlive: true, noDelay: true }, (request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const { method, url: path } = request;
    const headers = endToEnd(request.headers);
    pool.dispatch({ method, path, headers, body: Buffer.concat(chunks) }, relayTo(response));
  });
}).listen(Number(port), "127.0.0.1");

function endToEnd(from) {
  const to = {};
  for (const name in from) if (!ofConnection.has(name)) to[name] = from[name];
  return to;
}

/** The response as it comes; a short one goes out in one write with its headers. */
function relayTo(response) {
  let rest = NaN;
  return {
    onRequestStart() {},
    onResponseStart(_, status, headers) {
      rest = Number(headers["content-length"]);
      response.writeHead(status, { ...endToEnd(headers), "content-length": rest });
    },
    onResponseData(_, chunk) {
      rest -= chunk.length;
      if (rest === 0) response.end(chunk);
      else response.write(chunk);
    },
    onResponseEnd: () => void (response.writableEnded || response.end()),
    onResponseError: () => response.destroy(),
  };
}
