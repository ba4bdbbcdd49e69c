/** What one side can be asked: functions by name. */
export type Side = Record<string, (...given: never[]) => unknown>;

/** A question has a name, an answer says which question it is of. */
type Message =
  | { ask: string; id: number; given: unknown[] }
  | { answer: number; content?: unknown; error?: { name: string; message: string } };

interface Waiting {
  resolve: (content: unknown) => void;
  reject: (error: Error) => void;
}

/** One end of the way between the primary and a worker: each can ask the other, and gets an answer or an error. */
export class Channel<Mine extends Side, Theirs extends Side> {
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private closed?: Error;

  /**
   * @param send hands a message to the other end.
   * @param mine answers what the other end asks.
   */
  constructor(
    private readonly send: (message: Message) => void,
    private readonly mine: Mine,
  ) {}

  /** Asks the other end. @throws Error with what it says is wrong, or where it has gone. */
  ask<Name extends keyof Theirs & string>(
    ask: Name,
    ...given: Parameters<Theirs[Name]>
  ): Promise<Awaited<ReturnType<Theirs[Name]>>> {
    if (this.closed) return Promise.reject(this.closed);
    const id = (this.lastId += 1);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting["resolve"], reject });
      this.send({ ask, id, given });
    });
  }

  /** Takes a message of the other end. */
  receive(message: Message): void {
    if ("ask" in message) return void this.answer(message);
    const waiting = this.waiting.get(message.answer);
    this.waiting.delete(message.answer);
    const { error, content } = message;
    if (error) waiting?.reject(Object.assign(new Error(error.message), { name: error.name }));
    else waiting?.resolve(content);
  }

  /** The other end has gone: it answers nothing any more. */
  close(error: Error): void {
    this.closed = error;
    this.waiting.forEach(({ reject }) => reject(error));
    this.waiting.clear();
  }

  private async answer({ ask, id, given }: Extract<Message, { ask: string }>): Promise<void> {
    try {
      this.send({ answer: id, content: await this.mine[ask]!(...(given as never[])) });
    } catch (thrown) {
      const { name, message } = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.send({ answer: id, error: { name, message } });
    }
  }
}
