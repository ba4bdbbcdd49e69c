import { connect, type Socket } from "node:net";
import type { ClientBase } from "pg";
import type { Ending } from "../ended";

/** How long the server may take to accept a request. */
const PATIENCE_MS = 2000;

/** The request's length and code. Source: PostgreSQL's documentation, "Message Formats", CancelRequest. */
const LENGTH = 16;
const CODE = 80877102;

/** What the driver knows of a connection: the server gave the two numbers when it began. */
interface Driven {
  processID: number;
  secretKey: number;
  connection: { stream: Socket };
}

/** Ends what runs on a connection, over a further one that takes a request to cancel and nothing else. */
export function endingOf(client: ClientBase): Ending {
  const { processID, secretKey, connection } = client as unknown as Driven;
  const { stream } = connection;
  // By its address: a name may lead to another server.
  const { remoteAddress: host, remotePort: port } = stream;
  return {
    ask: () => requestCancel({ host, port: port ?? 0 }, processID, secretKey),
    drop: (reason) => void stream.destroy(reason),
  };
}

function requestCancel(
  server: { host: string | undefined; port: number },
  processId: number,
  secretKey: number,
): Promise<void> {
  const request = Buffer.alloc(LENGTH);
  [LENGTH, CODE, processId, secretKey].forEach((value, index) => request.writeInt32BE(value, index * 4));
  return new Promise((resolve, reject) => {
    const socket = connect({ ...server, host: server.host ?? "" });
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("The request to cancel was not taken")));
    socket.once("error", reject).once("close", () => resolve());
    // The server says nothing, and closes once it has passed the request on.
    socket.resume().end(request);
  });
}
