"""Ways from a socket in the file system to a database: a run's only network."""

import asyncio
import contextlib
from collections import Counter
from pathlib import Path

from .processes import peer

_CHUNK = 65536
_CONNECT_SECONDS = 5
MOST_CONNECTIONS = 8
"""How many connections a process may have at once, so that no run takes all there are."""


class Forwarder:
    """Passes the connections at a socket on to one host and port, and knows no other."""

    def __init__(self, path: Path, host: str, port: int) -> None:
        self._path, self._host, self._port = path, host, port
        self._tasks: set[asyncio.Task[None]] = set()
        self._connections: Counter[int] = Counter()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._accept, self._path)
        self._path.chmod(0o600)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    async def _accept(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        process = peer(to_near.get_extra_info("socket"))
        self._connections[process] += 1
        try:
            if self._connections[process] <= MOST_CONNECTIONS:
                await self._forward(near, to_near)
        except (OSError, TimeoutError, asyncio.CancelledError):
            # The client sees its connection close; the databases' drivers have a message for that.
            pass
        finally:
            self._tasks.discard(task)
            self._connections[process] -= 1
            if not self._connections[process]:
                del self._connections[process]
            to_near.close()

    async def _forward(self, near: asyncio.StreamReader, to_near: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_CONNECT_SECONDS):
            far, to_far = await asyncio.open_connection(self._host, self._port)
        try:
            # As soon as one side is done, the other has nobody to speak to.
            ways = {asyncio.create_task(_pass_on(near, to_far)), asyncio.create_task(_pass_on(far, to_near))}
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            to_far.close()
            with contextlib.suppress(OSError):
                await to_far.wait_closed()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
