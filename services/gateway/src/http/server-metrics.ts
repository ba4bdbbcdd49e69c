import { Counter, Gauge, type Registry } from "prom-client";
import type { Group, Tally } from "../upstream/groups";
import type { UpstreamServer } from "../upstream/server";

/** Shows what the servers and their groups of replicas do. Names are those of the configuration, so series are few. */
export function serverMetrics(servers: ReadonlyMap<string, UpstreamServer>, registry: Registry): void {
  const registers = [registry];
  const groups = (): [labels: { server: string; group: string }, group: Group][] =>
    [...servers.values()].flatMap(({ name: server, context }) =>
      context.replicas.groups.map((group): [{ server: string; group: string }, Group] => [
        { server, group: group.name },
        group,
      ]),
    );
  new Gauge({
    name: "mcp_gateway_replicas",
    help: "Replicas of each server, by whether they are in use.",
    labelNames: ["server", "group", "in_use"],
    registers,
    // Workers look at the same replicas, each for itself.
    aggregator: "average",
    collect() {
      this.reset();
      for (const [labels, { replicas }] of groups()) {
        const { all } = replicas;
        const used = all.filter(({ health }) => health.inUse).length;
        this.set({ ...labels, in_use: "true" }, used);
        this.set({ ...labels, in_use: "false" }, all.length - used);
      }
    },
  });
  new Gauge({
    name: "mcp_gateway_group_weight",
    help: "Share of a group of replicas in what is new on its server; with 0 it only ends what it has.",
    labelNames: ["server", "group"],
    registers,
    aggregator: "first",
    collect() {
      this.reset();
      for (const [labels, { weight }] of groups()) this.set(labels, weight);
    },
  });
  new Gauge({
    name: "mcp_gateway_outstanding_requests",
    help: "Requests to a group of replicas that are not at their end, streams among them.",
    labelNames: ["server", "group"],
    registers,
    collect() {
      this.reset();
      for (const [labels, { replicas }] of groups()) {
        const count = replicas.all.reduce((sum, { outstanding }) => sum + outstanding, 0);
        this.set(labels, count);
      }
    },
  });
  new Counter({
    name: "mcp_gateway_group_picks_total",
    help: "Sessions, and requests that belong to none, that went to a group of replicas by its weight.",
    labelNames: ["server", "group"],
    registers,
    collect() {
      this.reset();
      for (const [labels, { tally }] of groups()) this.inc(labels, tally.picked);
    },
  });
  new Counter({
    name: "mcp_gateway_upstream_requests_total",
    help: "Requests to a group of replicas, each attempt counted, by whether the server was able to serve.",
    labelNames: ["server", "group", "outcome"],
    registers,
    collect() {
      this.reset();
      for (const [labels, { tally }] of groups()) {
        for (const outcome of ["answered", "failed"] satisfies (keyof Tally)[]) {
          this.inc({ ...labels, outcome }, tally[outcome]);
        }
      }
    },
  });
  new Gauge({
    name: "mcp_gateway_queued_calls",
    help: "Calls that wait for their turn on a server.",
    labelNames: ["server"],
    registers,
    collect() {
      this.reset();
      for (const { name, gate } of servers.values()) this.set({ server: name }, gate.queued);
    },
  });
}
