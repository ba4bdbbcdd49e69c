"""Runs code: one fresh, confined process at a time per place, with bounds on all it may cost."""

import asyncio
import contextlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio

from . import processes
from .sandbox import directory
from .settings import Limits

_PACKAGE = Path(__file__).resolve().parent
_RUNNER = _PACKAGE / "sandbox" / "runner.py"
_CHUNK = 65536

WAITING_PER_PLACE = 4
"""How many runs may wait for each that there may be at once."""
MOST_THREADS = 32
"""Threads beyond which a run is ended: they count towards the container's processes, which all runs share."""
MOST_DISCARDED = 32 * 1024 * 1024
"""Output beyond what is kept, after which a run is ended: reading it costs the server time."""
_WATCH_SECONDS = 0.05
_DRAIN_SECONDS = 1.0
"""How long output may still come after the process ended; only another run that holds its pipes can delay the end."""


class BusyError(Exception):
    """There is no place for another run, and none came free in time."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    status: str
    """`ok`, `error` (an exception or another exit code than 0), `timeout`, or `killed`."""
    reason: str | None
    """Why it was ended before its own end."""
    exit_code: int | None
    """None where a signal ended it."""
    stdout: str
    stderr: str
    result: str | None
    """The repr of the last expression's value, None where there is none."""
    stdout_truncated: bool
    stderr_truncated: bool
    result_truncated: bool
    duration_ms: int


