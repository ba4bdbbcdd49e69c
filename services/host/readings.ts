import { Counter, Gauge, type Registry } from "prom-client";

/** What is measured by reading it whenever metrics are asked for. */
interface Reading {
  name: string;
  help: string;
  value: () => number;
}

/** Registers a gauge of a value that is kept elsewhere. */
export function gaugeOf(registry: Registry, { value, ...named }: Reading): void {
  new Gauge({
    ...named,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}

/** Registers a counter of what counts itself. */
export function counterOf(registry: Registry, { value, ...named }: Reading): void {
  new Counter({
    ...named,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}
