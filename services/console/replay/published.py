"""Reads what the programme published about its own year, where the folder has it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from services.console.replay import fields as read
from services.console.replay.faults import PublishedUnreadable
from services.console.replay.rows import Fields, read_records

WEEKS_FILE: Final = "expected_by_week.csv"
SUMMARY_FILE: Final = "expected_summary.json"
_WEEKS_COLUMNS: Final = ("date", "volunteer_shifts", "volunteer_hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedWeek:
    ending: date
    """A Friday."""
    attendances: int
    hours: int
    """Rounded, so that their sum is not that of the year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedTotal:
    attendances: int
    hours: int
    """Cut to whole hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    weeks: tuple[PublishedWeek, ...] | None
    total: PublishedTotal | None


def read_published(files: Mapping[str, bytes], /) -> Published:
    """Read the two files, as far as they are there.

    Raises:
        PublishedUnreadable: One has another form.
        SourceUnusable: It is no UTF-8, no CSV, or lacks a column.
    """
    weeks, summary = files.get(WEEKS_FILE), files.get(SUMMARY_FILE)
    return Published(
        weeks=None if weeks is None else _weeks(weeks), total=None if summary is None else _total(summary)
    )


def _weeks(content: bytes) -> tuple[PublishedWeek, ...]:
    found = read_records(
        file=WEEKS_FILE,
        content=content,
        columns=_WEEKS_COLUMNS,
        parse=_week,
        key=lambda week: f"date {week.ending}",
    )
    for broken in found.broken:
        raise PublishedUnreadable(f"{broken.file}, line {broken.line}: {broken.reason}.")
    return found.taken


def _week(fields: Fields) -> PublishedWeek:
    return PublishedWeek(
        ending=read.day(fields, "date"),
        attendances=read.count(fields, "volunteer_shifts"),
        hours=read.count(fields, "volunteer_hours"),
    )


def _total(content: bytes) -> PublishedTotal:
    try:
        summary: Any = json.loads(content)
        attendances, hours = summary["volunteer_shifts"]["total"], summary["volunteer_hours"]["total"]
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise PublishedUnreadable(
            f"{SUMMARY_FILE} has no volunteer_shifts.total and volunteer_hours.total; "
            "correct it, or leave it out of the folder."
        ) from error
    if type(attendances) is not int or type(hours) is not int:
        raise PublishedUnreadable(f"{SUMMARY_FILE}: the totals are whole numbers.")
    return PublishedTotal(attendances=attendances, hours=hours)
