"""In processes of their own: logs are set up once per process."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
START = """
import logging, structlog
from services.chassis.logs import configure_logs
from services.chassis.settings import LogFormat, LogLevel
log = structlog.get_logger()
"""


def lines(program: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-c", START + program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
    return [json.loads(line) for line in done.stderr.splitlines()]


class TestALogLine:
    def test_is_json_where_nobody_watches(self) -> None:
        (line,) = lines(
            "configure_logs()\n"
            "structlog.contextvars.bind_contextvars(trace_id='t1')\n"
            "log.info('rpc.served', community='社区', count=2)"
        )
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "rpc.served",
            "level": "info",
            "trace_id": "t1",
            "community": "社区",
            "count": 2,
        }

    def test_below_the_level_is_not_written(self) -> None:
        written = lines(
            "configure_logs(level=LogLevel.WARNING)\nlog.info('quiet')\nlog.warning('heard')\nlog.error('loud')"
        )
        assert [line["event"] for line in written] == ["heard", "loud"]

    def test_of_an_exception_has_its_traceback(self) -> None:
        (line,) = lines("configure_logs()\ntry:\n  1 / 0\nexcept Exception:\n  log.exception('rpc.failed')")
        assert line["exception"][0]["exc_type"] == "ZeroDivisionError"

    def test_of_a_library_has_the_same_form_and_starts_at_warnings(self) -> None:
        (line,) = lines(
            "configure_logs()\n"
            "logging.getLogger('alembic').info('x')\n"
            "logging.getLogger('grpc').warning('gone %s', 1)"
        )
        assert (line["event"], line["level"], line["logger"]) == ("gone 1", "warning", "grpc")

    def test_is_pretty_on_a_terminal(self) -> None:
        reader, terminal = pty.openpty()
        subprocess.run(
            [sys.executable, "-c", START + "configure_logs()\nlog.info('rpc.served', count=2)"],
            cwd=ROOT,
            stderr=terminal,
            check=True,
        )
        os.close(terminal)
        written = os.read(reader, 4096).decode()
        os.close(reader)
        assert "rpc.served" in written
        assert "\x1b[" in written
        assert "{" not in written
