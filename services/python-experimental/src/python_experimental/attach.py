"""The short-lived subcommands. They load next to nothing, since they run often and somebody waits for them."""

import os
import selectors
import socket
import stat
import sys

_CHUNK = 65536


def attach(path: str) -> bool:
    """
    Hands standard input and output to the server that runs already, until either side ends.

    `docker exec … stdio` starts a process for each client; loading a server of its own would take it most of a second,
    and every such server would have limits of its own. False where no server of this user listens.
    """
    server = _connect(path)
    if server is None:
        return False
    with server, selectors.DefaultSelector() as selector:
        selector.register(server, selectors.EVENT_READ)
        # A file or the null device as standard input has no events: it is always ready.
        polled = _register(selector, 0)
        while True:
            ready = [key.fd for key, _ in selector.select()] if polled else [0]
            if server.fileno() in ready:
                answer = server.recv(_CHUNK)
                if not answer:
                    return True
                _write(1, answer)
            if 0 in ready:
                request = os.read(0, _CHUNK)
                if not request:
                    return True
                server.sendall(request)


def _register(selector: selectors.BaseSelector, fd: int) -> bool:
    try:
        selector.register(fd, selectors.EVENT_READ)
        return True
    except PermissionError:
        return False


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]


def _connect(path: str) -> socket.socket | None:
    try:
        owner = os.stat(path)
        # Somebody else's socket may lie at this path outside a container, and would get to see the client's calls.
        if owner.st_uid != os.getuid() or not stat.S_ISSOCK(owner.st_mode):
            return None
        server = socket.socket(socket.AF_UNIX)
        server.connect(path)
        return server
    except OSError:
        return None


def ask_health(port: int, seconds: float = 6) -> int:
    """Asks the server that runs in the same container, prints one line and returns the exit code."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
            connection.sendall(b"GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(_CHUNK), b""))
    except OSError as error:
        print(f"no answer on port {port}: {error.strerror or error}")
        return 1
    head, _, body = answer.partition(b"\r\n\r\n")
    ready = head.split(b" ")[1:2] == [b"200"]
    print("ready" if ready else f"not ready: {_reasons(body)}")
    return 0 if ready else 1


def _reasons(body: bytes) -> str:
    import json

    try:
        checks = json.loads(body)["checks"]
        return "; ".join(f"{name}: {check['error']}" for name, check in checks.items() if not check["ok"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unexpected answer"


def main(arguments: list[str], environment: dict[str, str]) -> int:
    """Runs a subcommand: `http` (the default), `stdio` or `health`."""
    command = arguments[0] if arguments else "http"
    if len(arguments) > 1 or command not in ("http", "stdio", "health"):
        print("usage: mcp-server [http|stdio|health]", file=sys.stderr)
        return 2
    if command == "health":
        return ask_health(int(environment.get("MCP_PORT") or 8000))
    from .processes import forbid_inspection

    forbid_inspection()
    if command == "stdio":
        from .settings import socket_path

        if attach(socket_path(environment)):
            return 0
    from .serve import serve

    return serve(command, environment)
