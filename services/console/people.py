"""Runs a command for a person: in the language of the settings, with what the server refuses said in it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from google.rpc.error_details_pb2 import BadRequest, LocalizedMessage
from google.rpc.status_pb2 import Status

from services.chassis.faults import InvalidField
from services.chassis.settings import Settings
from services.chassis.texts import current_language
from services.console.calls import reason
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


def said(refused: Status, /) -> str:
    """Give what the server says of a refusal, in the language that was asked for, if it has words for it."""
    words, blamed = LocalizedMessage(), BadRequest()
    why = reason(refused)
    if not any(each.Unpack(words) for each in refused.details):
        return f"{why}: {refused.message}"
    text = f"{words.message} ({why})"
    if why == InvalidField.reason and any(each.Unpack(blamed) for each in refused.details):
        # The catalogue has words for the reason alone, which here does not say what is wrong.
        text += "".join(f" {each.field}: {each.description}" for each in blamed.field_violations)
    return text


def _localized(refused: CallRefused) -> CallRefused:
    details = refused.status.details if refused.status else ()
    if refused.status is None or not any(each.Unpack(LocalizedMessage()) for each in details):
        return refused
    return CallRefused(said(refused.status), status=refused.status, reason=refused.metadata["reason"])
