"""Logs: one line an event, keys and values, no bodies and no tokens (S7)."""

import io
import logging
import sys
from typing import TextIO, cast

import structlog
from django.conf import settings


class _StandardError(io.TextIOBase):
    """Standard error as it is at the moment: whoever put another in its place may have closed that one since."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up() -> None:
    """Write events to standard error; values are quoted, so that no mail can forge a line."""
    level = getattr(logging, settings.TALANOA.log.upper())
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)r")
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )
