import type { Settings } from "./settings";
import { ToldError } from "./told-error";

/** How a database's statements mark the places of their parameters. */
const marks: Record<Settings["kind"], (count: number) => string> = {
  postgres: (count) => (count === 1 ? " ($1)" : ` ($1 to $${count})`),
  mariadb: () => " (?)",
};

/** A statement got another number of values than it has places for. */
export class ParametersError extends ToldError {
  constructor(kind: Settings["kind"], places: number, given: number) {
    const has = places === 0 ? "no parameter" : `${several(places, "parameter")}${marks[kind](places)}`;
    const advice = places === 0 ? "leave `parameters` out" : "give one for each, in their order";
    super(`parameters: the statement has ${has}, and ${several(given, "value")} came with it; ${advice}`);
  }
}

function several(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}
