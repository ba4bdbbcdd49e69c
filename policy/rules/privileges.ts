import { breach, containerRule } from "../rule";

/** Whether one of a container's security options switches a protection off; both `:` and `=` are taken by the engine. */
function lifts(option: string, protection: string, value: string): boolean {
  return option === `${protection}=${value}` || option === `${protection}:${value}`;
}

function liftedOptions(options: readonly string[] | undefined, protection: string, value: string) {
  return (options ?? []).flatMap((option) =>
    breach(lifts(option, protection, value), "securityOpts", option),
  );
}

/** What a container's processes may do. */
export const privileges = [
  containerRule({
    id: "not-privileged",
    title: "No container is privileged",
    reference: ["CIS 5.5", "OWASP 3"],
    level: "mandatory",
    remedy: "leave `privileged` out and give back the one capability that is needed",
    check: ({ privileged }) => breach(privileged === true, "privileged", privileged),
    example: { privileged: true },
  }),
  containerRule({
    id: "capabilities-dropped",
    title: "Every container starts without capabilities",
    reference: ["CIS 5.4", "OWASP 3"],
    level: "mandatory",
    remedy: 'set `capabilities.drops` to ["ALL"]',
    check: ({ capabilities }) =>
      breach(!capabilities?.drops?.includes("ALL"), "capabilities.drops", capabilities?.drops),
    example: { capabilities: { drops: ["CAP_NET_RAW"] } },
  }),
  containerRule({
    id: "no-capabilities-added",
    title: "No capability is given back",
    reference: ["CIS 5.4", "OWASP 3"],
    level: "mandatory",
    remedy: "run the program without it, or name the capability in an exception",
    check: ({ capabilities }) =>
      (capabilities?.adds ?? []).map((value) => ({ setting: "capabilities.adds", value })),
    example: { capabilities: { drops: ["ALL"], adds: ["CAP_NET_ADMIN"] } },
  }),
  containerRule({
    id: "no-new-privileges",
    title: "No process gains privileges that its parent lacks",
    reference: ["CIS 5.26", "OWASP 4"],
    level: "mandatory",
    remedy: "add `no-new-privileges:true` to `securityOpts`",
    check: ({ securityOpts = [] }) =>
      breach(
        !securityOpts.some((option) => /^no-new-privileges([:=]true)?$/.test(option)),
        "securityOpts",
        securityOpts,
      ),
    example: { securityOpts: [] },
  }),
  containerRule({
    id: "seccomp-on",
    title: "The engine's filter of system calls is on",
    reference: ["CIS 5.22", "OWASP 6"],
    level: "mandatory",
    remedy: "leave `seccomp=unconfined` out; a program that needs one call more gets a profile of its own",
    check: ({ securityOpts }) => liftedOptions(securityOpts, "seccomp", "unconfined"),
    example: { securityOpts: ["no-new-privileges:true", "seccomp=unconfined"] },
  }),
  containerRule({
    id: "apparmor-on",
    title: "AppArmor is on where the host has it",
    reference: ["CIS 5.2", "OWASP 6"],
    level: "mandatory",
    remedy: "leave `apparmor=unconfined` out",
    check: ({ securityOpts }) => liftedOptions(securityOpts, "apparmor", "unconfined"),
    example: { securityOpts: ["no-new-privileges:true", "apparmor=unconfined"] },
  }),
  containerRule({
    id: "selinux-on",
    title: "SELinux is on where the host has it",
    reference: ["CIS 5.3", "OWASP 6"],
    level: "mandatory",
    remedy: "leave `label=disable` out",
    check: ({ securityOpts }) => liftedOptions(securityOpts, "label", "disable"),
    example: { securityOpts: ["no-new-privileges:true", "label=disable"] },
  }),
  containerRule({
    id: "kernel-paths-masked",
    title: "The kernel's paths that the engine hides stay hidden",
    reference: ["OWASP 6"],
    level: "mandatory",
    remedy: "leave `systempaths=unconfined` out",
    check: ({ securityOpts }) => liftedOptions(securityOpts, "systempaths", "unconfined"),
    example: { securityOpts: ["no-new-privileges:true", "systempaths=unconfined"] },
  }),
  containerRule({
    id: "user-not-root",
    title: "Every container runs as a user that is not root",
    reference: ["CIS 4.1", "OWASP 2"],
    level: "mandatory",
    remedy: "set `user` to a number and a group, for example 10001:10001",
    check: ({ user }) => breach(/^(0*|root)(:.*)?$/.test(user ?? ""), "user", user),
    example: { user: "0:0" },
  }),
];
