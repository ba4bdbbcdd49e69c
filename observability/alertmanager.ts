import { stringify } from "yaml";
import type { Service } from "../topology/types";

/** Alerts that only say what follows from a service that is down. */
const followers = ["ContainerUnhealthy", "TargetDown", "McpErrorRate", "McpLatency"];

/**
 * Alertmanager's configuration: alerts by service, and of a fault and what follows from it only the fault.
 * @param webhookFile file with the address that alerts are posted to; nobody is told without.
 */
export function alertmanagerConfig(services: readonly Service[], webhookFile: string | undefined): string {
  const receiver = webhookFile === undefined ? "nobody" : "webhook";
  return stringify({
    route: {
      receiver,
      group_by: ["alertname", "service"],
      // What fails together is told together; what stays is told again.
      group_wait: "10s",
      group_interval: "1m",
      repeat_interval: "4h",
    },
    inhibit_rules: [ownFollowers, ...services.flatMap(databaseFollowers)],
    receivers: [
      {
        name: receiver,
        ...(webhookFile === undefined
          ? {}
          : { webhook_configs: [{ url_file: webhookFile, send_resolved: true }] }),
      },
    ],
  });
}

const ownFollowers = {
  source_matchers: ['alertname =~ "ContainerDown|ContainerMissing"'],
  target_matchers: [oneOf("alertname", followers)],
  equal: ["service"],
};

/** A database that is down shows in its own health, and in every service that serves what is in it. */
function databaseFollowers({ name: server }: Service, _index: number, services: readonly Service[]) {
  const clients = services
    .filter(({ databaseUsers, metrics }) => metrics && databaseUsers.some((user) => user.server === server))
    .map(({ name }) => name);
  if (clients.length === 0) return [];
  return [
    {
      source_matchers: ['alertname = "DatabaseDown"', `service = "${server}"`],
      target_matchers: [oneOf("alertname", followers), oneOf("service", [server, ...clients])],
    },
  ];
}

function oneOf(label: string, values: readonly string[]): string {
  return `${label} =~ "${values.join("|")}"`;
}
