"""Ends the calls of clients that cancel them or go, which the SDK does not do where it answers with plain JSON."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import anyio
from mcp.server.streamable_http import REQUEST_CANCELLED
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SESSION = "mcp-session-id"


class Departures:
    """
    A call ends when its client closes the request, as clients of the later era do to cancel it, or goes.

    A client of the 2025 era cancels by a request of its own, and the number of a call says nothing without the client
    whose it is. So each of them gets a session id, which is a name and nothing else: nothing is kept for it, and every
    process takes every id, so that a client notices neither a restart nor another replica.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._running: dict[str, Callable[[], None]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST":
            return await self._app(scope, receive, send)
        await _Exchange(self._app, self._running, scope, receive, send).serve()


class _Exchange:
    """One request and its answer."""

    def __init__(
        self, app: ASGIApp, running: dict[str, Callable[[], None]], scope: Scope, receive: Receive, send: Send
    ) -> None:
        self._app, self._running, self._scope, self._receive, self._send = app, running, scope, receive, send
        self._client = Headers(scope=scope).get(_SESSION)
        self._body = bytearray()
        self._message: dict[str, Any] = {}
        self._key: str | None = None
        self._read, self._gone = anyio.Event(), anyio.Event()
        self._begun = self._answered = self._cancelled = False
        self._call = anyio.CancelScope()

    async def serve(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._watch)
            try:
                with self._call:
                    await self._app(self._scope, self._take, self._give)
            finally:
                if self._key is not None and self._running.get(self._key) == self._cancel:
                    del self._running[self._key]
            tasks.cancel_scope.cancel()
        if self._cancelled and not self._begun:
            error = {"code": REQUEST_CANCELLED, "message": "Request cancelled"}
            answer = JSONResponse({"jsonrpc": "2.0", "id": self._message.get("id"), "error": error})
            await answer(self._scope, self._receive, self._send)

    async def _watch(self) -> None:
        """Waits for the client's going; what is received before the request is all there is for the application."""
        await self._read.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._gone.set()
        # The end of the answer looks like the client's going.
        if not self._answered:
            self._call.cancel()

    async def _take(self) -> Message:
        if self._read.is_set():
            await self._gone.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._body += message.get("body", b"")
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            self._note()
            self._read.set()
        return message

    async def _give(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._begun = True
            if self._client is None and self._message.get("method") == "initialize":
                MutableHeaders(scope=message).setdefault(_SESSION, str(uuid.uuid4()))
        elif not message.get("more_body", False):
            self._answered = True
        await self._send(message)

    def _note(self) -> None:
        """Looks at the message: a call can be cancelled from now on, and a cancellation cancels one."""
        try:
            message = json.loads(bytes(self._body))
        except ValueError:
            return  # the SDK says what is wrong with it
        self._body.clear()
        if not isinstance(message, dict):
            return
        self._message = message
        if self._client is None:
            return
        if message.get("method") == "notifications/cancelled":
            params = message.get("params")
            cancel = self._running.get(_key(self._client, params.get("requestId") if isinstance(params, dict) else None))
            if cancel is not None:
                cancel()
        elif "id" in message:
            self._key = _key(self._client, message["id"])
            self._running[self._key] = self._cancel

    def _cancel(self) -> None:
        self._cancelled = True
        self._call.cancel()


def _key(*parts: object) -> str:
    """The number 1 and the text "1" are two ids."""
    return json.dumps(parts)
