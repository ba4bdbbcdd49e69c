import type * as pulumi from "@pulumi/pulumi";
import type { AuthoritySpec, Service } from "../topology";
import { tlsFileNames } from "../topology/tls";
import type { ConfigParts } from "./configs";
import { liveConfigVolume } from "./live-configs";
import { Authority, Certificate } from "./resources";

/** The stack's authority, and how it is to sign. */
export interface StackAuthority {
  authority: Authority;
  spec: AuthoritySpec;
}

/** The stack's own authority, where its services have certificates. */
export function stackAuthority(
  stack: string,
  spec: AuthoritySpec | undefined,
  options: pulumi.CustomResourceOptions,
): StackAuthority | undefined {
  if (!spec) return undefined;
  const args = { name: `MCP environment ${stack}`, rotation: spec.rotation };
  return { authority: new Authority("authority", args, options), spec };
}

/** The volume with the service's certificate, by where it is mounted; a new certificate is written into it beneath what runs. */
export function certificateVolumes(
  service: Service,
  parts: ConfigParts & { authority: StackAuthority | undefined },
  options: pulumi.CustomResourceOptions,
): ReadonlyMap<string, pulumi.Output<string>> {
  const { name, user, certificate: folder } = service;
  if (!folder) return new Map();
  if (!parts.authority) throw new Error(`"${name}" needs a certificate, and the topology has no authority.`);
  const { authority, spec } = parts.authority;
  const { days, renewDays } = spec;
  const { path, names: dnsNames, usages } = folder;
  const issuer = { certificate: authority.certificate, key: authority.key };
  const { certificate, key } = new Certificate(
    name,
    { name, dnsNames, usages, days, renewDays, issuer },
    options,
  );
  const content = {
    files: {
      [tlsFileNames.ca]: authority.bundle,
      [tlsFileNames.certificate]: certificate,
      [tlsFileNames.key]: key,
    },
    private: { names: [tlsFileNames.key], user },
  };
  return new Map([[path, liveConfigVolume(service, path, content, parts, options)]]);
}
