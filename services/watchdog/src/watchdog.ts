import { setTimeout as sleep } from "node:timers/promises";
import { describeError, type Logger } from "../../host/log";
import { Bell } from "./bell";
import type { Container } from "./container";
import { type Engine, type EngineEvent, isRefused } from "./engine";
import { type Happening, type History, noHistory, type RestartRules, step, type Step } from "./policy";

/** A container of the environment, with what this process has counted of it. */
export interface Watched {
  container: Container;
  /** How often the watchdog has restarted it. */
  restarts: number;
  /** How often the engine has said `oom`. */
  oomKills: number;
}

/** What is known of a container; events may come before the first look at it. */
type Entry = Omit<Watched, "container"> & {
  container?: Container;
  /** The list's words for how it was when it was last inspected at a look at all. */
  listed?: string;
  history: History;
};

export interface WatchdogParts {
  engine: Engine;
  /** The service that is the watchdog itself. */
  service: string;
  resyncMs: number;
  rules: RestartRules;
  log: Logger;
  /** Called after each look at all containers. */
  looked: () => void;
}

/** How often all containers are inspected, whatever the list says of them. */
const inspectAllMs = 60_000;

/** How long after the loss of the events they are asked for again. */
const reconnectMs = 1000;

/**
 * Watches the containers of one environment, and restarts those that stay unhealthy.
 *
 * What is true is what an inspection says; the engine's events only say when it is time for one. All containers are listed
 * every few seconds anyway, and those inspected whose line has changed, so that a lost event costs no more than those; an
 * inspection takes the engine as long as a list of all.
 */
export class Watchdog {
  private readonly entries = new Map<string, Entry>();
  private readonly changed = new Set<string>();
  private readonly bell = new Bell();
  private readonly underWay = new Set<Promise<void>>();
  private nextLook = 0;
  private nextInspection = 0;
  private ending = false;

  constructor(private readonly parts: WatchdogParts) {}

  /** The containers that exist: those that run, and those that don't. */
  containers(): Watched[] {
    return [...this.entries.values()].filter((entry): entry is Entry & Watched => !!entry.container);
  }

  /** Watches for as long as the process lives. */
  async run(): Promise<never> {
    void this.followEvents();
    for (;;) {
      try {
        await (performance.now() >= this.nextLook ? this.lookAtAll() : this.lookAtChanged());
      } catch (error) {
        this.parts.log.warn("the engine does not answer", describeError(error));
        this.nextLook = performance.now() + this.parts.resyncMs;
      }
      await this.bell.sleep(Math.max(0, this.nextLook - performance.now()));
    }
  }

  /**
   * Commands nothing more, and waits for what is under way: the engine would go on with a restart by itself, and start a
   * container that whoever stops the watchdog is about to stop as well.
   */
  async end(): Promise<void> {
    this.ending = true;
    await Promise.all(this.underWay);
  }

  private async followEvents(): Promise<never> {
    let since = Date.now() * 1e6;
    for (;;) {
      try {
        for await (const event of this.parts.engine.events(since, () => this.lookSoon())) {
          since = event.time;
          this.take(event);
        }
        this.parts.log.warn("the engine has ended its events");
      } catch (error) {
        this.parts.log.warn("the engine's events are lost", describeError(error));
      }
      await sleep(reconnectMs);
    }
  }

  private lookSoon(): void {
    this.nextLook = 0;
    this.nextInspection = 0;
    this.bell.ring();
  }

  private take({ containerId, action }: EngineEvent): void {
    const entry = this.entry(containerId);
    if (action === "oom") {
      entry.oomKills += 1;
      this.parts.log.warn("out of memory", { ...who(entry.container), oomKills: entry.oomKills });
    }
    if (action === "stop" || action === "restart") this.happen(entry, { kind: "commanded", command: action });
    if (action === "kill")
      this.happen(entry, { kind: "signalled", stopGraceMs: entry.container?.stopGraceMs ?? 0 });
    this.changed.add(containerId);
    this.bell.ring();
  }

