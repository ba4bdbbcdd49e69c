"""What the server measures of itself, for Prometheus. Names, labels and buckets are those of `services/host`."""

import asyncio
import re
import time
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult
from mcp_types.methods import SPEC_CLIENT_METHODS
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from pydantic import ValidationError

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_OTHER = "_OTHER"
"""Takes the place of every name that is not known: a client must not be able to make series."""
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
_JSONRPC_CODES = range(-32768, -31999)

_tool_error: ContextVar[str] = ContextVar("tool_error")


def refused_arguments() -> None:
    """Says of the call that is being answered that its arguments were wrong, which the result alone does not tell."""
    _tool_error.set("invalid_arguments")


def expect_tool_error() -> None:
    """Marks the begin of a call: an error of its tool is no more than that until something else is said of it."""
    _tool_error.set("tool_error")


def error_of(result: HandlerResult) -> str:
    """What kind of error the result of the call that is being answered tells of; empty where it is fine."""
    return _tool_error.get() if _is_tool_error(result) else ""


class Metrics:
    """
    Measures requests by OpenTelemetry's semantic conventions for MCP (`mcp.server.operation.duration`), as a middleware
    of the server: the transports of both protocol eras all pass it.
    """

    def __init__(self, tools: Iterable[str]) -> None:
        disable_created_metrics()
        self._registry = CollectorRegistry()
        self._tools = frozenset(tools)
        ProcessCollector(registry=self._registry)
        self._duration = Histogram(
            "mcp_server_operation_duration_seconds",
            "Time from an MCP request's arrival to its result.",
            ("mcp_method_name", "gen_ai_tool_name", "error_type"),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._active = Gauge("mcp_server_active_requests", "MCP requests in flight.", registry=self._registry)
        for tool in self._tools:
            # A rate is 0 before the first call, not absent.
            for error in ("", "tool_error"):
                self._duration.labels("tools/call", tool, error)

    async def __call__(self, context: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if context.request_id is None:
            return await call_next(context)  # a notification has no end to measure
        begin = time.perf_counter()
        expect_tool_error()
        error = ""
        self._active.inc()
        try:
            result = await call_next(context)
            error = error_of(result)
            return result
        except BaseException as failure:
            error = error_type(failure)
            raise
        finally:
            self._active.dec()
            self._duration.labels(*self._names(context), error).observe(time.perf_counter() - begin)

    def _names(self, context: ServerRequestContext[Any, Any]) -> tuple[str, str]:
        method = context.method if context.method in SPEC_CLIENT_METHODS else _OTHER
        if method != "tools/call":
            return method, ""
        name = (context.params or {}).get("name")
        return method, name if isinstance(name, str) and name in self._tools else _OTHER

    def exposition(self) -> bytes:
        """All values, in Prometheus' text format."""
        # Bounds as other languages' clients write them: to Prometheus 2 a bucket "1.0" is another than "1".
        return re.sub(rb'le="(\d+)\.0"', rb'le="\1"', generate_latest(self._registry))


def _is_tool_error(result: HandlerResult) -> bool:
    match result:
        case CallToolResult(is_error=True) | {"isError": True}:
            return True
    return False


def error_type(failure: BaseException) -> str:
    """What kind of error a call failed with: JSON-RPC's code, as the client gets it; a handler could raise any other."""
    match failure:
        case asyncio.CancelledError():
            return "cancelled"
        case MCPError():
            return str(failure.error.code) if failure.error.code in _JSONRPC_CODES else _OTHER
        case ValidationError():
            return str(INVALID_PARAMS)
    return str(INTERNAL_ERROR)
