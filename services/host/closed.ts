import type { ServerResponse } from "node:http";

/** Whether a response is over: all of it was sent, or its client has gone. Over HTTP/2 its stream tells that. */
export function isClosed(response: ServerResponse): boolean {
  const { stream } = response as { stream?: { destroyed: boolean } };
  return response.closed || stream?.destroyed === true;
}

/**
 * Does something once a response is over, and as soon as its caller has gone on where it is over already: a client may go at any
 * await, and its going is told only once.
 * @returns what takes that back.
 */
export function onceClosed(response: ServerResponse, over: () => void): () => void {
  const soon = isClosed(response) ? setImmediate(over) : undefined;
  if (!soon) response.once("close", over);
  return () => {
    clearImmediate(soon);
    response.off("close", over);
  };
}
