"""
The process of one run: confines itself, then executes the client's code. Started as `python3 -I runner.py`.

Standard input begins with the job (its length in 8 bytes, then JSON); the rest is the code's own standard input. What
the code came to goes to the file descriptor that the job names. The server trusts none of it: from here on, this
process is the client's.
"""

import _thread
import errno
import json
import os
import re
import resource
import sys
from pathlib import Path
from typing import Any

# Run as a script and isolated, so that nothing of the package is on the path.
_PACKAGE = Path(__file__).resolve().parent.parent
_SOURCE = "<code>"

MOST_FILE_BYTES = 16 * 1024 * 1024
MOST_OPEN_FILES = 64
THREAD_STACK_BYTES = 1024 * 1024
"""Of the default, 8 MiB, and an arena of 128 for each thread, a run's address space would have room for five."""


def read_job() -> dict[str, Any]:
    """Takes the job off standard input, and not a byte more."""

    def exactly(size: int) -> bytes:
        data = b""
        while len(data) < size:
            chunk = os.read(0, size - len(data))
            if not chunk:
                raise EOFError("the job is incomplete")
            data += chunk
        return data

    job: dict[str, Any] = json.loads(exactly(int.from_bytes(exactly(8), "big")))
    return job


def limit(seconds: int, memory_mb: int) -> None:
    """Sets what the kernel counts. There is no limit on processes: it would count those of other containers, too."""
    limits = {
        resource.RLIMIT_AS: memory_mb * 1024 * 1024,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: MOST_FILE_BYTES,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_NOFILE: MOST_OPEN_FILES,
    }
    for what, most in limits.items():
        resource.setrlimit(what, (most, most))
    # The wall-clock limit comes first, unless several threads compute; a signal that tells comes before one that kills.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds + 1, seconds + 2))


def no_program(_command: object) -> int:
    """In the place of `os.system`, which has no way to say why its shell did not start: it would answer 32512."""
    raise PermissionError(errno.EPERM, "run_python can't start other programs")


def confine(job: dict[str, Any]) -> None:
    """Gives up everything the code must not have. Each step is irrevocable."""
    sys.path.insert(0, str(_PACKAGE.parent))
    from python_experimental import processes
    from python_experimental.sandbox import landlock, seccomp

    sys.path.pop(0)
    processes.die_with_parent()
    processes.forbid_inspection()
    # The server's answers matter more than a run's speed.
    os.nice(5)
    limit(job["seconds"], job["memory_mb"])
    processes.share_one_arena()
    _thread.stack_size(THREAD_STACK_BYTES)
    os.system = no_program
    processes.prctl(processes.PR_SET_NO_NEW_PRIVS, 1)
    software = [sys.prefix, sys.base_prefix, *job["packages"], str(_PACKAGE), "/usr", "/lib", "/lib64", "/etc"]
    devices = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]
    landlock.confine(readable=[*software, *devices[1:]], writable=[job["directory"], devices[0]])
    seccomp.confine()


def execute(code: str, result: int, most: int) -> None:
    """Executes the code as a main module; the value of its last expression, if any, goes to the result."""
    import ast
    import linecache
    import types

    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    sys.argv = [_SOURCE]
    # Tracebacks show the code's lines.
    linecache.cache[_SOURCE] = (len(code), None, code.splitlines(keepends=True), _SOURCE)
    tree = ast.parse(code, _SOURCE)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, _SOURCE, "exec"), main.__dict__)
    if isinstance(last, ast.Expr):
        value = eval(compile(ast.Expression(last.value), _SOURCE, "eval"), main.__dict__)
        if value is not None:
            os.write(result, repr(value).encode("utf-8", "replace")[: most + 1])


def reach_hint(error: BaseException) -> str | None:
    """Which setting opens what a database denied, as the SQL servers' `query` says it; None where that is no help."""
    said = str(error)
    driver = type(error).__module__.partition(".")[0]
    if driver == "psycopg" and said.startswith("permission denied for schema "):
        setting = os.environ.get("POSTGRES_REACH_SETTING")
    elif driver == "pymysql" and re.match(r"\(\d+, .(Access denied for user .* to database|SELECT command denied)", said):
        setting = os.environ.get("MARIADB_REACH_SETTING")
    else:
        return None
    return f"Hint: what this server may reach is the setting {setting} of its stack" if setting else None


def main() -> None:
    job = read_job()
    confine(job)
    sys.path += [path for path in job["packages"] if path not in sys.path]
    sys.path.append(str(_PACKAGE / "sandbox" / "modules"))
    try:
        execute(job["code"], job["result"], job["output_bytes"])
    except SystemExit:
        raise
    except BaseException as error:
        import traceback

        if (hint := reach_hint(error)) is not None:
            error.add_note(hint)
        # Without the runner's own frames, which would only puzzle.
        frames = error.__traceback__
        while frames is not None and frames.tb_frame.f_code.co_filename != _SOURCE:
            frames = frames.tb_next
        traceback.print_exception(error.with_traceback(frames))
        sys.exit(1)


if __name__ == "__main__":
    main()
