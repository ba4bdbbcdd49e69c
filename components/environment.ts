import * as pulumi from "@pulumi/pulumi";
import type { ImageSource } from "../imaging";
import type { Settings } from "../config/schema";
import type { Service, Topology } from "../topology";
import { webPasswordSecret } from "../topology/monitoring";
import { addressOf, ownNetworkOf, publishedEndpoint } from "../topology/networks";
import { allServices } from "../topology/services";
import { clientKeySecret } from "../topology/tekup/gateway";
import { stackAuthority } from "./certificates";
import { engineHost } from "./host";
import { stackImages } from "./images";
import { stackOwner } from "./labels";
import { stackNetwork } from "./network";
import { secretCalled, type Secrets, stackSecrets } from "./secrets";
import type { RunningService } from "./service";
import { ServiceTier } from "./tier";
import { stackVolume } from "./volume";

export interface EnvironmentArgs {
  topology: Topology;
  settings: Settings;
  imageSource: ImageSource;
}

/** A whole stack: what all tiers share, then the tiers from the bottom up. */
export class Environment extends pulumi.ComponentResource {
  /** How to reach what the stack runs. */
  readonly outputs: Record<string, unknown>;

  constructor(
    { topology, settings, imageSource }: EnvironmentArgs,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super("mcp:docker:Environment", topology.stack, {}, options);
    const own = { parent: this };
    const { stack } = topology;
    const owner = stackOwner(stack, own);
    const networks = new Map(
      topology.networks.map((spec) => [spec.name, stackNetwork(spec, owner, own)] as const),
    );
    const volumes = new Map(
      topology.volumes.map((spec) => [spec.name, stackVolume(spec, owner, own).name] as const),
    );
    const dataVolumes = new Set(
      topology.volumes.filter(({ kind }) => kind === "data").map(({ name }) => name),
    );
    const secrets = stackSecrets(topology.secrets, own);
    const authority = stackAuthority(stack, topology.authority, own);
    const host = engineHost(settings);
    const images = stackImages(stack, settings, imageSource, own);
    const running = new Map<string, RunningService>();
    for (const tier of topology.tiers) {
      const { services } = new ServiceTier(
        tier,
        {
          owner,
          networks,
          volumes,
          dataVolumes,
          secrets,
          authority,
          host,
          images,
          running,
          logs: topology.logs,
          healthTimeout: settings.healthTimeout,
        },
        own,
      );
      services.forEach((service, name) => running.set(name, service));
    }
    this.outputs = {
      ...environmentOutputs(topology, imageSource),
      ...clientKeyOutputs(settings, secrets),
      ...webPassword(secrets),
    };
    this.registerOutputs({});
  }
}

/** The API key of each client of the gateway, where there is one. */
function clientKeyOutputs({ system, clients }: Settings, secrets: Secrets) {
  if (system !== "tekup") return {};
  const keys = Object.entries(clients).map(
    ([
      client,
      {
        keys: [newest = ""],
      },
    ]) => [client, secretCalled(secrets, clientKeySecret(client, newest), client)],
  );
  return { clientKeys: pulumi.secret(Object.fromEntries(keys) as Record<string, pulumi.Output<string>>) };
}

/** The password of the web entry, where there is one: the one secret among the outputs, as people have to type it. */
function webPassword(secrets: Secrets): Record<string, pulumi.Output<string>> {
  const password = secrets.get(webPasswordSecret);
  return password ? { webPassword: pulumi.secret(password) } : {};
}

/** The stack's outputs: where its servers are, by name. Plain data, without secrets. */
export function environmentOutputs(topology: Topology, imageSource: ImageSource): Record<string, unknown> {
  const services = allServices(topology);
  const { networkName, subnet, gateway } = ownNetworkOf(topology);
  return {
    system: topology.system,
    network: { name: networkName, subnet, gateway },
    imageSource,
    servers: Object.fromEntries(
      services.filter(({ mcp }) => mcp).map((service) => [service.name, endpoints(service)]),
    ),
  };
}

function endpoints(service: Service) {
  const { containerName, mcp } = service;
  const published = publishedEndpoint(service);
  return {
    http: `http://${addressOf(service)}:${mcp?.port}/mcp`,
    ...(published ? { published } : {}),
    ...(mcp?.stdio ? { stdio: ["docker", "exec", "-i", containerName, ...mcp.stdio].join(" ") } : {}),
  };
}
