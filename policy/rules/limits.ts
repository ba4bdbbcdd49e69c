import { type AnyResource, isOf } from "../resource";
import { breach, containerRule, stackRule } from "../rule";

const unlimited = -1;
const isContainer = isOf("docker:index/container:Container");
const isReady = isOf("mcpdocker:index:Ready");

/** What a container can take from others. */
export const limits = [
  containerRule({
    id: "memory-limited",
    title: "Every container's memory is limited",
    reference: ["CIS 5.11", "OWASP 7"],
    level: "mandatory",
    remedy: "set `memory`, in MiB",
    check: ({ memory }) => breach(!(Number(memory) > 0), "memory", memory),
    example: { memory: 0, memorySwap: 0 },
  }),
  containerRule({
    id: "no-swap-added",
    title: "No swap is added to a container's memory",
    reference: ["CIS 5.11", "OWASP 7"],
    level: "mandatory",
    remedy: "set `memorySwap` to the same as `memory`; left out, the engine adds as much again",
    check: ({ memory, memorySwap }) => breach(memorySwap !== memory, "memorySwap", memorySwap),
    example: { memory: 64, memorySwap: 128 },
  }),
  containerRule({
    id: "processors-shared",
    title: "Every container has its share of the processors when they are scarce",
    reference: ["CIS 5.12", "OWASP 7"],
    level: "mandatory",
    remedy: "set `cpuShares`, 1024 for the normal share",
    check: ({ cpuShares, cpus }) => breach(!(Number(cpuShares) > 0) && !cpus, "cpuShares", cpuShares),
    example: { cpuShares: 0 },
  }),
  stackRule({
    id: "processes-limited",
    title: "Every container's processes are limited",
    reference: ["CIS 5.29", "OWASP 7"],
    level: "mandatory",
    remedy: "register a `Ready` of the container's name with `pidsLimit`",
    checkStack: ({ resources }) =>
      resources.filter(isContainer).flatMap((container) => {
        const ready = resources.filter(isReady).find(({ name }) => name === container.name);
        const limit = ready?.inputs.pidsLimit;
        return breach(!(Number(limit) > 0), "pidsLimit", limit).map((found) => ({
          resource: container,
          ...found,
        }));
      }),
    example: (resources: readonly AnyResource[]) => resources.filter((resource) => !isReady(resource)),
  }),
  containerRule({
    id: "ulimits-limited",
    title: "No limit of a process is lifted altogether",
    reference: ["CIS 5.19", "OWASP 7"],
    level: "mandatory",
    remedy: "give the limit a number, or leave it to the engine's default",
    check: ({ ulimits = [] }) =>
      ulimits.flatMap(({ name, soft, hard }) =>
        breach(soft === unlimited || hard === unlimited, "ulimits", `${name}=${soft}:${hard}`),
      ),
    example: { ulimits: [{ name: "nproc", soft: 1024, hard: -1 }] },
  }),
  containerRule({
    id: "logs-limited",
    title: "No container's log fills the host's disk",
    reference: ["OWASP 7"],
    level: "mandatory",
    remedy: "set `logOpts.max-size` and `logOpts.max-file`",
    check: ({ logDriver = "json-file", logOpts = {} }) =>
      breach(logDriver === "json-file" && !(logOpts["max-size"] && logOpts["max-file"]), "logOpts", logOpts),
    example: { logOpts: { "max-file": "3" } },
  }),
];
