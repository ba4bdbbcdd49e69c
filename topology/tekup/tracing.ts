import type { Settings } from "../../config/schema";
import { tracingEnvironment } from "../tracing";
import { tekupPlaces } from "./places";

/** Where the programs of a stack send their traces, as environment; nothing where the stack has nothing that takes them. */
export function tracing({ tiers, traceShare }: Settings): Record<string, string> {
  return tiers >= tekupPlaces.monitoring.number ? tracingEnvironment(traceShare) : {};
}
