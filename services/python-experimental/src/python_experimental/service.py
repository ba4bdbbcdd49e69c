"""What all transports share: the ways to the databases, the executor, and whether the databases answer."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .executor import Executor
from .forwarder import Forwarder
from .sandbox import landlock
from .settings import Settings

_CHECK_SECONDS = 2


class Service:
    """Use it as an asynchronous context manager: it holds a private directory while it is open."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._base = Path(tempfile.mkdtemp(prefix="python-experimental-"))
        sockets = self._base / "sockets"
        sockets.mkdir(mode=0o700)
        # The name that PostgreSQL's clients look for in the directory that PGHOST names.
        self._postgres_socket = sockets / ".s.PGSQL.5432"
        self._mariadb_socket = sockets / "mariadb.sock"
        self._forwarders = [
            Forwarder(self._postgres_socket, settings.postgres.host, settings.postgres.port),
            Forwarder(self._mariadb_socket, settings.mariadb.host, settings.mariadb.port),
        ]
        runs = self._base / "runs"
        runs.mkdir(mode=0o700)
        self.executor = Executor(settings.limits, runs, self._run_environment())
        self._report: asyncio.Task[dict[str, Any]] | None = None

    async def __aenter__(self) -> "Service":
        for forwarder in self._forwarders:
            await forwarder.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        for forwarder in self._forwarders:
            await forwarder.stop()
        shutil.rmtree(self._base, ignore_errors=True)

    def isolation(self) -> dict[str, int]:
        """What confines a run besides seccomp and its limits: the version of the kernel's Landlock, 0 for none."""
        return {"landlock": landlock.version()}

    async def health(self) -> dict[str, Any]:
        """Whether both databases answer. Callers that come while it looks share the result."""
        if self._report is None or self._report.done():
            self._report = asyncio.create_task(self._check())
        return await asyncio.shield(self._report)

    async def _check(self) -> dict[str, Any]:
        checks = dict(
            zip(
                ("postgres", "mariadb"),
                await asyncio.gather(_timed(self._ask_postgres), _timed(self._ask_mariadb)),
                strict=True,
            )
        )
        ready = all(check["ok"] for check in checks.values())
        return {"live": True, "ready": ready, "checks": checks, "isolation": self.isolation()}

    def _ask_postgres(self) -> None:
        import psycopg

        database = self._settings.postgres
        with psycopg.connect(
            host=str(self._postgres_socket.parent),
            user=database.user,
            password=database.password,
            dbname=database.name,
            connect_timeout=_CHECK_SECONDS,
            options=f"-c statement_timeout={_CHECK_SECONDS * 1000}",
        ) as connection:
            connection.execute("SELECT 1")

    def _ask_mariadb(self) -> None:
        import pymysql

        database = self._settings.mariadb
        connection = pymysql.connect(
            unix_socket=str(self._mariadb_socket),
            user=database.user,
            password=database.password,
            database=database.name,
            connect_timeout=_CHECK_SECONDS,
            read_timeout=_CHECK_SECONDS,
            write_timeout=_CHECK_SECONDS,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    def _run_environment(self) -> dict[str, str]:
        postgres, mariadb = self._settings.postgres, self._settings.mariadb
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "PGHOST": str(self._postgres_socket.parent),
            "PGDATABASE": postgres.name,
            "PGUSER": postgres.user,
            "PGPASSWORD": postgres.password,
            "POSTGRES_REACH_SETTING": postgres.reach_setting,
            "MARIADB_SOCKET": str(self._mariadb_socket),
            "MARIADB_DATABASE": mariadb.name,
            "MARIADB_USER": mariadb.user,
            "MARIADB_PASSWORD": mariadb.password,
            "MARIADB_REACH_SETTING": mariadb.reach_setting,
        }


async def _timed(check: Callable[[], None]) -> dict[str, Any]:
    begin = time.monotonic()
    error = None
    try:
        # The drivers' own timeouts apply to their single steps.
        await asyncio.wait_for(asyncio.to_thread(check), _CHECK_SECONDS * 2)
    except TimeoutError:
        error = f"no answer within {_CHECK_SECONDS * 2} s"
    except Exception as failure:
        # The drivers' messages name the user at most, never the password.
        error = str(failure).strip() or type(failure).__name__
    milliseconds = round((time.monotonic() - begin) * 1000)
    return {"ok": error is None, "milliseconds": milliseconds, **({"error": error} if error else {})}
