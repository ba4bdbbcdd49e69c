"""
Ways out of a run that look possible: a name, the code, and what must become of it (a pattern over the run's status,
reason, result and standard error). `SERVER` is the server's process, `OUTSIDE` a directory it owns, `PORT` a port that
somebody listens at, `SOCKET` the socket at which stdio processes attach, `ABSTRACT` an abstract socket.
"""

import platform

_NUMBERS = {
    "x86_64": {
        "add_key": 248, "bpf": 321, "capset": 126, "chroot": 161, "clone": 56, "clone3": 435, "execveat": 322,
        "fanotify_init": 300, "inotify_init1": 294, "io_uring_enter": 426, "io_uring_setup": 425, "keyctl": 250,
        "kexec_load": 246, "landlock_create_ruleset": 444, "memfd_create": 319, "memfd_secret": 447, "mount": 165,
        "move_mount": 429, "mq_open": 240, "open_by_handle_at": 304, "open_tree": 428, "perf_event_open": 298,
        "personality": 135, "pidfd_getfd": 438, "pidfd_open": 434, "pidfd_send_signal": 424, "pivot_root": 155,
        "prctl": 157, "prlimit64": 302, "process_madvise": 440, "process_vm_readv": 310, "process_vm_writev": 311,
        "ptrace": 101, "quotactl": 179, "reboot": 169, "rt_sigqueueinfo": 129, "sched_setscheduler": 144,
        "seccomp": 317,
        "semget": 64, "setns": 308, "shmget": 29, "socket": 41, "syslog": 103, "tgkill": 234, "tkill": 200,
        "umount2": 166, "unshare": 272, "userfaultfd": 323,
    },
    "aarch64": {
        "add_key": 217, "bpf": 280, "capset": 91, "chroot": 51, "clone": 220, "clone3": 435, "execveat": 281,
        "fanotify_init": 262, "inotify_init1": 26, "io_uring_enter": 426, "io_uring_setup": 425, "keyctl": 219,
        "kexec_load": 104, "landlock_create_ruleset": 444, "memfd_create": 279, "memfd_secret": 447, "mount": 40,
        "move_mount": 429, "mq_open": 180, "open_by_handle_at": 265, "open_tree": 428, "perf_event_open": 241,
        "personality": 92, "pidfd_getfd": 438, "pidfd_open": 434, "pidfd_send_signal": 424, "pivot_root": 41,
        "prctl": 167, "prlimit64": 261, "process_madvise": 440, "process_vm_readv": 270, "process_vm_writev": 271,
        "ptrace": 117, "quotactl": 60, "reboot": 142, "rt_sigqueueinfo": 138, "sched_setscheduler": 119,
        "seccomp": 277,
        "semget": 190, "setns": 268, "shmget": 194, "socket": 198, "syslog": 116, "tgkill": 131, "tkill": 130,
        "umount2": 39, "unshare": 97, "userfaultfd": 282,
    },
}  # fmt: skip
NUMBERS = _NUMBERS.get(platform.machine(), {})

PRELUDE = """
import ctypes, errno, os, signal, socket, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
def syscall(number, *arguments):
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *converted)
    return result if result >= 0 else errno.errorcode[ctypes.get_errno()]
"""

REFUSED = r"Operation not permitted|Permission denied|Read-only file system|'EPERM'|'EACCES'|\[Errno 1\]|\[Errno 13\]"

