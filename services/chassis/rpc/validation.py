"""The input rules that stand in the proto (protovalidate)."""

from collections.abc import Iterator
from typing import Final

import protovalidate
from google.protobuf.message import Message

from services.chassis.faults import InvalidField, Violation

NUL: Final = "\0"

# Keeps the compiled rules of every message it has seen.
_VALIDATOR: Final = protovalidate.Validator()


def refuse_bad_form(message: Message, /) -> None:
    """Check a request, or an item of a batch or a stream, against the rules of its proto.

    The rules of a batch leave its items out, so that a bad one is refused in its own result.

    Raises:
        InvalidField: Blames every field that breaks a rule.
    """
    violations = collect_violations(message)
    if violations:
        raise InvalidField.several(violations)


def collect_violations(message: Message, /) -> list[Violation]:
    """Give each place that breaks a rule, with what the rule says."""
    broken = [
        Violation(place=_path(each), problem=_sentence(each))
        for each in _VALIDATOR.collect_violations(message)
    ]
    return [*broken, *_unstorable(message)]


def _unstorable(message: Message) -> Iterator[Violation]:
    """Find texts that PostgreSQL cannot hold; messages inside the message are looked at by themselves."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_STRING:
            texts = [value] if isinstance(value, str) else value
            if any(NUL in text for text in texts):
                yield Violation(place=field.name, problem="Leave out the character U+0000.")


def _path(violation: protovalidate.Violation) -> str:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value!r}]"
    return path


def _sentence(violation: protovalidate.Violation) -> str:
    text = violation.proto.message or violation.proto.rule_id
    return f"{text[0].upper()}{text[1:]}."
