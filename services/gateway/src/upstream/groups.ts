import { EventEmitter, once } from "node:events";
import type { ServerSettings } from "../config/schema";
import type { Replica } from "./replica";
import type { Lookup } from "./addresses";
import { Replicas } from "./replicas";

/** The one group of a server that has no others. */
export const onlyGroup = "default";

/** What a group of replicas did. */
export interface Tally {
  /** Sessions that were opened on it, and requests that belong to none. */
  picked: number;
  /** Requests that were answered, whatever was said. */
  answered: number;
  /** Requests that were not, or whose answer says that the server can't serve. */
  failed: number;
  /** When one of it answered last, its health check included, on the clock of `performance`; before all time where none did. */
  answeredAt: number;
  /** Told of a replica that is new or answers again after a failure: its server may be another one. */
  back?: () => void;
}

/** That of what has done nothing yet. */
export function emptyTally(): Tally {
  return { picked: 0, answered: 0, failed: 0, answeredAt: -Infinity };
}

/** Some replicas of a server that get a share of what is new, for example one release of it. */
export interface Group {
  name: string;
  /** Its share, by the sum of all; with 0 it keeps the sessions that it has, and gets no new ones. */
  weight: number;
  replicas: Replicas;
  tally: Tally;
  /** How much is owed to it. */
  due: number;
}

/** The groups that settings name; one that is named by `url` alone stands for all. */
export function groupsOf({ url, groups }: Pick<ServerSettings, "url" | "groups">): [string, GroupSettings][] {
  return groups ? Object.entries(groups) : [[onlyGroup, { url: url!, weight: 1 }]];
}

type GroupSettings = NonNullable<ServerSettings["groups"]>[string];

/** The replicas of a server, in groups. */
export class Groups {
  private readonly open = new Map<string, Group>();
  private readonly backs = new EventEmitter<{ back: [] }>().setMaxListeners(0);

  /** @param lookup finds the addresses of host names; the system's own when left out. */
  constructor(private readonly lookup?: Lookup) {}

  get groups(): Group[] {
    return [...this.open.values()];
  }

  /** The replicas of all groups. */
  get all(): Replica[] {
    return this.groups.flatMap(({ replicas }) => replicas.all);
  }

  /** When one of those that get something new answered last. */
  get answeredAt(): number {
    const inTurn = this.groups.filter(({ weight }) => weight > 0);
    return Math.max(-Infinity, ...inTurn.map(({ tally }) => tally.answeredAt));
  }

  /**
   * Makes ready the groups that settings name and that are not here yet.
   * @returns what takes the settings over. Groups that they name no more end what they have begun.
   */
  async prepare(settings: ServerSettings): Promise<() => void> {
    const added = new Map<string, Group>();
    for (const [name, { url, weight }] of groupsOf(settings)) {
      if (this.open.has(name)) continue;
      const tally = { ...emptyTally(), back: () => void this.backs.emit("back") };
      const replicas = new Replicas(
        { ...settings, url, also: settings.registered?.[name] ?? [] },
        tally,
        this.lookup,
      );
      added.set(name, { name, weight, replicas, tally, due: 0 });
    }
    await Promise.all([...added.values()].map(({ replicas }) => replicas.watch()));
    return () => this.takeOver(settings, added);
  }

  /** Waits for a replica that is new or answers again after a failure, or for the signal. */
  async back(signal: AbortSignal): Promise<void> {
    await once(this.backs, "back", { signal }).catch(() => undefined);
  }

  find(origin: string): Replica | undefined {
    for (const { replicas } of this.open.values()) {
      const found = replicas.find(origin);
      if (found) return found;
    }
    return undefined;
  }

  /**
   * The replica for something new, out of a group that it is the turn of. The turns go round as evenly as the weights
   * allow (smooth weighted round robin, as nginx has it); a group without a replica in use loses its turn.
   * @param tried are not taken again.
   */
  pick(tried?: ReadonlySet<Replica>): Replica | undefined {
    let best: { group: Group; replica: Replica } | undefined;
    let sum = 0;
    for (const group of this.open.values()) {
      const replica = group.weight > 0 ? group.replicas.pick(tried) : undefined;
      if (!replica) continue;
      sum += group.weight;
      group.due += group.weight;
      if (!best || group.due > best.group.due) best = { group, replica };
    }
    if (!best) return undefined;
    best.group.due -= sum;
    best.group.tally.picked += 1;
    return best.replica;
  }

  /** Likewise, where the group of a replica that is known already goes first: its others are of the same release. */
  pickBeside(origin: string | undefined, tried: ReadonlySet<Replica>): Replica | undefined {
    const own = origin === undefined ? undefined : this.groups.find(({ replicas }) => replicas.find(origin));
    return own?.replicas.pick(tried) ?? this.pick(tried);
  }

  async close(): Promise<void> {
    await Promise.all(this.groups.map(({ replicas }) => replicas.close()));
  }

  private takeOver(settings: ServerSettings, added: ReadonlyMap<string, Group>): void {
    const known = new Map([...this.open, ...added]);
    this.open.clear();
    for (const [name, { url, weight }] of groupsOf(settings)) {
      const group = known.get(name)!;
      if (!added.has(name))
        void group.replicas.use({ ...settings, url, also: settings.registered?.[name] ?? [] });
      Object.assign(group, { weight, due: 0 });
      this.open.set(name, group);
      known.delete(name);
    }
    for (const { replicas } of known.values()) replicas.retire();
  }
}
