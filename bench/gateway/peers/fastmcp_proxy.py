"""FastMCP's proxy in front of one server: fastmcp_proxy.py SERVER-URL PORT."""

import sys

from fastmcp.server import create_proxy

server, port = sys.argv[1:]
create_proxy(server, name="bench").run(
    transport="http",
    host="127.0.0.1",
    port=int(port),
    path="/mcp",
    show_banner=False,
    log_level="ERROR",
    uvicorn_config={"access_log": False},
)
