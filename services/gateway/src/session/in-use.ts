import type { Session, Sessions } from "./session";

/** One call in a session, or one stream on which its client listens. */
interface Use {
  session: Session;
  /** Tells the gateway's other processes that the session is used. */
  tell: () => unknown;
  began: number;
}

/** Keeps sessions from running out while a call runs in them or a client listens, and counts their time from the end of that. */
export class SessionsInUse {
  private readonly uses = new Set<Use>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sessions: Sessions) {}

  /** Marks the begin of a use; the function it returns marks its end. */
  begin(session: Session, tell: () => unknown): () => void {
    const use = { session, tell, began: Date.now() };
    this.uses.add(use);
    this.timer ??= setTimeout(() => this.keepAll(), this.sessions.slackMs).unref();
    return () => {
      // A short one was counted as it began.
      if (this.uses.delete(use) && Date.now() - use.began >= this.sessions.slackMs) this.keep(use);
    };
  }

  private keepAll(): void {
    this.timer = undefined;
    for (const use of new Map([...this.uses].map((use) => [use.session.nonce, use])).values()) this.keep(use);
    if (this.uses.size > 0) this.timer = setTimeout(() => this.keepAll(), this.sessions.slackMs).unref();
  }

  private keep({ session, tell }: Use): void {
    this.sessions.keep(session);
    tell();
  }
}
