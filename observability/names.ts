/** The services whose metrics mean something to others, by their names in the topology. */
export const cadvisor = "cadvisor";
export const watchdog = "watchdog";
export const nodeExporter = "node-exporter";
export const alertmanager = "alertmanager";