class _Output:
    """Takes a stream in up to a bound, and reads on without keeping anything."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._data = bytearray()
        self.truncated = False
        self.discarded = 0

    async def read(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(_CHUNK):
            kept = chunk[: self._most - len(self._data)]
            self._data += kept
            self.discarded += len(chunk) - len(kept)
            self.truncated = self.truncated or len(kept) < len(chunk)

    def text(self) -> str:
        return self._data.decode("utf-8", "replace")


class Executor:
    """
    Starts the processes. What a run may see of its surroundings is `environment`, and nothing else of the server's.
    `base` is the directory in which each run gets one of its own, for its time only.
    """

    def __init__(self, limits: Limits, base: Path, environment: Mapping[str, str]) -> None:
        self._limits = limits
        self._base = base
        self._environment = dict(environment)
        self._places = asyncio.Semaphore(limits.concurrency)
        self._waiting = 0

    async def run(self, code: str, stdin: str = "", seconds: int | None = None) -> Outcome:
        """Runs code when a place is free; raises BusyError when too many wait or the wait takes too long."""
        most_seconds = min(seconds or self._limits.seconds, self._limits.seconds)
        await self._take_place()
        try:
            place = Path(tempfile.mkdtemp(prefix="run-", dir=self._base))
            try:
                return await self._run_in(place, code, stdin, most_seconds)
            finally:
                # A run must not leave files for the next one.
                with _uninterrupted():
                    await asyncio.to_thread(directory.remove, place)
        finally:
            self._places.release()

    async def _take_place(self) -> None:
        most = self._limits.concurrency * WAITING_PER_PLACE
        if self._places.locked() and self._waiting >= most:
            raise BusyError(f"busy: {self._limits.concurrency} runs are under way and {most} wait; try again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError(f"busy: no place came free within {self._limits.seconds} s; try again later") from None
        finally:
            self._waiting -= 1

    async def _run_in(self, place: Path, code: str, stdin: str, seconds: int) -> Outcome:
        most_bytes = self._limits.output_kb * 1024
        result_reader, result_fd = os.pipe()
        job = json.dumps(
            {
                "code": code,
                "directory": str(place),
                "memory_mb": self._limits.memory_mb,
                "output_bytes": most_bytes,
                "packages": _packages(),
                "result": result_fd,
                "seconds": seconds,
            }
        ).encode()
        begin = time.monotonic()
        try:
            process = await asyncio.create_subprocess_exec(
                # Unbuffered, or what was printed would be lost with a process that is ended.
                *(sys.executable, "-I", "-B", "-u", "-X", "utf8", str(_RUNNER)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                cwd=place,
                env={**self._environment, "HOME": str(place), "TMPDIR": str(place)},
                pass_fds=(result_fd,),
                start_new_session=True,
            )
        except BaseException:
            os.close(result_reader)
            raise
        finally:
            os.close(result_fd)
        whose = "the call's timeout_seconds" if seconds < self._limits.seconds else "the server's limit for a run"
        run = _Run(process, begin, most_bytes, f"ended after {seconds} s, {whose}")
        with open(result_reader, "rb", buffering=0) as result_file:
            await run.follow(len(job).to_bytes(8, "big") + job, stdin.encode(), result_file, seconds)
        return run.outcome()


class _Run:
    """A process while it runs, and what came out of it."""

    def __init__(self, process: asyncio.subprocess.Process, begin: float, most_bytes: int, late: str) -> None:
        """`late` says why a run is ended that takes too long."""
        self._process = process
        self._late = late
        self._begin = begin
        self._end = begin
        self._killed: str | None = None
        self._timed_out = False
        self._stdout, self._stderr, self._result = (_Output(most_bytes) for _ in range(3))

    async def follow(self, job: bytes, stdin: bytes, result_file: object, seconds: int) -> None:
        """Feeds the process and reads from it until it ended, by itself or by its limits."""
        process = self._process
        assert process.stdin and process.stdout and process.stderr
        loop = asyncio.get_running_loop()
        result = asyncio.StreamReader()
        with _uninterrupted():
            transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(result), result_file)
        outputs = [
            asyncio.create_task(output.read(stream))
            for output, stream in (
                (self._stdout, process.stdout),
                (self._stderr, process.stderr),
                (self._result, result),
            )
        ]
        others = [asyncio.create_task(_feed(process.stdin, job + stdin)), asyncio.create_task(self._watch())]
        try:
            async with asyncio.timeout(seconds):
                await process.wait()
        except TimeoutError:
            self._timed_out = True
        finally:
            # Also where the call was cancelled: nothing of a run outlives it.
            _kill(process)
            with _uninterrupted():
                await process.wait()
                self._end = time.monotonic()
                await asyncio.wait(outputs, timeout=_DRAIN_SECONDS)
                for task in (*outputs, *others):
                    task.cancel()
                await asyncio.gather(*outputs, *others, return_exceptions=True)
            transport.close()

    async def _watch(self) -> None:
        """Ends the process when it costs what no limit of the kernel bounds."""
        while True:
            if sum(output.discarded for output in (self._stdout, self._stderr, self._result)) > MOST_DISCARDED:
                self._killed = "too much output"
            with contextlib.suppress(OSError, KeyError):
                if int(processes.status(self._process.pid)["Threads"]) > MOST_THREADS:
                    self._killed = f"more than {MOST_THREADS} threads"
            if self._killed:
                _kill(self._process)
                return
            await asyncio.sleep(_WATCH_SECONDS)

    def outcome(self) -> Outcome:
        code = self._process.returncode
        assert code is not None
        status, reason = "ok" if code == 0 else "error", None
        if self._timed_out:
            status, reason = "timeout", self._late
        elif code < 0:
            status, reason = "killed", self._killed or _reason_of(signal.Signals(-code))
        value = self._result.text()
        return Outcome(
            status=status,
            reason=reason,
            exit_code=code if code >= 0 else None,
            stdout=self._stdout.text(),
            stderr=self._stderr.text(),
            result=value or None,
            stdout_truncated=self._stdout.truncated,
            stderr_truncated=self._stderr.truncated,
            result_truncated=self._result.truncated,
            duration_ms=round((self._end - self._begin) * 1000),
        )


def _reason_of(number: signal.Signals) -> str:
    match number:
        case signal.SIGXCPU:
            return "SIGXCPU: too much processor time, which all threads use up together"
        case signal.SIGKILL:
            return "SIGKILL: most likely the server's container had no memory left"
    return number.name


def _packages() -> list[str]:
    """
    Where the packages lie. An isolated Python looks neither at PYTHONPATH nor at anything else that could be
    changed from outside, so it has to be told; not, however, where the server's own code is.
    """
    own = str(_PACKAGE.parent)
    return [path for path in sys.path if Path(path).is_absolute() and Path(path).is_dir() and path != own]


def _uninterrupted() -> anyio.CancelScope:
    """
    For what must come to its end also where the call was cancelled: the SDK cancels by scopes, which strike anew at
    every `await` within, and not only at the one where the call was.
    """
    return anyio.CancelScope(shield=True)


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()


async def _feed(stdin: asyncio.StreamWriter, data: bytes) -> None:
    # A process may well end without reading its input.
    with contextlib.suppress(OSError):
        stdin.write(data)
        await stdin.drain()
    stdin.close()
    with contextlib.suppress(OSError):
        await stdin.wait_closed()
