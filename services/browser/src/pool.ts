import { randomUUID } from "node:crypto";
import { leastUsed } from "../../host/least-used";
import type { Chromium } from "./chromium";
import { BrowserSession, type Places } from "./session";
import type { Settings } from "./settings";
import { ToolError } from "./tool-error";

/** A session that its client comes back to by a handle. */
interface Held {
  session: BrowserSession;
  timer?: NodeJS.Timeout;
}

const setBy = "BROWSER_SESSIONS, in a stack `browser.sessions`,";

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
      take: async (client) => {
        while (this.taken >= settings.sessions) {
          const browsers = [...this.all].filter(({ hasBrowser }) => hasBrowser);
          const victim = leastUsed(
            browsers.map((session) => session.usage),
            client,
          )?.session;
          if (!victim) throw this.full();
          await victim.makeRoom();
        }
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
  session(client = ""): { session: BrowserSession; close: () => Promise<void> } {
    const session = new BrowserSession(this.chromium, this.places, this.settings.session, client);
    this.all.add(session);
    return {
      session,
      close: async () => {
        this.all.delete(session);
        await session.close();
      },
    };
  }

  /**
   * Opens a session for whoever has the handle, which can't be guessed. It ends when nobody has used it for long, and where one
   * more is wanted than there may be, if it is the least recently used.
   */
  async open(): Promise<string> {
    let ended: Promise<void> | undefined;
    if (this.held.size >= this.settings.sessions) {
      const handles = [...this.held].map(([handle, { session }]) => ({ ...session.usage, handle }));
      const victim = leastUsed(handles, "");
      if (!victim) throw this.full();
      ended = this.end(victim.handle);
    }
    const handle = randomUUID();
    const { session } = this.session();
    this.held.set(handle, { session });
    this.expectEnd(handle);
    await ended;
    return handle;
  }

  /** Works with the session of a handle, which does not end meanwhile. */
  async use<T>(handle: string, work: (session: BrowserSession) => Promise<T>): Promise<T> {
    const held = this.held.get(handle);
    if (!held) throw new ToolError("There is no such session (any more): get one from browser_open");
    clearTimeout(held.timer);
    try {
      return await held.session.during(() => work(held.session));
    } finally {
      if (held.session.usage.calls === 0) this.expectEnd(handle);
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
      `All ${this.settings.sessions} browsers are in use, with a call in each (${setBy} is how many there may be); try again later`,
    );
  }
}
