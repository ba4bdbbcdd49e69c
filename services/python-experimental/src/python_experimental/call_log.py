"""A line in the log for each call of a tool, by which it is found again: never with the code that it ran."""

import logging
import re
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

from .executor import Outcome
from .request_end import answered

_log = logging.getLogger(__name__)

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
"""Source: W3C Trace Context, "traceparent Header Field Values"."""

_notes: ContextVar[dict[str, str]] = ContextVar("notes")


def note_outcome(outcome: Outcome) -> None:
    """Says of the call that is being answered what its run came to, and which limit ended it where one did."""
    notes = _notes.get(None)
    if notes is not None:
        notes["status"] = outcome.status
        if outcome.reason is not None:
            notes["reason"] = outcome.reason


async def log_calls(context: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """A middleware of the server; the transports of both protocol eras all pass it."""
    if context.request_id is None or context.method != "tools/call":
        return await call_next(context)
    notes: dict[str, str] = {}
    _notes.set(notes)

    def ended(error: str, seconds: float) -> None:
        line: dict[str, Any] = {"tool": (context.params or {}).get("name"), "ms": round(seconds * 1000)}
        if error:
            line["error"] = error
        trace = _trace(context)
        if trace is not None:
            line["trace_id"] = trace
        _log.info("call", extra={"fields": {**line, **notes}})

    return await answered(context, call_next, ended)


def _trace(context: ServerRequestContext[Any, Any]) -> str | None:
    """The trace that a call belongs to: by its `_meta`, else by the headers that it came with."""
    meta = (context.params or {}).get("_meta")
    carriers = (meta, getattr(context.request, "headers", None))
    for carrier in carriers:
        value = carrier.get("traceparent") if isinstance(carrier, Mapping) else None
        found = _TRACEPARENT.fullmatch(value) if isinstance(value, str) else None
        if found:
            return found[1]
    return None
