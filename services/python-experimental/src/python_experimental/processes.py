"""What the kernel can be told or asked about processes."""

import ctypes
import os
import signal
import socket
import struct

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
M_ARENA_MAX = -8

_libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, argument: int) -> None:
    """Sets a property of the calling process; raises OSError where the kernel refuses."""
    if _libc.prctl(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def forbid_inspection() -> None:
    """Closes this process's memory, environment and open files to other processes of the same user, runs above all."""
    prctl(PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """Lets the kernel kill this process when its parent ends, however that comes."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def share_one_arena() -> None:
    """Lets all threads allocate from the same memory: glibc reserves 128 MiB of address space for each other arena."""
    # A C library that has no such thing has no arenas either.
    if hasattr(_libc, "mallopt"):
        _libc.mallopt(M_ARENA_MAX, 1)


def status(pid: int | str) -> dict[str, str]:
    """The fields of a process's status; raises OSError where there is no such process."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def peer(connection: socket.socket) -> int:
    """The process that made a connection over a socket in the file system."""
    pid: int = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    return pid


def has_our_confinement(pid: int) -> bool:
    """
    Whether a process is confined like this one and no more. A run has a system call filter on top of the container's,
    and can't take it off.
    """
    try:
        return status(pid)["Seccomp_filters"] == status("self")["Seccomp_filters"]
    except (OSError, KeyError):
        return False
