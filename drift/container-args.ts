/** The arguments of the Docker provider's container that say how it runs, as plain data; see components/container.ts. */
export interface ContainerArgs {
  name: string;
  /** The image's ID. */
  image: string;
  user?: string;
  groupAdds?: string[];
  entrypoints?: string[];
  command?: string[];
  envs?: string[];
  labels?: { label: string; value: string }[];
  networksAdvanced?: { name: string; ipv4Address?: string; aliases?: string[] }[];
  ports?: { internal: number; external?: number; ip?: string; protocol?: string }[];
  volumes?: { volumeName?: string; hostPath?: string; containerPath?: string; readOnly?: boolean }[];
  mounts?: { type: string; source?: string; target: string; readOnly?: boolean }[];
  tmpfs?: Record<string, string>;
  healthcheck?: {
    tests: string[];
    interval?: string;
    timeout?: string;
    startPeriod?: string;
    retries?: number;
  };
  /** MiB. */
  memory?: number;
  memorySwap?: number;
  /** Weight among those that want the processors. */
  cpuShares?: number;
  /** Most processors, as text. */
  cpus?: string;
  readOnly?: boolean;
  capabilities?: { adds?: string[]; drops?: string[] };
  securityOpts?: string[];
  init?: boolean;
  gpus?: string;
  restart?: string;
  stopSignal?: string;
  stopTimeout?: number;
  logDriver?: string;
  logOpts?: Record<string, string>;
}
