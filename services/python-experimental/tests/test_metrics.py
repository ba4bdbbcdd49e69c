"""What is counted, and under which names."""

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest import IsolatedAsyncioTestCase

from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult
from prometheus_client.parser import text_string_to_metric_families
from pydantic import TypeAdapter

from python_experimental.metrics import Metrics
from python_experimental.request_end import refused_arguments


class MetricsTest(IsolatedAsyncioTestCase):
    def setUp(self) -> None:
        self.metrics = Metrics(["run_python"])

    async def request(self, method: str, answer: Any, params: Any = None, request_id: int | None = 1) -> None:
        """Lets a request pass that `answer` answers: a result, an error to raise, or a function to call."""

        async def call_next(_context: Any) -> Any:
            if isinstance(answer, BaseException):
                raise answer
            return answer() if callable(answer) else answer

        context: Any = SimpleNamespace(method=method, params=params, request_id=request_id)
        try:
            await self.metrics(context, call_next)
        except BaseException as error:
            self.assertIs(error, answer)

    def counts(self) -> dict[tuple[str, ...], float]:
        """The requests counted so far, by method, tool and error."""
        families = text_string_to_metric_families(self.metrics.exposition().decode())
        return {
            tuple(sample.labels[name] for name in ("mcp_method_name", "gen_ai_tool_name", "error_type")): sample.value
            for family in families
            for sample in family.samples
            if sample.name == "mcp_server_operation_duration_seconds_count"
        }

    async def test_tools_are_there_before_the_first_call(self) -> None:
        tool = ("tools/call", "run_python")
        self.assertEqual(self.counts(), {(*tool, ""): 0, (*tool, "tool_error"): 0})

    async def test_ends_are_told_apart(self) -> None:
        try:
            TypeAdapter(int).validate_python("x")
        except ValueError as failure:
            invalid = failure

        def refused() -> dict[str, Any]:
            refused_arguments()
            return {"isError": True}

        ends: list[tuple[str, Any]] = [
            ("", {"isError": False}),
            ("tool_error", {"isError": True}),
            ("tool_error", CallToolResult(content=[], is_error=True)),
            ("invalid_arguments", refused),
            ("cancelled", asyncio.CancelledError()),
            ("-32001", MCPError(code=-32001, message="")),
            ("_OTHER", MCPError(code=1, message="")),
            ("-32602", invalid),
            ("-32603", RuntimeError()),
        ]
        for error, answer in ends:
            before = self.counts().get(("tools/call", "run_python", error), 0)
            await self.request("tools/call", answer, {"name": "run_python"})
            self.assertEqual(self.counts()["tools/call", "run_python", error], before + 1, error)
        self.assertIn("\nmcp_server_active_requests 0.0\n", self.metrics.exposition().decode())

    async def test_a_client_makes_no_series(self) -> None:
        for name in ("rm -rf", "", None, 1, ["run_python"]):
            await self.request("tools/call", {}, {"name": name})
        await self.request("tools/call", {})
        for method in ("made/up", ""):
            await self.request(method, {}, {"name": "run_python"})
        await self.request("ping", {}, {"name": "run_python"})
        counted = {names: count for names, count in self.counts().items() if count}
        self.assertEqual(counted, {("tools/call", "_OTHER", ""): 6, ("_OTHER", "", ""): 2, ("ping", "", ""): 1})

    async def test_notifications_are_not_counted(self) -> None:
        await self.request("notifications/cancelled", None, request_id=None)
        self.assertEqual(set(self.counts().values()), {0})
