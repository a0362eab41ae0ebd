"""Runs a command for a person: in the language of the settings, with what the server refuses said in it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from google.rpc.error_details_pb2 import LocalizedMessage

from services.chassis.settings import Settings
from services.chassis.texts import current_language
from services.console.faults import CallRefused

Answer = TypeVar("Answer")


def run_for_person(settings: Settings, work: Callable[[], Coroutine[Any, Any, Answer]], /) -> Answer:
    """Run a command to its end.

    Raises:
        CallRefused: In words of the person's language, where the server has them.
    """
    current_language.set(settings.language)
    try:
        return asyncio.run(work())
    except CallRefused as refused:
        raise _localized(refused) from refused


def _localized(refused: CallRefused) -> CallRefused:
    said = LocalizedMessage()
    if refused.status and any(each.Unpack(said) for each in refused.status.details):
        return CallRefused(f"{said.message} ({refused.metadata['reason']})", status=refused.status)
    return refused
