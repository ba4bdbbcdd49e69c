"""Serves until it is told to stop, and then ends in order."""

import asyncio
import logging
import signal
import sys
from collections.abc import Mapping

from . import __version__, log
from .settings import Settings, SettingsError, read_settings

_log = logging.getLogger("python_experimental")


def serve(command: str, environment: Mapping[str, str]) -> int:
    """Runs `http` or `stdio` and returns the exit code."""
    try:
        settings = read_settings(environment)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    log.configure(settings.log_level)
    try:
        asyncio.run(_serve_http(settings) if command == "http" else _serve_stdio(settings))
    except OSError as error:
        print(f"python-experimental: {error}", file=sys.stderr)
        return 1
    return 0


async def _serve_http(settings: Settings) -> None:
    import uvicorn

    from .http_app import create_app
    from .mcp_server import TOOL_NAME, create_server
    from .metrics import Metrics
    from .service import Service
    from .stream_server import StreamServer

    async with Service(settings) as service:
        isolation = service.isolation()
        if not isolation["landlock"]:
            _log.warning("this kernel has no Landlock: runs can see each other's files")
        server = create_server(service.executor, settings.limits)
        metrics = Metrics([TOOL_NAME])
        server.middleware.insert(0, metrics)
        streams = StreamServer(server, settings.socket)
        # uvicorn stops accepting at a signal, lets calls in flight end, and raises the signal again when it is done:
        # with this handler that is not the end yet.
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: None)
        http = uvicorn.Server(
            uvicorn.Config(
                create_app(server, service, metrics, settings),
                host=settings.host,
                port=settings.port,
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=settings.shutdown_seconds,
            )
        )
        await streams.start()
        announced = asyncio.create_task(_announce(http))
        await http.serve()
        announced.cancel()
        await streams.stop()
    _log.info("stopped")


async def _announce(http) -> None:  # type: ignore[no-untyped-def]
    while not http.started:
        await asyncio.sleep(0.01)
    port = http.servers[0].sockets[0].getsockname()[1]
    _log.info("serving python-experimental %s over http, port %d", __version__, port)


async def _serve_stdio(settings: Settings) -> None:
    from .mcp_server import create_server
    from .service import Service
    from .stream_server import serve_stdio

    async with Service(settings) as service:
        client = asyncio.create_task(serve_stdio(create_server(service.executor, settings.limits)))
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, client.cancel)
        _log.info("serving python-experimental %s over stdio", __version__)
        try:
            await client
        except asyncio.CancelledError:
            _log.info("stopped")
