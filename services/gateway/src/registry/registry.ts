import { createHash } from "node:crypto";
import type { InForce } from "../config/configuration";
import { type Settings, type ServerSettings, serverSettings } from "../config/schema";
import { onlyGroup } from "../upstream/groups";

/** A replica that registered itself, for as long as its lease runs. */
export interface Lease {
  /** The same for the same server, group and address. */
  id: string;
  server: string;
  group: string;
  url: string;
  /** When it ends, in milliseconds since 1970. */
  until: number;
  /** When it was last renewed or given back; the later word holds. */
  at: number;
  /** It was given back. */
  ended?: true;
}

/** What is registered. */
export type Registration = Pick<Lease, "server" | "group" | "url">;

const sweepEveryMs = 500;

/**
 * The replicas that registered themselves. Processes of the gateway tell each other all that they know, and the later word
 * about a lease holds; one that was given back is remembered until it would have ended, so that nobody brings it back.
 */
export class Registry {
  private readonly leases = new Map<string, Lease>();
  private readonly timer: NodeJS.Timeout;

  /** @param changed is called when other replicas are registered than before. */
  constructor(
    private readonly inForce: InForce,
    private readonly changed: () => void,
  ) {
    this.timer = setInterval(() => this.sweep(), sweepEveryMs).unref();
  }

  /** The leases that run. */
  get running(): Lease[] {
    const now = Date.now();
    return [...this.leases.values()].filter(({ ended, until }) => !ended && until > now);
  }

  /** Registers a replica for so long, or renews its lease. */
  register(registration: Registration, seconds: number): Lease {
    const { server, group, url } = registration;
    const id = createHash("sha256")
      .update(JSON.stringify([server, group, url]))
      .digest("hex")
      .slice(0, 24);
    const at = Date.now();
    const lease = { id, server, group, url, at, until: at + seconds * 1000 };
    this.merge([lease]);
    return lease;
  }

  /** Gives a lease back. @returns whether there was one. */
  end(id: string): boolean {
    const lease = this.running.find((one) => one.id === id);
    if (lease) this.merge([{ ...lease, at: Date.now(), ended: true }]);
    return lease !== undefined;
  }

  /** All that another process should know. */
  tell(): Lease[] {
    return [...this.leases.values()];
  }

  /** Takes over what another process knows. */
  merge(leases: readonly Lease[]): void {
    const before = this.running.map(({ id }) => id).join();
    for (const lease of leases) {
      const known = this.leases.get(lease.id);
      if (!known || known.at < lease.at) this.leases.set(lease.id, lease);
    }
    if (this.running.map(({ id }) => id).join() !== before) this.changed();
  }

  /** The settings with what is registered: replicas join their server's group, others are servers of their own. */
  overlay(settings: Settings): Settings {
    const { registration } = settings;
    if (!registration || this.leases.size === 0) return settings;
    const servers: Record<string, ServerSettings> = { ...settings.servers };
    for (const { server, group, url } of this.running) {
      const known = servers[server];
      if (known) {
        const { registered = {} } = known;
        const urls = [...(registered[group] ?? []), url].sort();
        servers[server] = { ...known, registered: { ...registered, [group]: urls } };
      } else if (registration.newServers) {
        servers[server] = serverSettings.parse({ url });
      }
    }
    return { ...settings, servers };
  }

  close(): void {
    clearInterval(this.timer);
  }

  private sweep(): void {
    const now = Date.now();
    let ran = false;
    for (const [id, { until, ended }] of this.leases) {
      if (until > now) continue;
      this.leases.delete(id);
      ran ||= !ended;
    }
    if (ran) this.changed();
  }
}

/** The group that a registration is for: the one that is named, else the only one. */
export function groupFor(settings: Settings, server: string, group?: string): string | undefined {
  const groups = Object.keys(settings.servers[server]?.groups ?? { [onlyGroup]: true });
  if (group === undefined) return groups.length === 1 ? groups[0] : undefined;
  return groups.includes(group) ? group : undefined;
}
