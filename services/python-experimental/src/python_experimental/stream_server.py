"""Serves `stdio` processes that attach to the server that runs."""

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator
from typing import Any

from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from .processes import has_our_confinement, peer

_log = logging.getLogger(__name__)
_MOST_LINE_BYTES = 16 * 1024 * 1024


class _Lines:
    """A connection as the text file that the SDK's stdio transport reads and writes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def __aiter__(self) -> AsyncIterator[str]:
        while line := await self._reader.readline():
            yield line.decode("utf-8", "replace")

    async def write(self, text: str) -> None:
        self._writer.write(text.encode())

    async def flush(self) -> None:
        await self._writer.drain()


async def serve_stdio(server: Server, streams: Any = None) -> None:
    """Serves one client over standard input and output, or over other streams."""
    async with stdio_server(streams, streams) as (reader, writer):
        await server.run(reader, writer, server.create_initialization_options())


class StreamServer:
    """A socket at which `stdio` processes attach; see `attach`."""

    def __init__(self, server: Server, path: str) -> None:
        self._mcp, self._path = server, path
        self._listening: asyncio.Server | None = None
        self._clients: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listens. Where that is not possible, `stdio` processes serve by themselves, so that is no failure."""
        try:
            # A server that was killed leaves its socket behind.
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)
            mask = os.umask(0o177)
            try:
                self._listening = await asyncio.start_unix_server(self._accept, self._path, limit=_MOST_LINE_BYTES)
            finally:
                os.umask(mask)
        except OSError as error:
            _log.warning("no socket for stdio processes at %s: %s", self._path, error.strerror)

    async def stop(self) -> None:
        if self._listening is None:
            return
        self._listening.close()
        for client in self._clients:
            client.cancel()
        await asyncio.gather(*self._clients, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._clients.add(task)
        try:
            # Of the same user are also the runs. One that could start runs would never have to end.
            if has_our_confinement(peer(writer.get_extra_info("socket"))):
                await serve_stdio(self._mcp, _Lines(reader, writer))
        except (OSError, asyncio.CancelledError):
            pass
        except Exception as error:
            # A client that goes in the middle of a call is no failure, which the SDK raises in a group.
            if not (isinstance(error, ExceptionGroup) and error.split(OSError)[1] is None):
                _log.exception("a stdio client's connection failed")
        finally:
            self._clients.discard(task)
            writer.close()
