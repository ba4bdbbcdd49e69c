/** The part of the Compose file format that the export uses. Source: the Compose specification. */
export interface ComposeFile {
  name: string;
  services: Record<string, ComposeService>;
  networks: Record<string, ComposeNetwork>;
  volumes: Record<string, ComposeVolume>;
}

export interface ComposeService {
  image: string;
  pull_policy?: "missing" | "never";
  container_name: string;
  user: string;
  group_add?: string[];
  environment?: Record<string, string>;
  entrypoint?: string[];
  command?: string[];
  labels?: Record<string, string>;
  networks?: Record<string, { ipv4_address: string; aliases: string[] }>;
  network_mode?: "none";
  ports?: { target: number; published: string; host_ip: string }[];
  volumes?: ComposeMount[];
  tmpfs?: string[];
  healthcheck?: ComposeHealthcheck;
  depends_on?: Record<string, { condition: DependencyCondition }>;
  restart: "unless-stopped" | "no";
  init?: boolean;
  read_only: boolean;
  cap_drop: string[];
  cap_add?: string[];
  security_opt: string[];
  mem_limit: string;
  memswap_limit: string;
  /** Left out where it is the normal one. */
  /** Most processors. */
  cpus?: number;
  cpu_shares?: number;
  pids_limit: number;
  deploy?: { resources: { reservations: { devices: ComposeDevice[] } } };
  stop_signal?: string;
  stop_grace_period?: string;
  logging?: { driver: string; options: Record<string, string> };
}

export type DependencyCondition = "service_healthy" | "service_completed_successfully";

export interface ComposeMount {
  type: "volume" | "bind";
  source: string;
  target: string;
  read_only?: boolean;
  bind?: { propagation?: "rslave"; create_host_path?: boolean };
  volume?: { nocopy: boolean };
}

export interface ComposeHealthcheck {
  test: string[];
  interval: string;
  timeout: string;
  start_period: string;
  retries: number;
}

export interface ComposeDevice {
  driver: string;
  capabilities: string[];
  count?: "all" | number;
  device_ids?: string[];
}

export interface ComposeNetwork {
  name: string;
  driver: string;
  internal?: boolean;
  ipam: { config: { subnet: string; gateway: string }[] };
  labels: Record<string, string>;
}

export interface ComposeVolume {
  name: string;
  driver_opts?: Record<string, string>;
  labels?: Record<string, string>;
}
