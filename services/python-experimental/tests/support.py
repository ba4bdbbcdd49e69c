"""What the tests share."""

import asyncio
import os
import tempfile
from pathlib import Path
from unittest import IsolatedAsyncioTestCase
from urllib.parse import unquote, urlsplit

from python_experimental import processes
from python_experimental.executor import Executor
from python_experimental.service import Service
from python_experimental.settings import Database, Limits, Settings

LIMITS = Limits(seconds=5, memory_mb=256, output_kb=64, concurrency=2)


def database(variable: str, port: int) -> Database | None:
    """The database that a URL in the environment names."""
    value = os.environ.get(variable)
    if not value:
        return None
    url = urlsplit(value)
    return Database(
        host=url.hostname or "127.0.0.1",
        port=url.port or port,
        name=url.path.lstrip("/"),
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
    )


POSTGRES = database("TEST_POSTGRES_URL", 5432)
MARIADB = database("TEST_MARIADB_URL", 3306)
NOWHERE = Database(host="127.0.0.1", port=9, name="none", user="none", password="none")


def settings(limits: Limits = LIMITS, socket: str = "") -> Settings:
    return Settings(
        postgres=POSTGRES or NOWHERE,
        mariadb=MARIADB or NOWHERE,
        limits=limits,
        host="127.0.0.1",
        port=0,
        socket=socket,
        allowed_hosts=(),
        allowed_origins=(),
        shutdown_seconds=1,
        log_level="info",
    )


class ExecutorTest(IsolatedAsyncioTestCase):
    """A test with an executor whose runs reach nothing."""

    limits = LIMITS

    async def asyncSetUp(self) -> None:
        processes.forbid_inspection()
        temporary = tempfile.TemporaryDirectory(prefix="python-experimental-test-")
        self.addCleanup(temporary.cleanup)
        self.base = Path(temporary.name)
        runs = self.base / "runs"
        runs.mkdir()
        self.runs = runs
        self.executor = Executor(self.limits, runs, {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"})


class ServiceTest(IsolatedAsyncioTestCase):
    """A test with all a server has but its transports."""

    limits = LIMITS

    async def asyncSetUp(self) -> None:
        processes.forbid_inspection()
        self.service = Service(settings(self.limits))
        await self.enterAsyncContext(self.service)

    async def run_code(self, code: str, stdin: str = ""):
        return await self.service.executor.run(code, stdin)


async def eventually(condition, seconds: float = 3) -> None:
    """Waits until a condition holds; raises TimeoutError when it does not."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.02)
