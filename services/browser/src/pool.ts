import { randomUUID } from "node:crypto";
import type { Chromium } from "./chromium";
import { BrowserSession, type Places } from "./session";
import type { Settings } from "./settings";
import { ToolError } from "./tool-error";

/** A session that its client comes back to by a handle. */
interface Held {
  session: BrowserSession;
  /** Calls that are under way. */
  calls: number;
  timer?: NodeJS.Timeout;
}

/** All sessions: those that end with a client's connection, and those that clients have handles of. */
export class SessionPool {
  private readonly held = new Map<string, Held>();
  private readonly all = new Set<BrowserSession>();
  private taken = 0;
  private readonly places: Places;

  constructor(
    private readonly chromium: Chromium,
    private readonly settings: Settings,
  ) {
    this.places = {
      take: () => {
        if (this.taken >= settings.sessions) throw this.full();
        this.taken += 1;
      },
      giveBack: () => void (this.taken -= 1),
    };
  }

  /** Browser contexts that there are. */
  get contexts(): number {
    return this.taken;
  }

  /** Tabs of all sessions. */
  get tabs(): number {
    return [...this.all].reduce((sum, { tabs }) => sum + tabs.list.length, 0);
  }

  /** A session whose end is the matter of whom it is given to. */
  session(): { session: BrowserSession; close: () => Promise<void> } {
    const session = new BrowserSession(this.chromium, this.places, this.settings.session);
    this.all.add(session);
    return {
      session,
      close: async () => {
        this.all.delete(session);
        await session.close();
      },
    };
  }

  /** Opens a session for whoever has the handle, which can't be guessed. It ends when nobody has used it for long. */
  open(): string {
    if (this.held.size >= this.settings.sessions) throw this.full();
    const handle = randomUUID();
    const { session } = this.session();
    this.held.set(handle, { session, calls: 0 });
    this.expectEnd(handle);
    return handle;
  }

  /** Works with the session of a handle, which does not end meanwhile. */
  async use<T>(handle: string, work: (session: BrowserSession) => Promise<T>): Promise<T> {
    const held = this.held.get(handle);
    if (!held) throw new ToolError("There is no such session (any more): get one from browser_open");
    clearTimeout(held.timer);
    held.calls += 1;
    try {
      return await work(held.session);
    } finally {
      held.calls -= 1;
      if (held.calls === 0) this.expectEnd(handle);
    }
  }

  /** Ends the session of a handle. */
  async end(handle: string): Promise<void> {
    const held = this.held.get(handle);
    if (!held) return;
    clearTimeout(held.timer);
    this.held.delete(handle);
    this.all.delete(held.session);
    await held.session.close();
  }

  async close(): Promise<void> {
    this.held.forEach(({ timer }) => clearTimeout(timer));
    this.held.clear();
    await Promise.all([...this.all].map((session) => session.close()));
    this.all.clear();
  }

  private expectEnd(handle: string): void {
    const held = this.held.get(handle);
    if (!held) return;
    held.timer = setTimeout(() => void this.end(handle), this.settings.idleSeconds * 1000).unref();
  }

  private full(): ToolError {
    return new ToolError(
      `All ${this.settings.sessions} sessions (BROWSER_SESSIONS) are taken; close one, or try again later`,
    );
  }
}
