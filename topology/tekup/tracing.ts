import type { Settings } from "../../config/schema";
import { tracingEnvironment } from "../tracing";
import { tekupPlaces } from "./places";

/** Where the programs of a stack send their traces, as environment; nothing where the stack has nothing that takes them. */
export function tracing(settings: Settings): Record<string, string> {
  return settings.tiers >= tekupPlaces.monitoring.number ? tracingEnvironment(settings) : {};
}
