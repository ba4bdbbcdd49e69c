"""Every way out is contained, and the server goes on as if nothing had been."""

import asyncio
import contextlib
import os
import re
import secrets
import socket
import unittest
from pathlib import Path

from python_experimental import executor, mcp_server
from python_experimental.sandbox import landlock
from python_experimental.stream_server import StreamServer

from .escapes import ESCAPES, NUMBERS, PRELUDE
from .support import LIMITS, ExecutorTest, eventually

_NEEDS_LANDLOCK = r"listdir\('/proc'\)|OUTSIDE|'\.\.'|/dev/shm|/tmp/|ABSTRACT|RUNNER|__file__"
"""What only Landlock keeps a run from; the rest holds without it."""


@unittest.skipUnless(NUMBERS, "the table has no system call numbers for this machine")
class EscapesTest(ExecutorTest):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        self.outside = self.base / "outside"
        self.outside.mkdir()
        (self.outside / "secret").write_text("the server's")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.abstract = f"mcp-{secrets.token_hex(8)}"
        abstract = socket.socket(socket.AF_UNIX)
        self.addCleanup(abstract.close)
        abstract.bind(f"\0{self.abstract}")
        abstract.listen()
        self.streams = StreamServer(mcp_server.create_server(self.executor, LIMITS), str(self.base / "mcp.sock"))
        await self.streams.start()
        self.addAsyncCleanup(self.streams.stop)
        os.environ["SECRET_OF_THE_SERVER"] = "not for runs"

    def fill(self, code: str) -> str:
        filled = code.replace("RUNNER", repr(str(Path(executor.__file__).parent / "sandbox" / "runner.py")))
        for name, value in {
            "ABSTRACT": self.abstract,
            "OUTSIDE": self.outside,
            "PORT": self.listener.getsockname()[1],
            "SERVER": os.getpid(),
            "SOCKET": self.base / "mcp.sock",
        }.items():
            filled = filled.replace(name, str(value))
        return re.sub(r"NR_(\w+)", lambda match: str(NUMBERS[match[1]]), filled)

    async def test_every_escape_is_contained(self) -> None:
        descriptors = len(os.listdir("/proc/thread-self/fd")) if os.access("/proc/thread-self/fd", os.R_OK) else None
        for name, code, expected in ESCAPES:
            with self.subTest(name):
                if not landlock.version() and re.search(_NEEDS_LANDLOCK, code):
                    self.skipTest("this kernel has no Landlock")
                # What can only end by its time need not take long.
                seconds = 1 if expected.endswith("^timeout") else None
                outcome = await self.executor.run(PRELUDE + self.fill(code), seconds=seconds)
                text = f"{outcome.status} {outcome.reason} {outcome.result}\n{outcome.stderr[-2000:]}"
                self.assertRegex(text, re.compile(expected))
                self.assertNotIn("not for runs", text)
                self.assertLessEqual(len(outcome.stdout), LIMITS.output_kb * 1024)
                self.assertLessEqual(len(outcome.stderr), LIMITS.output_kb * 1024)
                self.assertLessEqual(len(outcome.result or ""), LIMITS.output_kb * 1024)
                self.assertLess(outcome.duration_ms, (LIMITS.seconds + 2) * 1000)
                await self.assert_as_before()
        if descriptors is not None:
            await eventually(lambda: len(os.listdir("/proc/thread-self/fd")) <= descriptors)

    async def assert_as_before(self) -> None:
        """The next run works and finds nothing of the last; the server's files are as they were."""
        after = await self.executor.run("import os; os.listdir('.')")
        self.assertEqual((after.status, after.result), ("ok", "[]"), after.stderr)
        self.assertEqual(os.listdir(self.runs), [])
        self.assertEqual((self.outside / "secret").read_text(), "the server's")
        self.assertEqual(os.listdir(self.outside), ["secret"])
        for place in ("/tmp", "/dev/shm"):
            self.assertFalse(Path(place, "left-behind").exists())
        with contextlib.suppress(ChildProcessError):
            self.assertEqual(os.waitpid(-1, os.WNOHANG), (0, 0))

    async def test_two_runs_can_not_reach_each_other(self) -> None:
        victim = asyncio.create_task(
            self.executor.run("import os, time; print(os.getpid(), os.getcwd()); time.sleep(3); 42")
        )
        await eventually(lambda: len(os.listdir(self.runs)) == 1)
        await asyncio.sleep(0.3)
        directory = self.runs / os.listdir(self.runs)[0]
        attack = f"""
import os, signal
tries = []
for attempt in (
    lambda: os.listdir({str(directory)!r}),
    lambda: open({str(directory / "planted")!r}, "w"),
    lambda: [os.kill(pid, signal.SIGKILL) for pid in range(os.getpid() - 20, os.getpid() + 20) if pid != os.getpid()],
):
    try: attempt(); tries.append("done")
    except OSError as error: tries.append(type(error).__name__)
tries"""
        outcome = await self.executor.run(attack)
        expected = ["PermissionError"] * 3 if landlock.version() else ["done", "done", "PermissionError"]
        self.assertEqual(outcome.result, repr(expected))
        self.assertEqual((await victim).result, "42")


if __name__ == "__main__":
    unittest.main()
