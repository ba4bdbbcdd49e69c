"""The MCP server: its one tool, and the server that offers it."""

import dataclasses
import json
from typing import Any

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    TextContent,
    Tool,
    ToolAnnotations,
)
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from . import __version__
from .call_log import log_calls, note_outcome
from .executor import MOST_THREADS, BusyError, Executor, Outcome
from .forwarder import MOST_CONNECTIONS
from .request_end import refused_arguments
from .sandbox.runner import MOST_FILE_BYTES, MOST_OPEN_FILES
from .settings import Limits

_DESCRIPTION = """\
Runs Python {version} code in a fresh, isolated process and returns what it printed and the value of its last
expression, as text. The code may use the standard library, and the cluster's databases: `from databases import
postgres, mariadb`, each returns a connection (psycopg, PyMySQL); `psycopg.connect()` works as well. Other packages are
not to be counted on: there is no numpy, pandas or matplotlib, and none can be installed. There is no other network, no
other process can be started, and nothing is kept for the next run: files in the working directory last as long as this
one. Limits of a run: {seconds} s, {memory_mb} MiB of address space, {output_kb} KiB each of standard output, standard
error and the result, {threads} threads with the first, {file_mb} MiB in a file, {open_files} open files, {connections}
connections to each database. {concurrency} runs may go on at once; a few more wait."""


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")

    code: str = Field(min_length=1, description="Python code, run as a main module")
    stdin: str = Field(default="", description="What the code reads from standard input")
    timeout_seconds: int | None = Field(default=None, ge=1, description="End the run earlier than the limit does")

    def problem(self, limits: Limits) -> str | None:
        """What is wrong with the arguments on a server with these limits."""
        if self.timeout_seconds is None or self.timeout_seconds <= limits.seconds:
            return None
        return (
            f"timeout_seconds: {self.timeout_seconds} is more than the {limits.seconds} s that this server gives a run; "
            f"leave it out or give at most {limits.seconds}, and split what takes longer (nothing was run)"
        )


class _Result(BaseModel):
    """An outcome as it is described to clients."""

    status: str = Field(description="ok, error (an exception, or another exit code than 0), timeout or killed")
    reason: str | None = Field(description="Why it was ended before its own end: its time, or another limit")
    exit_code: int | None = Field(description="null where a signal ended it")
    stdout: str
    stderr: str
    result: str | None = Field(description="repr() of the last expression's value, null where there is none")
    stdout_truncated: bool
    stderr_truncated: bool
    result_truncated: bool
    duration_ms: int


TOOL_NAME = "run_python"


def create_server(executor: Executor, limits: Limits) -> Server[Any]:
    """The server of every client; it keeps nothing between calls."""
    tool = _tool(limits)

    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[tool])

    async def call_tool(_context: Any, params: CallToolRequestParams) -> CallToolResult:
        if params.name != tool.name:
            raise MCPError(code=INVALID_PARAMS, message=f"Unknown tool: {params.name}")
        try:
            arguments = _Arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            refused_arguments()
            return _failure(f"Invalid arguments for tool {tool.name}: {'; '.join(map(_wrong, error.errors()))}")
        if problem := arguments.problem(limits):
            refused_arguments()
            return _failure(f"Invalid arguments for tool {tool.name}: {problem}")
        try:
            outcome = await executor.run(arguments.code, arguments.stdin, arguments.timeout_seconds)
            note_outcome(outcome)
            return _success(outcome)
        except BusyError as error:
            return _failure(str(error))

    server: Server[Any] = Server(
        "python-experimental",
        version=__version__,
        title="Python",
        instructions="Runs Python code next to the cluster's databases; see run_python.",
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        # Or the SDK lists the tools at every call over HTTP, to look the schema up.
        get_tool_input_schema=lambda name: tool.input_schema if name == tool.name else None,
    )
    server.middleware.append(log_calls)
    return server


def _wrong(error: ErrorDetails) -> str:
    """What is wrong with an argument, as the other servers say it."""
    name = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{name}: {error['msg']}"
    return f'there is no argument "{name}" here; there are {", ".join(_Arguments.model_fields)}'


def describe(limits: Limits) -> str:
    """What the tool says of itself on a server with these limits."""
    import platform

    return _DESCRIPTION.format(
        version=platform.python_version(),
        threads=MOST_THREADS,
        file_mb=MOST_FILE_BYTES // 1024 // 1024,
        open_files=MOST_OPEN_FILES,
        connections=MOST_CONNECTIONS,
        **dataclasses.asdict(limits),
    )


def _tool(limits: Limits) -> Tool:
    return Tool(
        name=TOOL_NAME,
        title="Run Python code",
        description=describe(limits),
        input_schema=_input_schema(limits),
        output_schema=_Result.model_json_schema(),
        # The code may change what is in the databases.
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
        ),
    )


def _input_schema(limits: Limits) -> dict[str, Any]:
    schema = _Arguments.model_json_schema()
    for choice in schema["properties"]["timeout_seconds"]["anyOf"]:
        if choice["type"] == "integer":
            choice["maximum"] = limits.seconds
    return schema


def _success(outcome: Outcome) -> CallToolResult:
    structured = dataclasses.asdict(outcome)
    return CallToolResult(
        content=[TextContent(type="text", text=json.dumps(structured, ensure_ascii=False))],
        structured_content=structured,
        # A client's model shall see that its code failed.
        is_error=outcome.status != "ok",
    )


def _failure(message: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=message)], is_error=True)
