"""One JSON line per event on standard error; standard output belongs to the protocol."""

import json
import logging
import sys
import time

_NAMES = {"WARNING": "warn", "CRITICAL": "error"}


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{now}.{int(record.msecs):03}Z",
            "level": _NAMES.get(record.levelname, record.levelname.lower()),
            "message": record.getMessage(),
            "logger": record.name,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: str) -> None:
    """Sends everything from a level on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    logging.root.handlers[:] = [handler]
    logging.root.setLevel({"warn": "WARNING"}.get(level, level.upper()))
    # These report every single request and session at `info`.
    for talkative in ("mcp", "uvicorn", "sse_starlette"):
        logging.getLogger(talkative).setLevel(max(logging.root.level, logging.WARNING))
