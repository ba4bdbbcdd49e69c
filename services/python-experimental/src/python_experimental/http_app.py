"""The HTTP face: MCP at /mcp, the state of health at /health, metrics at /metrics, and nothing for rebound names."""

import ipaddress
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from mcp.server.lowlevel import Server
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .departures import Departures
from .metrics import CONTENT_TYPE, Metrics
from .service import Service
from .settings import Settings

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def is_allowed_host(header: str | None, listed: Sequence[str]) -> bool:
    """
    Whether a Host header rules out DNS rebinding: a web page that points its own name at this server's address and
    calls it from the visitor's browser.

    Such a page needs a public name, and a public name has a dot. So names without one, names under `.localhost` and
    `.internal`, which nobody can register, and plain addresses always pass; every other name has to be listed.
    """
    name = _host_name(f"http://{header}") if header else None
    if not name or re.search(r"[/@?#\\\s]", header or ""):
        return False
    if _is_address(name) or re.fullmatch(r"[a-z0-9_-]+", name):
        return True
    return name.endswith((".localhost", ".internal")) or name in (item.lower() for item in listed)


def is_allowed_origin(header: str | None, listed: Sequence[str]) -> bool:
    """Whether a web page may call; other clients than browsers send no Origin."""
    return not header or _host_name(header) in (*_LOOPBACK, *(item.lower() for item in listed))


def _host_name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False


class _Guard:
    """Refuses requests by their Host and Origin headers before anything else looks at them."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app, self._settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            reason = self._reason(headers.get("host"), headers.get("origin"))
            if reason:
                error = {"code": -32000, "message": reason}
                refusal = JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=403)
                return await refusal(scope, receive, send)
        await self._app(scope, receive, send)

    def _reason(self, host: str | None, origin: str | None) -> str | None:
        if not is_allowed_host(host, self._settings.allowed_hosts):
            return "This Host is not allowed; MCP_ALLOWED_HOSTS can list it"
        if not is_allowed_origin(origin, self._settings.allowed_origins):
            return "This Origin is not allowed; MCP_ALLOWED_ORIGINS can list its host"
        return None


def create_app(server: Server, service: Service, metrics: Metrics, settings: Settings) -> ASGIApp:
    """
    Both protocol eras are served without sessions: every request stands alone, so a client notices neither a restart
    nor that the next request goes to another replica.
    """

    async def health(_request: Request) -> JSONResponse:
        report = await service.health()
        return JSONResponse(report, 200 if report["ready"] else 503, {"cache-control": "no-store"})

    async def measured(_request: Request) -> Response:
        return Response(metrics.exposition(), headers={"cache-control": "no-store", "content-type": CONTENT_TYPE})

    app: Starlette = server.streamable_http_app(
        stateless_http=True,
        json_response=True,
        # The guard in front checks the Host header, by a rule that needs no list.
        host="0.0.0.0",
        custom_starlette_routes=[
            Route("/health", health, methods=["GET"]),
            Route("/metrics", measured, methods=["GET"]),
        ],
    )
    return _Guard(Departures(app), settings)
