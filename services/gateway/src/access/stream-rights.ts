import { onceClosed } from "../../../host/closed";
import type { IncomingMessage, ServerResponse } from "node:http";
import { RpcError } from "../protocol/jsonrpc";
import type { Access } from "./access";
import type { Principal } from "./principal";
import { lasts } from "./stream-limit";

interface Stream {
  request: IncomingMessage;
  response: ServerResponse;
  principal: Principal;
}

/** Ends the streams of those whose rights were taken while they are open; a call runs to its end with what it began with. */
export class StreamRights {
  private readonly open = new Set<Stream>();

  /** Remembers whose a stream is; what is none is not remembered. */
  enter(request: IncomingMessage, response: ServerResponse, principal: Principal): void {
    if (!lasts(request)) return;
    const stream = { request, response, principal };
    this.open.add(stream);
    onceClosed(response, () => this.open.delete(stream));
  }

  /** Breaks the streams off that would not be opened any more, or not with the same rights: clients may open them anew. */
  async check(access: Access): Promise<void> {
    await Promise.all(
      [...this.open].map(async ({ request, response, principal }) => {
        const still = await access.authenticate(request).catch((error: unknown) => {
          // An authorization server that can't be asked takes nothing away.
          return error instanceof RpcError && error.status === 401 ? undefined : principal;
        });
        if (still?.id !== principal.id || still.policy.rules !== principal.policy.rules) response.destroy();
      }),
    );
  }
}
