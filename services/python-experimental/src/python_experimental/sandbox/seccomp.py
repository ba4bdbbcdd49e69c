"""
The system calls that a run may make. Everything that is not listed fails with EPERM, so that what a later kernel adds
is refused until somebody has looked at it.

It stands behind the container's own filter, which every process in it has; see `landlock` for files.
"""

import ctypes
import errno
import os
import socket
import struct
import sys

_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_OPTIMIZE = 8
"""Attribute: 2 sorts the rules into a binary tree, so that a call costs the same wherever it is listed."""
_EQUAL, _MASKED_EQUAL = 4, 7

_FILES = """
access chdir chmod close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 fadvise64 fallocate
fchdir fdatasync flock fstat fstatfs fsync ftruncate getcwd getdents getdents64 link linkat lseek lstat mkdir mkdirat
newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readlink readlinkat
readv rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink symlinkat truncate umask unlink
unlinkat utime utimensat utimes write writev
"""
_EVENTS = """
epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 poll ppoll pselect6 select
signalfd signalfd4 timerfd_create timerfd_gettime timerfd_settime
"""
_MEMORY = "brk madvise membarrier mincore mlock mmap mprotect mremap msync munlock munmap"
_PROCESS = """
arch_prctl exit exit_group futex futex_waitv getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid
getpriority getresgid getresuid getrlimit getrusage getsid gettid getuid restart_syscall rseq sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getparam sched_getscheduler sched_yield set_robust_list set_tid_address
setrlimit sysinfo times uname wait4 waitid
"""
_SIGNALS = """
alarm getitimer pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait setitimer
sigaltstack
"""
_TIME = """
clock_getres clock_gettime clock_nanosleep getrandom gettimeofday nanosleep time timer_create timer_delete
timer_getoverrun timer_gettime timer_settime
"""
_SOCKETS = """
accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto
setsockopt shutdown
"""

_CLONE_THREAD = 0x00010000
_CLONE_NEW = 0x7E020080
"""All flags of clone that make a namespace."""
_SET_ID_BITS = 0o6000

_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1032)
"""
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, the F_OFD_ locks, F_DUPFD_CLOEXEC and
F_GETPIPE_SZ. Not F_SETOWN and F_SETSIG: with these the kernel sends any signal to any process of the same user.
"""
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX and FIOCLEX: what isatty() and non-blocking files need."""
_PRCTL = (15, 16)
"""PR_SET_NAME and PR_GET_NAME."""


class _Compare(ctypes.Structure):
    """A condition on an argument of a call, libseccomp's scmp_arg_cmp."""

    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def _is(argument: int, value: int) -> _Compare:
    return _Compare(argument, _EQUAL, value, 0)


def _masked(argument: int, mask: int, value: int) -> _Compare:
    return _Compare(argument, _MASKED_EQUAL, mask, value)


def _rules(pid: int) -> list[tuple[str, tuple[_Compare, ...]]]:
    """Every call that is allowed, and under which conditions on its arguments."""
    names = " ".join((_FILES, _EVENTS, _MEMORY, _PROCESS, _SIGNALS, _TIME, _SOCKETS)).split()
    rules: list[tuple[str, tuple[_Compare, ...]]] = [(name, ()) for name in names if name != "chmod"]
    # The only network are sockets in the file system: the forwarders to the databases.
    rules += [(name, (_is(0, socket.AF_UNIX),)) for name in ("socket", "socketpair")]
    # Threads, but no processes. Python and glibc make threads with clone where clone3 does not exist.
    rules.append(("clone", (_masked(0, _CLONE_THREAD | _CLONE_NEW, _CLONE_THREAD),)))
    # Signals to the own process only.
    rules += [(name, (_is(0, pid),)) for name in ("kill", "tgkill")]
    # The limits and the processors of the own process only.
    rules += [(name, (_is(0, own),)) for name in ("prlimit64", "sched_setaffinity") for own in (0, pid)]
    rules += [("chmod", (_masked(1, _SET_ID_BITS, 0),)), ("fchmod", (_masked(1, _SET_ID_BITS, 0),))]
    rules += [(name, (_masked(2, _SET_ID_BITS, 0),)) for name in ("fchmodat", "fchmodat2")]
    rules += [("fcntl", (_is(1, command),)) for command in _FCNTL]
    rules += [("ioctl", (_is(1, request),)) for request in _IOCTL]
    rules += [("prctl", (_is(0, option),)) for option in _PRCTL]
    return rules


def confine() -> None:
    """Puts the filter on the calling process, for good. It sets no_new_privs as well."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Compare),
    ]
    context = ctypes.c_void_p(library.seccomp_init(_ERRNO | errno.EPERM))
    if not context:
        raise OSError("seccomp_init failed")
    _check(library.seccomp_attr_set(context, _OPTIMIZE, 2), "binary tree")
    for name, conditions in _rules(os.getpid()):
        _add(library, context, _ALLOW, name, conditions)
    # ENOSYS makes glibc fall back on clone, whose flags can be seen here; clone3's are in memory.
    _add(library, context, _ERRNO | errno.ENOSYS, "clone3", ())
    _check(library.seccomp_load(context), "loading the filter")
    library.seccomp_release(context)


def _add(
    library: ctypes.CDLL, context: ctypes.c_void_p, action: int, name: str, conditions: tuple[_Compare, ...]
) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    # Negative: another architecture's call, or one that this libseccomp does not know; it stays refused.
    if number < 0:
        return
    array = (_Compare * max(1, len(conditions)))(*conditions)
    _check(library.seccomp_rule_add_array(context, action, number, len(conditions), array), name)


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(-result, f"seccomp: {what}: {os.strerror(-result)}")


if struct.calcsize("P") != 8 or sys.platform != "linux":
    raise ImportError("the filter is written for 64-bit Linux")