  private async lookAtAll(): Promise<void> {
    const changed = new Set(this.changed);
    this.changed.clear();
    const began = performance.now();
    const all = began >= this.nextInspection;
    if (all) this.nextInspection = began + inspectAllMs;
    const listed = await this.parts.engine.list();
    [...this.entries.keys()].filter((id) => !listed.has(id)).forEach((id) => this.entries.delete(id));
    for (const [id, words] of listed) {
      const entry = this.entries.get(id);
      if (!all && entry?.container && entry.listed === words && !changed.has(id))
        this.seen(entry, entry.container);
      else await this.inspect(id, words);
    }
    this.nextLook = performance.now() + this.parts.resyncMs;
    this.parts.looked();
  }

  /** One that can't be inspected must not keep the others from being watched. */
  private async inspect(id: string, words: string): Promise<void> {
    try {
      await this.lookAt(id);
      const entry = this.entries.get(id);
      if (entry) entry.listed = words;
    } catch (error) {
      this.parts.log.warn("a container can't be inspected", { containerId: id, ...describeError(error) });
    }
  }

  private async lookAtChanged(): Promise<void> {
    const ids = [...this.changed];
    this.changed.clear();
    for (const id of ids) await this.lookAt(id);
  }

  private async lookAt(id: string): Promise<void> {
    const container = await this.parts.engine.inspect(id);
    if (!container) return void this.entries.delete(id);
    const entry = this.entry(id);
    entry.container = container;
    this.seen(entry, container);
  }

  private seen(entry: Entry, container: Container): void {
    if (container.service !== this.parts.service) this.happen(entry, { kind: "seen", container });
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id) ?? { history: noHistory, restarts: 0, oomKills: 0 };
    this.entries.set(id, entry);
    return entry;
  }

  private happen(entry: Entry, happening: Happening): void {
    const { container } = entry;
    const { history, ...follows } = step(entry.history, happening, performance.now(), this.parts.rules);
    if ((follows.restart || follows.stop) && this.ending) return;
    entry.history = history;
    if (follows.recovered) this.parts.log.info("healthy again", { ...who(container), ...follows.recovered });
    if (follows.restart && container) this.command(this.restart(entry, container, follows.restart));
    if (follows.stop && container) this.command(this.stop(container));
  }

  private command(work: Promise<void>): void {
    const done = work.finally(() => this.underWay.delete(done));
    this.underWay.add(done);
  }

  private async restart(
    entry: Entry,
    container: Container,
    { attempt, backoffMs }: NonNullable<Step["restart"]>,
  ): Promise<void> {
    const { engine, log } = this.parts;
    const { status, health, probe } = container;
    const details = { ...who(container), attempt, backoffSeconds: backoffMs / 1000 };
    log.warn("restarting", { ...details, status, health, probe });
    const began = performance.now();
    const milliseconds = () => Math.round(performance.now() - began);
    try {
      await engine.restart(container);
      entry.restarts += 1;
      log.info("restarted", { ...details, milliseconds: milliseconds() });
      this.happen(entry, { kind: "restarted" });
    } catch (error) {
      const refused = isRefused(error);
      const level = refused ? "debug" : "error";
      log[level]("restart failed", { ...details, milliseconds: milliseconds(), ...describeError(error) });
      this.happen(entry, { kind: "failed", refused });
    }
    this.changed.add(container.id);
    this.bell.ring();
  }

  private async stop(container: Container): Promise<void> {
    const { engine, log } = this.parts;
    log.warn("stopping, as somebody stopped it during its restart", who(container));
    try {
      await engine.stop(container);
    } catch (error) {
      log[isRefused(error) ? "debug" : "error"]("stop failed", {
        ...who(container),
        ...describeError(error),
      });
    }
  }
}

function who(container: Container | undefined): Record<string, unknown> {
  return container ? { service: container.service, container: container.name } : {};
}
