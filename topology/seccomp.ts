/** A filter of system calls, in the engine's own format. Source: Docker's documentation, "Seccomp security profiles for Docker". */
export interface SeccompProfile {
  defaultAction: "SCMP_ACT_ALLOW";
  syscalls: readonly SeccompRule[];
}

interface SeccompRule {
  names: readonly string[];
  action: "SCMP_ACT_ERRNO";
  /** The error that the caller gets; EPERM where it is left out. */
  errnoRet?: number;
  /** All of them must hold. */
  args?: readonly {
    index: number;
    value: number;
    valueTwo?: number;
    op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
  }[];
}

const refused = (...names: string[]): SeccompRule => ({ names, action: "SCMP_ACT_ERRNO" });

/** That an argument of the call is just this. */
const is = (index: number, value: number) => ({ index, value, op: "SCMP_CMP_EQ" as const });

/** Kinds of namespaces by their flags in the kernel's `sched.h`: all but those of users, processes and the network. */
const otherNamespaces = {
  mount: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  time: 0x80,
};

/** Kinds of sockets that no browser has a use for, and that have had their share of the kernel's flaws; from `socket.h`. */
const otherSockets = { key: 15, packet: 17, rds: 21, tipc: 30, alg: 38, vsock: 40, xdp: 44 };

/** Of the kernel's own messages only those about routes are of use; from `netlink.h`. */
const netlink = 16;
const otherNetlink = { xfrm: 6, netfilter: 12 };

const enosys = 38;

/**
 * For a program that confines its own processes by user namespaces, as Chromium does. The engine's own filter refuses
 * those to whoever is not root, and with them the one wall between a page and the rest of the browser. In such a namespace a process has
 * rights over what is in it; so all that they would be good for, other than to give rights up, is refused here, and what
 * the engine's filter refuses as well.
 */
export const userNamespaces: SeccompProfile = {
  defaultAction: "SCMP_ACT_ALLOW",
  syscalls: [
    ...["clone", "unshare"].flatMap((name) =>
      Object.values(otherNamespaces).map((flag) => ({
        ...refused(name),
        args: [{ index: 0, value: flag, valueTwo: flag, op: "SCMP_CMP_MASKED_EQ" as const }],
      })),
    ),
    // Its flags can't be looked at; the C library takes `clone` where it is not there.
    { ...refused("clone3"), errnoRet: enosys },
    refused("setns"),
    refused("mount", "umount2", "pivot_root", "mount_setattr", "move_mount", "open_tree"),
    refused("fsopen", "fsconfig", "fsmount", "fspick"),
    ...Object.values(otherSockets).map((family) => ({
      ...refused("socket"),
      args: [is(0, family)],
    })),
    ...Object.values(otherNetlink).map((protocol) => ({
      ...refused("socket"),
      args: [is(0, netlink), is(2, protocol)],
    })),
    refused("bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    refused("add_key", "keyctl", "request_key"),
    refused("process_vm_readv", "process_vm_writev", "kcmp", "pidfd_getfd"),
    refused("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot"),
    refused(
      "open_by_handle_at",
      "name_to_handle_at",
      "fanotify_init",
      "lookup_dcookie",
      "quotactl",
      "quotactl_fd",
    ),
    refused("acct", "swapon", "swapoff", "syslog", "vhangup", "iopl", "ioperm", "nfsservctl"),
    refused("settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "sethostname", "setdomainname"),
    refused("mbind", "move_pages", "migrate_pages", "set_mempolicy"),
  ],
};
