import { setTimeout as sleep } from "node:timers/promises";
import { EnvHttpProxyAgent, fetch, type RequestInit } from "undici";
import { type OsvPackage, packageKey } from "./packages";

/** A record of OSV, as far as it is read. Source: the OSV schema. */
export interface Advisory {
  id: string;
  /** Other names of the same fault. */
  aliases?: string[];
  /** What a distribution's record is about. */
  upstream?: string[];
  summary?: string;
  withdrawn?: string;
  severity?: Severity[];
  affected?: Affected[];
  database_specific?: { severity?: string };
}

/** A rating, as a vector of the Common Vulnerability Scoring System. */
export interface Severity {
  type: string;
  score: string;
}

/** A package that a record is about, and the releases that are at fault. */
export interface Affected {
  package?: { ecosystem: string; name: string };
  severity?: Severity[];
  ranges?: { type: string; events: { introduced?: string; fixed?: string }[] }[];
  ecosystem_specific?: { urgency?: string };
}

/** The database could not be asked; the message says why. */
export class OsvUnreachable extends Error {}

/** Where OSV is: its own service, or a mirror that speaks the same. */
export const osvAddress = process.env.MCP_OSV_URL ?? "https://api.osv.dev";

/** OSV takes no more in one request. Source: its documentation of `POST /v1/querybatch`. */
const mostQueries = 1000;
const mostAtOnce = 16;
const attempts = 3;
const patienceMs = 30_000;

interface Query {
  package: { ecosystem: string; name: string };
  version: string;
  page_token?: string;
}

interface Results {
  results?: { vulns?: { id: string }[]; next_page_token?: string }[];
}

/** OSV's database of what is known against packages. */
export class Osv {
  // As npm, Go and Docker do, it goes through the proxy that the environment names.
  private readonly dispatcher = new EnvHttpProxyAgent();
  private readonly advisories = new Map<string, Promise<Advisory | undefined>>();

  /** @param pauseMs before the second attempt of a request, in milliseconds; longer before each further one. */
  constructor(
    private readonly address = osvAddress,
    private readonly pauseMs = 1000,
  ) {}

  /**
   * Asks for one advisory, whether there is such or not: images are not brought for a database that can't be asked.
   * @throws OsvUnreachable
   */
  async reach(): Promise<void> {
    await this.ask("/v1/vulns/OSV-2020-111"); // Source: the example of OSV's documentation of `GET /v1/vulns/{id}`.
  }

  /**
   * The advisories against each of the packages, by the package's key.
   * @throws OsvUnreachable
   */
  async against(packages: readonly OsvPackage[]): Promise<Map<string, Advisory[]>> {
    const ids = await this.idsOf(new Map(packages.map((one) => [packageKey(one), one])));
    const all = new Map<string, Advisory>();
    await inTurns([...new Set([...ids.values()].flat())], async (id) => {
      const advisory = await this.advisory(id);
      if (advisory && advisory.withdrawn === undefined) all.set(id, advisory);
    });
    return new Map([...ids].map(([key, names]) => [key, names.flatMap((id) => all.get(id) ?? [])]));
  }

  /**
   * One advisory; undefined where OSV has none of that name.
   * @throws OsvUnreachable
   */
  advisory(id: string): Promise<Advisory | undefined> {
    const known = this.advisories.get(id) ?? this.ask<Advisory>(`/v1/vulns/${encodeURIComponent(id)}`);
    this.advisories.set(id, known);
    return known;
  }

  private async idsOf(packages: ReadonlyMap<string, OsvPackage>): Promise<Map<string, string[]>> {
    const ids = new Map<string, string[]>();
    let queries: { key: string; query: Query }[] = [...packages].map(([key, { version, ...named }]) => ({
      key,
      query: { package: named, version },
    }));
    while (queries.length > 0) {
      const batch = queries.slice(0, mostQueries);
      const body = { queries: batch.map(({ query }) => query) };
      const { results = [] } = (await this.ask<Results>("/v1/querybatch", body)) ?? {};
      const further = batch.flatMap(({ key, query }, index) => {
        const { vulns = [], next_page_token: page } = results[index] ?? {};
        ids.set(key, [...(ids.get(key) ?? []), ...vulns.map(({ id }) => id)]);
        return page ? [{ key, query: { ...query, page_token: page } }] : [];
      });
      queries = [...queries.slice(mostQueries), ...further];
    }
    return ids;
  }

  /** One request, repeated where the service is busy. */
  private async ask<T>(path: string, body?: unknown): Promise<T | undefined> {
    const options: RequestInit = {
      dispatcher: this.dispatcher,
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    };
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.answer(path, options);
      if (answer.status === 404) return undefined;
      if (answer.ok) return (await answer.json()) as T;
      const busy = answer.status >= 500 || answer.status === 429;
      if (!busy || attempt === attempts)
        throw new OsvUnreachable(`${this.address}${path} answers ${answer.status} ${answer.statusText}`);
      await sleep(this.pauseMs * attempt);
    }
  }

  private async answer(path: string, options: RequestInit) {
    try {
      return await fetch(`${this.address}${path}`, { ...options, signal: AbortSignal.timeout(patienceMs) });
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
      throw new OsvUnreachable(
        `${this.address} can't be reached: ${cause?.code ?? cause?.message ?? message}`,
      );
    }
  }
}

/** Does work for each item, for so many at once as a service can be asked. */
export async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: mostAtOnce }, worker));
}
