import type { Settings } from "../config/schema";
import type { ImageSource } from "../imaging/types";
import { dashboardViewer } from "./dashboards";
import { cadvisor, nodeExporter } from "./exporters";
import { alertmanager, nginx, prometheus } from "./monitoring";
import type { ServiceTemplate } from "./service";
import { watchdog } from "./watchdog";

/** What watches any stack, whichever services it has, and the entry to it. */
export function watching(settings: Settings, source: ImageSource): ServiceTemplate[] {
  return [
    nginx,
    prometheus(settings),
    dashboardViewer(source),
    alertmanager(settings),
    watchdog,
    cadvisor,
    nodeExporter,
  ];
}
