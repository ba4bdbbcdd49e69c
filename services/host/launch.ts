/**
 * The entry of an image: bundled by itself, it takes a few kilobytes, and the server's bundle, `server.js` beside it,
 * is loaded only to serve. A health check every few seconds, and a `stdio` process per client, should not cost the
 * parsing of three megabytes.
 */
import { createRequire } from "node:module";
import { runShort } from "./short";

void runShort(process.argv.slice(2), process.env).then((code) => {
  if (code !== undefined) process.exit(code);
  createRequire(__filename)("./server.js");
});
