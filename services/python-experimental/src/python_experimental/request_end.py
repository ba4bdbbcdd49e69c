"""How a request ended: what the metrics count and the log of calls tells of it, found out once for both."""

import asyncio
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, CallToolResult
from pydantic import ValidationError

OTHER = "_OTHER"
"""Takes the place of every name that is not known: a client must not be able to make series."""
_JSONRPC_CODES = range(-32768, -31999)

_tool_error: ContextVar[str] = ContextVar("tool_error")


def refused_arguments() -> None:
    """Says of the call that is being answered that its arguments were wrong, which the result alone does not tell."""
    _tool_error.set("invalid_arguments")


async def answered(
    context: ServerRequestContext[Any, Any], call_next: CallNext, ended: Callable[[str, float], None]
) -> HandlerResult:
    """
    Answers a request. `ended` is told at its end, whatever that is: what kind of error it was, empty where it is fine,
    and after how many seconds.
    """
    begin = time.perf_counter()
    # An error of a tool is no more than that until something else is said of it.
    _tool_error.set("tool_error")
    error = ""
    try:
        result = await call_next(context)
        error = _tool_error.get() if _is_tool_error(result) else ""
        return result
    except BaseException as failure:
        error = _error_type(failure)
        raise
    finally:
        ended(error, time.perf_counter() - begin)


def _is_tool_error(result: HandlerResult) -> bool:
    match result:
        case CallToolResult(is_error=True) | {"isError": True}:
            return True
    return False


def _error_type(failure: BaseException) -> str:
    """What kind of error a request failed with: JSON-RPC's code, as the client gets it; a handler could raise any other."""
    match failure:
        case asyncio.CancelledError():
            return "cancelled"
        case MCPError():
            return str(failure.error.code) if failure.error.code in _JSONRPC_CODES else OTHER
        case ValidationError():
            return str(INVALID_PARAMS)
    return str(INTERNAL_ERROR)
