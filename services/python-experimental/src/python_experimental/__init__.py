"""An MCP server that runs Python code its clients send, isolated, with the cluster's databases in reach."""

__version__ = "1.0.0"
