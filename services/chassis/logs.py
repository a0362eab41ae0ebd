"""Logs by structlog: one event a line, pretty on a terminal, JSON elsewhere.

An event has a static name (`rpc.served`) and values as fields: ids, never names or phone numbers. What is
bound at a doorway (`structlog.contextvars`) stands on every line until the call ends. Write one with

    _log: FilteringBoundLogger = structlog.get_logger()
    _log.info("receiver.batch_kept", log="events", facts=120)
"""

import json
import logging
import sys
from collections.abc import Mapping
from typing import Final, TextIO

import structlog
from structlog.typing import Processor

from services.chassis.settings import LogFormat, LogLevel

_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)
# One for all lines: `json.dumps` makes one for each, which doubles the price of a line.
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, default=repr)


def configure_logs(
    *, log_format: LogFormat = LogFormat.AUTO, level: LogLevel = LogLevel.INFO, stream: TextIO = sys.stderr
) -> None:
    """Set up the logs of this process, once.

    Args:
        log_format: `AUTO` is pretty if the stream is a terminal, else JSON.
        level: Of our own lines; libraries are heard from WARNING on.
        stream: The standard error by default: the standard output belongs to answers.
    """
    pretty = log_format is LogFormat.CONSOLE or (log_format is LogFormat.AUTO and stream.isatty())
    rendering = _pretty(stream) if pretty else _json()
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*_SHARED, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(least, logging.WARNING), force=True)


def _pretty(stream: TextIO) -> list[Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)]


def _json() -> list[Processor]:
    return [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(serializer=_encode)]


def _encode(line: Mapping[str, object], **_options: object) -> str:
    return _ENCODER.encode(line)
