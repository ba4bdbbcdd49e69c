import type { Logger } from "../../../host/log";
import type { ServerSettings, Settings } from "../config/schema";
import type { Lookup } from "./addresses";
import type { ResultCache } from "./cache";
import { Groups } from "./groups";
import { UpstreamServer } from "./server";

/** Other settings' servers, ready to be taken over. */
export interface PreparedServers {
  /** Takes the settings over. @returns the servers that they name no more. */
  takeOver: () => UpstreamServer[];
  /** Gives up what was made for them alone. */
  abandon: () => void;
}

/** The servers behind the gateway, by name, in the configuration's order. */
export class Servers {
  private readonly open = new Map<string, UpstreamServer>();

  /** @param lookup finds the addresses of host names; the system's own when left out. */
  constructor(
    private readonly log: Logger,
    private readonly cache: ResultCache,
    private readonly lookup?: Lookup,
  ) {}

  /** Whoever keeps the map sees servers come and go. */
  get all(): ReadonlyMap<string, UpstreamServer> {
    return this.open;
  }

  /** Makes ready the servers that settings name and that are not here yet. */
  async prepare({ servers, messageBytes, upstreamTls }: Settings): Promise<PreparedServers> {
    const ready = await Promise.all(
      Object.entries(servers).map(async ([name, own]) => {
        const settings = { ...own, tls: own.tls ?? upstreamTls };
        const known = this.open.get(name);
        const server = known ?? (await this.opened(name, settings, messageBytes));
        return { server, takeOver: await server.prepare(settings, messageBytes) };
      }),
    );
    return {
      takeOver: () => {
        const before = [...this.open.values()];
        this.open.clear();
        for (const { server, takeOver } of ready) {
          takeOver();
          this.open.set(server.name, server);
        }
        return before.filter((server) => this.open.get(server.name) !== server);
      },
      abandon: () => {
        for (const { server } of ready) if (this.open.get(server.name) !== server) void server.close();
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((server) => server.close()));
  }

  private async opened(
    name: string,
    settings: ServerSettings,
    messageBytes: number,
  ): Promise<UpstreamServer> {
    const replicas = new Groups(this.lookup);
    (await replicas.prepare(settings))();
    for (const group of replicas.groups) {
      if (group.replicas.all.length === 0) {
        this.log.warn("server not found yet", { server: name, group: group.name });
      }
    }
    return new UpstreamServer({ name, settings, replicas, messageBytes, cache: this.cache });
  }
}