NETWORK = [
    ("TCP", "socket.create_connection(('127.0.0.1', PORT))", REFUSED),
    ("TCP over IPv6", "socket.socket(socket.AF_INET6)", REFUSED),
    ("UDP", "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", REFUSED),
    ("a raw socket", "socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)", REFUSED),
    ("netlink", "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", REFUSED),
    ("packets", "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", REFUSED),
    ("vsock", "socket.socket(socket.AF_VSOCK)", REFUSED),
    ("the kernel's crypto sockets", "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)", REFUSED),
    ("DNS", "socket.getaddrinfo('example.org', 80)", "gaierror"),
    ("HTTP", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT', timeout=1)", "URLError"),
    ("listening", "socket.create_server(('', 0))", REFUSED),
    ("a socket through ctypes", "syscall(NR_socket, 2, 1, 0)", REFUSED),
    ("a family with high bits set", "syscall(NR_socket, (1 << 32) | 2, 1, 0)", REFUSED),
    ("io_uring", "syscall(NR_io_uring_setup, 8, ctypes.create_string_buffer(256))", REFUSED),
    ("io_uring_enter", "syscall(NR_io_uring_enter, 3, 1, 1, 0, 0)", REFUSED),
    ("an abstract socket outside", "socket.socket(socket.AF_UNIX).connect('\\0ABSTRACT')", REFUSED),
    (
        "the server's own stdio socket",
        """s = socket.socket(socket.AF_UNIX); s.settimeout(2); s.connect('SOCKET')
s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"ping"}\\n'); s.recv(100)""",
        r"^ok None b''|ConnectionResetError|BrokenPipeError",
    ),
]

PROCESSES = [
    ("fork", "os.fork()", REFUSED),
    ("forkpty", "os.forkpty()", REFUSED),
    ("vfork", "libc.vfork(), errno.errorcode[ctypes.get_errno()]", REFUSED),
    ("clone", "syscall(NR_clone, signal.SIGCHLD, 0, 0, 0, 0)", REFUSED),
    ("clone of a thread in a new namespace", "syscall(NR_clone, 0x10000 | 0x10000000 | 0x900, 0, 0, 0, 0)", REFUSED),
    ("clone3", "syscall(NR_clone3, ctypes.create_string_buffer(88), 88)", "'ENOSYS'"),
    (
        "system",
        "import posix; posix.system('id'), os.waitstatus_to_exitcode(posix.system('id')) == 0",
        r"False|\(-1, |ValueError",
    ),
    ("system, which says so", "os.system('id')", r"\[Errno 1\] run_python can't start other programs"),
    ("subprocess", "import subprocess; subprocess.run(['/bin/true'])", REFUSED),
    ("popen", "os.popen('id').read()", REFUSED),
    ("multiprocessing", "import multiprocessing as m; m.Process(target=print).start()", REFUSED),
    ("a pool of processes", "from concurrent.futures import ProcessPoolExecutor as P; P().submit(id, 1)", REFUSED),
    ("execv", "os.execv('/bin/true', ['true'])", REFUSED),
    ("posix_spawn", "os.posix_spawn('/bin/true', ['true'], {})", REFUSED),
    ("execveat", "syscall(NR_execveat, os.open('/bin/sh', os.O_RDONLY), b'', 0, 0, 0x1000)", REFUSED),
    ("a program in memory", "os.memfd_create('x')", REFUSED),
    ("a secret file in memory", "syscall(NR_memfd_secret, 0)", REFUSED),
]

SERVER = [
    ("reading the server's environment", "open('/proc/SERVER/environ', 'rb').read()", REFUSED),
    ("writing to the server's memory", "open('/proc/SERVER/mem', 'r+b')", REFUSED),
    ("the server's open files", "os.listdir('/proc/SERVER/fd')", REFUSED),
    ("the parent's environment", "open(f'/proc/{os.getppid()}/environ', 'rb').read()", REFUSED),
    ("listing processes", "os.listdir('/proc')", REFUSED),
    ("process_vm_readv", "syscall(NR_process_vm_readv, SERVER, 0, 0, 0, 0, 0)", REFUSED),
    ("process_vm_writev", "syscall(NR_process_vm_writev, SERVER, 0, 0, 0, 0, 0)", REFUSED),
    ("process_madvise", "syscall(NR_process_madvise, 3, 0, 0, 4, 0)", REFUSED),
    ("ptrace", "syscall(NR_ptrace, 16, SERVER, 0, 0)", REFUSED),
    ("pidfd_open", "syscall(NR_pidfd_open, SERVER, 0)", REFUSED),
    ("pidfd_getfd", "syscall(NR_pidfd_getfd, 3, 0, 0)", REFUSED),
    ("kill", "os.kill(SERVER, signal.SIGKILL)", REFUSED),
    ("kill everything", "os.kill(-1, signal.SIGKILL)", REFUSED),
    ("kill its group", "os.killpg(os.getpgid(SERVER), signal.SIGKILL)", REFUSED),
    ("tgkill", "syscall(NR_tgkill, SERVER, SERVER, 9)", REFUSED),
    ("tkill", "syscall(NR_tkill, SERVER, 9)", REFUSED),
    ("rt_sigqueueinfo", "syscall(NR_rt_sigqueueinfo, SERVER, 9, ctypes.create_string_buffer(128))", REFUSED),
    ("pidfd_send_signal", "syscall(NR_pidfd_send_signal, 3, 9, 0, 0)", REFUSED),
    (
        "a signal by the owner of a descriptor",
        "import fcntl; a, b = socket.socketpair(); fcntl.fcntl(a, fcntl.F_SETOWN, SERVER)",
        REFUSED,
    ),
    ("a signal of its choice for a descriptor", "import fcntl; fcntl.fcntl(0, 10, 9)", REFUSED),
    ("a signal by ioctl", "import fcntl; fcntl.ioctl(0, 0x8901, struct.pack('i', SERVER))", REFUSED),
    ("the server's limits", "import resource; resource.prlimit(SERVER, resource.RLIMIT_NOFILE, (3, 3))", REFUSED),
    ("the server's processors", "os.sched_setaffinity(SERVER, {0})", REFUSED),
    ("the server's priority", "os.setpriority(os.PRIO_PROCESS, SERVER, 19)", REFUSED),
    ("the server's scheduling", "syscall(NR_sched_setscheduler, SERVER, 5, struct.pack('i', 0))", REFUSED),
]

PRIVILEGES = [
    ("setuid", "os.setuid(0)", REFUSED),
    ("setgroups", "os.setgroups([0])", REFUSED),
    ("capset", "syscall(NR_capset, ctypes.create_string_buffer(8), ctypes.create_string_buffer(24))", REFUSED),
    ("chmod to set-user-id", "open('x', 'w').close(); os.chmod('x', 0o4755)", REFUSED),
    ("fchmod to set-group-id", "os.fchmod(os.open('x', os.O_CREAT | os.O_RDWR), 0o2755)", REFUSED),
    ("chown", "open('x', 'w').close(); os.chown('x', 0, 0)", REFUSED),
    (
        "higher limits",
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        r"not allowed to raise|Operation not permitted",
    ),
    ("a better priority", "os.nice(-10)", REFUSED),
    ("unshare", "syscall(NR_unshare, 0x10000000)", REFUSED),
    ("setns", "syscall(NR_setns, 0, 0)", REFUSED),
    ("mount", "syscall(NR_mount, b'none', b'/mnt', b'tmpfs', 0, 0)", REFUSED),
    ("umount", "syscall(NR_umount2, b'/tmp', 2)", REFUSED),
    ("open_tree", "syscall(NR_open_tree, -100, b'/', 1)", REFUSED),
    ("move_mount", "syscall(NR_move_mount, -100, b'/', -100, b'/mnt', 0)", REFUSED),
    ("pivot_root", "syscall(NR_pivot_root, b'.', b'.')", REFUSED),
    ("chroot", "os.chroot('.')", REFUSED),
    ("open_by_handle_at", "syscall(NR_open_by_handle_at, 3, 0, 0)", REFUSED),
    ("bpf", "syscall(NR_bpf, 0, 0, 0)", REFUSED),
    ("add_key", "syscall(NR_add_key, b'user', b'x', b'y', 1, -3)", REFUSED),
    ("keyctl", "syscall(NR_keyctl, 0, -3, 0)", REFUSED),
    ("perf_event_open", "syscall(NR_perf_event_open, 0, 0, -1, -1, 0)", REFUSED),
    ("userfaultfd", "syscall(NR_userfaultfd, 0)", REFUSED),
    ("personality", "syscall(NR_personality, 0x40000)", REFUSED),
    ("reboot", "syscall(NR_reboot, 0xfee1dead, 672274793, 0, 0)", REFUSED),
    ("kexec_load", "syscall(NR_kexec_load, 0, 0, 0, 0)", REFUSED),
    ("the kernel's log", "syscall(NR_syslog, 3, 0, 0)", REFUSED),
    ("quotactl", "syscall(NR_quotactl, 0, 0, 0, 0)", REFUSED),
    ("fanotify", "syscall(NR_fanotify_init, 0, 0)", REFUSED),
    ("inotify", "syscall(NR_inotify_init1, 0)", REFUSED),
    ("shared memory", "syscall(NR_shmget, 1, 4096, 0o1777)", REFUSED),
    ("semaphores", "syscall(NR_semget, 1, 1, 0o1777)", REFUSED),
    ("a message queue", "syscall(NR_mq_open, b'x', 0o101, 0o600, 0)", REFUSED),
    ("another filter", "syscall(NR_seccomp, 1, 0, 0)", REFUSED),
    ("another Landlock", "syscall(NR_landlock_create_ruleset, 0, 0, 1)", REFUSED),
    ("being inspected", "syscall(NR_prctl, 4, 1, 0, 0, 0)", REFUSED),
    ("outliving the server", "syscall(NR_prctl, 1, 0, 0, 0, 0)", REFUSED),
]

FILES = [
    ("changing the server's code", "open(RUNNER, 'a')", REFUSED),
    ("changing the installed software", "import pymysql; open(pymysql.__file__, 'a')", REFUSED),
    ("planting a module", "open(os.path.join(os.path.dirname(os.__file__), 'planted.py'), 'w')", REFUSED),
    ("writing beside its directory", "open('OUTSIDE/x', 'w')", REFUSED),
    ("reading beside its directory", "open('OUTSIDE/secret').read()", REFUSED),
    ("listing other runs", "os.listdir('..')", REFUSED),
    ("leaving something in /tmp", "open('/tmp/left-behind', 'w')", REFUSED),
    ("leaving something in /dev/shm", "open('/dev/shm/left-behind', 'w')", REFUSED),
    ("removing the server's files", "os.remove('OUTSIDE/secret')", REFUSED),
    ("renaming its directory away", "os.rename(os.getcwd(), 'OUTSIDE/gone')", REFUSED),
    (
        "a hard link to the server's file",
        "os.link('OUTSIDE/secret', 'linked'); open('linked').read()",
        r"Errno 18|" + REFUSED,
    ),
    ("reading through a link", "os.symlink('OUTSIDE/secret', 'l'); open('l').read()", REFUSED),
    ("writing through a link", "os.symlink('OUTSIDE/secret', 'l'); open('l', 'w')", REFUSED),
    ("the removal following a link", "os.symlink('OUTSIDE', 'l'); os.symlink('OUTSIDE/secret', 'm')", "^ok"),
    ("the terminal", "open('/dev/tty', 'w')", r"Errno 6|" + REFUSED),
    ("a device of its own", "os.mknod('d', 0o20600, os.makedev(1, 1))", REFUSED),
    ("executing what it wrote", "open('x', 'w').close(); os.chmod('x', 0o755); os.execv('x', ['x'])", REFUSED),
    (
        "directories nested deeper than the removal's stack",
        "\nfor i in range(3000): os.mkdir('d'); os.chdir('d')",
        "^ok",
    ),
    ("directories it takes its rights on away", "os.makedirs('a/b'); open('a/b/c', 'w'); os.chmod('a', 0)", "^ok"),
    ("names that are no text", "open(b'\\xff\\n', 'w'); os.mkdir(b'-rf \\xfe')", "^ok"),
]

RESOURCES = [
    ("one large piece of memory", "bytearray(10**10)", "MemoryError"),
    ("ever more memory", "x = []\nwhile True: x.append(bytearray(10**7))", "MemoryError"),
    ("memory by ctypes", "libc.malloc.restype = ctypes.c_void_p; libc.malloc(ctypes.c_size_t(2**31))", "^ok None None"),
    ("an endless loop", "while True: pass", "^timeout"),
    ("sleeping", "time.sleep(1000)", "^timeout"),
    (
        "ignoring all signals",
        "for s in set(signal.Signals) - {9, 19}: signal.signal(s, signal.SIG_IGN)\nwhile True: time.sleep(1)",
        "^timeout",
    ),
    ("stopping itself", "os.kill(os.getpid(), signal.SIGSTOP)", "^timeout"),
    ("endless output", "while True: sys.stdout.write('x' * 65536)", r"^(killed too much output|timeout)"),
    ("endless errors", "while True: sys.stderr.write('x' * 65536)", r"^(killed too much output|timeout)"),
    ("an endless result", "\n'x' * 10**7", "^ok"),
    (
        "an endless result past the runner",
        "\nfor fd in range(3, 64):\n try:\n  while True: os.write(fd, b'x' * 65536)\n except OSError: pass",
        r"^(killed too much output|timeout)",
    ),
    ("a large file", "f = open('x', 'wb')\nwhile True: f.write(bytes(10**6))", "File too large|SIGXFSZ"),
    ("a large sparse file", "open('x', 'wb').truncate(2**40)", "File too large|SIGXFSZ"),
    ("many open files", "x = [open('/dev/null') for _ in range(1000)]", "Too many open files"),
    (
        "many threads",
        "for _ in range(10000): threading.Thread(target=time.sleep, args=(100,)).start()",
        r"can't start new thread|MemoryError|^killed more than",
    ),
    (
        "many small threads",
        """threading.stack_size(32768)
try:
    while True: threading.Thread(target=time.sleep, args=(100,)).start()
except RuntimeError: time.sleep(100)""",
        r"^killed more than \d+ threads",
    ),
    (
        "computing in several threads",
        "for _ in range(4): threading.Thread(target=lambda: sum(iter(int, 1))).start()",
        "^timeout",
    ),
    (
        "a deep recursion",
        "sys.setrecursionlimit(10**9)\ndef f(): f()\nf()",
        "^killed SIGSEGV|MemoryError|RecursionError|^timeout",
    ),
    ("crashing", "ctypes.string_at(0)", "^killed SIGSEGV"),
    ("aborting", "os.abort()", "^killed SIGABRT"),
    ("leaving at once", "os._exit(7)", "^error None None"),
    ("closing everything", "os.closerange(0, 64)", "^ok|^error"),
    ("a thread that goes on", "threading.Thread(target=time.sleep, args=(1000,)).start()", "^timeout"),
    ("an exit handler that goes on", "import atexit; atexit.register(time.sleep, 1000)", "^timeout"),
    (
        "compressed text that grows",
        "import zlib; zlib.decompress(zlib.compress(bytes(10**8)) )[:1]; 9 ** 9 ** 9",
        "MemoryError|^timeout",
    ),
]

_MACHINE_CODE = """
import mmap
code = mmap.mmap(-1, 4096, prot=7)
code.write({bytes})
run = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
run()
"""
MACHINE_CODE = (
    [
        # mov eax, 57 (fork); syscall; ret
        ("fork in machine code", _MACHINE_CODE.format(bytes=r"b'\xb8\x39\x00\x00\x00\x0f\x05\xc3'"), "^ok None -1$"),
        # mov eax, 2 (fork of 32 bits); int 0x80; ret
        ("a call of 32 bits", _MACHINE_CODE.format(bytes=r"b'\xb8\x02\x00\x00\x00\xcd\x80\xc3'"), "^killed SIGSYS"),
        # mov eax, 0x40000000 + 57 (fork of x32); syscall; ret
        ("a call of x32", _MACHINE_CODE.format(bytes=r"b'\xb8\x39\x00\x00\x40\x0f\x05\xc3'"), "^killed SIGSYS"),
    ]
    if platform.machine() == "x86_64"
    else []
)

ESCAPES = NETWORK + PROCESSES + SERVER + PRIVILEGES + FILES + RESOURCES + MACHINE_CODE
