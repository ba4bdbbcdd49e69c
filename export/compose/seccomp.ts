import type { Service } from "../../topology";

/** Where a service's own filter of system calls is, from the project's folder; Compose reads it there. */
export function seccompPath({ name }: Pick<Service, "name">): string {
  return `seccomp/${name}.json`;
}

/** The filter as a file, where the service has one. */
export function seccompFiles(service: Pick<Service, "name" | "seccomp">): [path: string, text: string][] {
  const { seccomp } = service;
  return seccomp ? [[seccompPath(service), `${JSON.stringify(seccomp, undefined, 2)}\n`]] : [];
}
