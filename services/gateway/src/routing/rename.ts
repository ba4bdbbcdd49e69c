import { isObject, type Params } from "../protocol/jsonrpc";
import type { Naming } from "../protocol/naming";
import { Reply } from "../upstream/reply";

/**
 * A server's reply with the URIs of its resources as the view names them. It is parsed only where it could hold one.
 */
export function renamed(reply: Reply, server: string, naming: Naming): Reply {
  if (!reply.mentions('"uri"')) return reply;
  const { response } = reply;
  if (!isObject(response.result)) return reply;
  const result = renamedResult(response.result, (uri) => naming.uri(server, uri));
  return Reply.of({ ...response, result }, reply.status);
}

type Rename = (uri: string) => string;

/** Where a result may hold resources: in its content, its contents, and the content of its messages. */
function renamedResult(result: Params, rename: Rename): Params {
  const copy = { ...result };
  if (Array.isArray(result.content))
    copy.content = result.content.map((block) => renamedBlock(block, rename));
  if (Array.isArray(result.contents)) copy.contents = result.contents.map((item) => withUri(item, rename));
  if (Array.isArray(result.messages)) {
    copy.messages = result.messages.map((message: unknown) =>
      isObject(message) ? { ...message, content: renamedBlock(message.content, rename) } : message,
    );
  }
  return copy;
}

function renamedBlock(block: unknown, rename: Rename): unknown {
  if (!isObject(block)) return block;
  if (block.type === "resource_link") return withUri(block, rename);
  if (block.type === "resource") return { ...block, resource: withUri(block.resource, rename) };
  return block;
}

function withUri(item: unknown, rename: Rename): unknown {
  return isObject(item) && typeof item.uri === "string" ? { ...item, uri: rename(item.uri) } : item;
}
