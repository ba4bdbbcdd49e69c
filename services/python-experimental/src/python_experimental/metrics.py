"""What the server measures of itself, for Prometheus. Names, labels and buckets are those of `services/host`."""

import re
from collections.abc import Iterable
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp_types.methods import SPEC_CLIENT_METHODS
from prometheus_client import CollectorRegistry, Gauge, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from .request_end import OTHER, answered

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)


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

        def ended(error: str, seconds: float) -> None:
            self._active.dec()
            self._duration.labels(*self._names(context), error).observe(seconds)

        self._active.inc()
        return await answered(context, call_next, ended)

    def _names(self, context: ServerRequestContext[Any, Any]) -> tuple[str, str]:
        method = context.method if context.method in SPEC_CLIENT_METHODS else OTHER
        if method != "tools/call":
            return method, ""
        name = (context.params or {}).get("name")
        return method, name if isinstance(name, str) and name in self._tools else OTHER

    def exposition(self) -> bytes:
        """All values, in Prometheus' text format."""
        # Bounds as other languages' clients write them: to Prometheus 2 a bucket "1.0" is another than "1".
        return re.sub(rb'le="(\d+)\.0"', rb'le="\1"', generate_latest(self._registry))
