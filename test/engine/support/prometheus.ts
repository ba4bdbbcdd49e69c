import { setTimeout as sleep } from "node:timers/promises";
import { webUser } from "../../../observability/web";
import { idle } from "./lane";
import type { TestStack } from "./stack";

/** A service that Prometheus reads the metrics of. */
export interface Target {
  labels: Record<string, string>;
  health: "up" | "down" | "unknown";
  lastError: string;
  /** Start of the last scrape that has ended, as a date. */
  lastScrape: string;
}

/** A series of a query's answer with its value now. */
export interface Sample {
  metric: Record<string, string>;
  value: [number, string];
}

/** An alert that Alertmanager has; `suppressed` where it is held back, as it follows from another one. */
export interface ListedAlert {
  labels: Record<string, string>;
  /** When it began to fire, as a date. */
  startsAt: string;
  status: { state: "active" | "suppressed" | "unprocessed" };
}

/** How often rules are worked out until one that does not fire is taken for wrong: three times what the slowest needs. */
const enoughEvaluations = 30;

/** The monitoring of a running cluster, as whoever has the password of its web entry sees it. */
export class Monitoring {
  private constructor(
    private readonly url: string,
    private readonly password: string,
  ) {}

  /**
   * @param port the port that the stack's web entry is published on.
   */
  static of(stack: TestStack, port: number): Promise<Monitoring> {
    return Monitoring.at(stack, `http://127.0.0.1:${port}`);
  }

  /**
   * @param url where the stack's web entry is reached.
   */
  static async at(stack: TestStack, url: string): Promise<Monitoring> {
    const { code, output } = await stack.pulumi("stack", "output", "webPassword", "--show-secrets");
    if (code !== 0) throw new Error(output);
    return new Monitoring(url, output.trim());
  }

  /** Asks the web entry for a page, as a browser would. */
  page(path: string, password = this.password): Promise<Response> {
    const authorization = `Basic ${Buffer.from(`${webUser}:${password}`).toString("base64")}`;
    return fetch(`${this.url}${path}`, { headers: password === "" ? {} : { authorization } });
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.ask<{ activeTargets: Target[] }>("targets?state=active");
    return activeTargets;
  }

  /** Waits until every target has been read again, so that what was done before is in Prometheus. */
  scrape(): Promise<void> {
    const now = Date.now();
    const isOld = ({ lastScrape }: Target) => Date.parse(lastScrape) <= now;
    return idle(async () => {
      while ((await this.targets()).some(isOld)) await sleep(500);
    });
  }

  /** What PromQL gives now. */
  async query(expr: string): Promise<Sample[]> {
    const { result } = await this.ask<{ result: Sample[] }>(`query?query=${encodeURIComponent(expr)}`);
    return result;
  }

  /** Waits until an alert fires in Prometheus and has come to Alertmanager. */
  alert(name: string, labels: Record<string, string>): Promise<ListedAlert> {
    return idle(() => this.firing(name, labels));
  }

  private async firing(name: string, labels: Record<string, string>): Promise<ListedAlert> {
    const matchers = Object.entries({ alertname: name, ...labels }).map(
      ([label, value]) => `${label}="${value}"`,
    );
    const first = await this.evaluations();
    for (;;) {
      const firing = await this.query(`ALERTS{alertstate="firing", ${matchers.join(", ")}}`);
      const listed = firing.length > 0 ? await this.listed(matchers) : undefined;
      if (listed) return listed;
      if ((await this.evaluations()) > first + enoughEvaluations) break;
      await sleep(1000);
    }
    const alerts = (await this.query("ALERTS")).map(({ metric }) => JSON.stringify(metric));
    throw new Error(`${name} ${JSON.stringify(labels)} does not fire. There are:\n${alerts.join("\n")}`);
  }

  private async listed(matchers: readonly string[]): Promise<ListedAlert | undefined> {
    const filters = matchers.map((matcher) => `filter=${encodeURIComponent(matcher)}`);
    const answer = await this.page(`/alertmanager/api/v2/alerts?${filters.join("&")}`);
    const [found] = (await answer.json()) as ListedAlert[];
    return found;
  }

  private async evaluations(): Promise<number> {
    const [sample] = await this.query("sum(prometheus_rule_group_iterations_total)");
    return Number(sample?.value[1] ?? 0);
  }

  /** Asks Prometheus; fails with its words where it can't answer. */
  private async ask<T>(path: string): Promise<T> {
    const answer = await this.page(`/prometheus/api/v1/${path}`);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
    return (JSON.parse(text) as { data: T }).data;
  }
}
