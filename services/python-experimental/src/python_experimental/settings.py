"""What the server reads from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LOG_LEVELS = ("debug", "info", "warn", "error")


class SettingsError(Exception):
    """The environment is not usable; the message names each variable and what is wrong, but no value."""


@dataclass(frozen=True)
class Database:
    """Where a database is, and as whom to use it."""

    host: str
    port: int
    name: str
    user: str
    password: str
    reach_setting: str = ""
    """The stack's setting that says what the user may reach, for the errors of what is out of reach; empty for none."""


@dataclass(frozen=True)
class Limits:
    """What one run may cost."""

    seconds: int
    """Wall-clock time, also the most a client may ask for."""
    memory_mb: int
    """Address space."""
    output_kb: int
    """How much of standard output, standard error and the result is kept, each."""
    concurrency: int
    """How many runs there may be at once; a few more wait for their turn."""


@dataclass(frozen=True)
class Settings:
    postgres: Database
    mariadb: Database
    limits: Limits
    host: str
    port: int
    socket: str
    """Where `stdio` processes attach to the server that runs."""
    allowed_hosts: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    shutdown_seconds: int
    log_level: str


class _Reader:
    """Reads variables and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """A variable, or the content of the file that NAME_FILE names, as Docker secrets are given."""
        value = self.environment.get(name, "")
        file = self.environment.get(f"{name}_FILE", "")
        if not value and file:
            try:
                value = Path(file).read_text().removesuffix("\n").removesuffix("\r")
            except OSError as error:
                self.problems.append(f"{name}_FILE can't be read: {error.strerror}")
                return ""
        if value:
            return value
        if default is None:
            self.problems.append(f"{name} is not set")
        return default or ""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, str(default))
        if text.isascii() and text.isdigit() and least <= int(text) <= most:
            return int(text)
        self.problems.append(f"{name} must be a whole number between {least} and {most}")
        return default

    def names(self, name: str) -> tuple[str, ...]:
        return tuple(item.strip() for item in self.text(name, "").split(",") if item.strip())

    def database(self, prefix: str, port: int) -> Database:
        return Database(
            host=self.text(f"{prefix}_HOST"),
            port=self.number(f"{prefix}_PORT", port, 1, 65535),
            name=self.text(f"{prefix}_DATABASE"),
            user=self.text(f"{prefix}_USER"),
            password=self.text(f"{prefix}_PASSWORD"),
            reach_setting=self.text(f"{prefix}_REACH_SETTING", ""),
        )


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Reads and checks all variables; raises SettingsError that names everything that is wrong."""
    read = _Reader(environment)
    port = read.number("MCP_PORT", 8000, 0, 65535)
    level = read.text("LOG_LEVEL", "info")
    if level not in LOG_LEVELS:
        read.problems.append(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
    settings = Settings(
        postgres=read.database("POSTGRES", 5432),
        mariadb=read.database("MARIADB", 3306),
        limits=Limits(
            seconds=read.number("PYTHON_TIMEOUT_SECONDS", 10, 1, 600),
            memory_mb=read.number("PYTHON_MEMORY_MB", 256, 64, 65536),
            output_kb=read.number("PYTHON_OUTPUT_KB", 256, 1, 16384),
            concurrency=read.number("PYTHON_CONCURRENCY", 2, 1, 64),
        ),
        host=read.text("MCP_HOST", "0.0.0.0"),
        port=port,
        socket=socket_path(environment),
        allowed_hosts=read.names("MCP_ALLOWED_HOSTS"),
        allowed_origins=read.names("MCP_ALLOWED_ORIGINS"),
        shutdown_seconds=read.number("MCP_SHUTDOWN_SECONDS", 8, 0, 600),
        log_level=level,
    )
    if read.problems:
        raise SettingsError("The environment is not usable:\n" + "\n".join(f"  {line}" for line in read.problems))
    return settings


def socket_path(environment: Mapping[str, str]) -> str:
    """Where `stdio` processes attach; named by the port, so that two servers on one machine don't meet."""
    return environment.get("MCP_SOCKET") or f"/tmp/mcp-server-{environment.get('MCP_PORT') or '8000'}.sock"
