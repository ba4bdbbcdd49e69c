import type { Logger } from "../../../host/log";
import type { Settings } from "../config/schema";
import { type Lookup, Replicas } from "./replicas";
import { UpstreamServer } from "./server";

/** The servers behind the gateway, by name, in the configuration's order. */
export class Servers {
  private readonly open = new Map<string, UpstreamServer>();

  /** @param lookup finds the addresses of host names; the system's own when left out. */
  constructor(
    private readonly log: Logger,
    private readonly lookup?: Lookup,
  ) {}

  /** Whoever keeps the map sees servers come and go. */
  get all(): ReadonlyMap<string, UpstreamServer> {
    return this.open;
  }

  /**
   * Makes ready the servers that settings name and that are not here yet.
   * @returns what takes the settings over, and gives the servers that they name no more.
   */
  async prepare({ servers, messageBytes }: Settings): Promise<() => UpstreamServer[]> {
    const added = await Promise.all(
      Object.entries(servers)
        .filter(([name]) => !this.open.has(name))
        .map(async ([name, settings]) => {
          const replicas = new Replicas(settings, this.lookup);
          await replicas.watch();
          if (replicas.all.length === 0)
            this.log.warn("server not found yet", { server: name, url: settings.url });
          return [name, new UpstreamServer({ name, settings, replicas, messageBytes })] as const;
        }),
    );
    return () => {
      const known = new Map([...this.open, ...added]);
      this.open.clear();
      for (const [name, settings] of Object.entries(servers)) {
        const server = known.get(name)!;
        server.use(settings, messageBytes);
        this.open.set(name, server);
      }
      return [...known.values()].filter(({ name }) => !this.open.has(name));
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.open.values()].map((server) => server.close()));
  }
}
