"""What goes into the log, and what never does: one line for each event, without anybody's data.

A line names the request or the job it belongs to. What other packages say is kept to its
template, and an exception to its kind and where it was raised: their texts may quote a row, a
search word or a name (security.md P6, docs/adr/0008-log-without-people.md).
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from typing_extensions import override

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

# These say nothing but ids, addresses of servers and names of revisions. The logger "portal"
# itself is Flask's, which quotes paths.
TRUSTED = ("portal.", "huey", "alembic.", "gunicorn.")
_ROOT = Path(__file__).resolve().parents[2]


def set_up(form: str, *, debug: bool = False) -> None:
    """Write all that this process logs to the standard error output.

    Args:
        form: "json" for one object per line, "console" for people.
        debug: also show what exceptions say.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(form, debug=debug))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)


def formatter(form: str, *, debug: bool = False) -> logging.Formatter:
    """Return what turns a record into a line."""
    plain = [structlog.processors.ExceptionRenderer()] if debug else [_where]
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        *plain,
    ]
    return Discreet(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _writer(form)],
    )


def bind(**known: str) -> None:
    """Put what is known about the work in hand on every line from now on, and nothing else."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**known)


class Discreet(structlog.stdlib.ProcessorFormatter):
    """Keeps what strangers' packages fill into their sentences out of ours."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        if not record.name.startswith(TRUSTED):
            said = str(record.msg) if record.args else f"{record.module}:{record.lineno}"
            record = logging.makeLogRecord({**record.__dict__, "msg": said, "args": ()})
        return super().format(record)


def _writer(form: str) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=json.dumps, default=str)
    return structlog.dev.ConsoleRenderer(colors=False)


def _where(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Put the kind of an exception, and the places it came through, for the exception itself."""
    given: Any = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["error"] = " < ".join(_kinds(error))
        event["through"] = [
            f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return event


def _kinds(error: BaseException) -> list[str]:
    kinds, at = [], error
    for _ in range(5):
        kinds.append(f"{type(at).__module__}.{type(at).__qualname__}")
        following = at.__cause__ or at.__context__
        if following is None:
            break
        at = following
    return kinds


def _short(filename: str) -> str:
    file = Path(filename)
    return str(file.relative_to(_ROOT)) if file.is_relative_to(_ROOT) else file.name
