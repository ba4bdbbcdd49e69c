import { shuffled } from "../../rounds";

/** What happens to a container, from which it has to recover by itself. */
export const faults = ["is killed", "runs out of memory", "hangs"] as const;
export type Fault = (typeof faults)[number];

/** Services by what their images are made of: what one of a class survives, the others do in the same way. */
export type Classes = Readonly<Record<string, readonly string[]>>;

/** Each service's faults, one after the other. */
export type Plan = ReadonlyMap<string, readonly Fault[]>;

/** Each service gets a fault, and each class all of them: in a class with fewer services, some get several. */
export function mixedPlan(classes: Classes, random: () => number): Plan {
  const plan = new Map<string, Fault[]>();
  for (const services of Object.values(classes)) {
    const [who, what] = [shuffled(services, random), shuffled(faults, random)];
    for (let turn = 0; turn < Math.max(who.length, what.length); turn += 1) {
      const [service, fault] = [who[turn % who.length], what[turn % what.length]] as [string, Fault];
      plan.set(service, [...(plan.get(service) ?? []), fault]);
    }
  }
  return plan;
}

/** Every service gets the same fault. */
export function samePlan(services: readonly string[], fault: Fault): Plan {
  return new Map(services.map((service) => [service, [fault]]));
}

/** A plan as a report shows it, by class. */
export function describePlan(classes: Classes, plan: Plan): string {
  const line = ([name, services]: [string, readonly string[]]) =>
    `${name}: ${services.map((service) => `${service} ${plan.get(service)?.join(", then ")}`).join("; ")}`;
  return Object.entries(classes).map(line).join("\n");
}
