"""The input rules that stand in the proto (protovalidate)."""

from typing import Final

from google.protobuf.message import Message
from protovalidate import Validator, Violation

from services.chassis.faults import InvalidField

# Keeps the compiled rules of every message it has seen.
_VALIDATOR: Final = Validator()


def validate(message: Message, /) -> None:
    """Check a request, or one item of a batch, against the rules of its proto.

    The rules of a batch leave its items out, so that a bad one is refused in its own result.

    Raises:
        InvalidField: Blames every field that breaks a rule.
    """
    violations = collect_violations(message)
    if violations:
        raise InvalidField.several(violations)


def collect_violations(message: Message, /) -> list[tuple[str, str]]:
    """Give the path of each field that breaks a rule, with what the rule says."""
    return [(_path(each), _sentence(each)) for each in _VALIDATOR.collect_violations(message)]


def _path(violation: Violation) -> str:
    path = ""
    for element in violation.proto.field.elements if violation.proto.field else ():
        path += f".{element.field_name}" if path else element.field_name
        if element.subscript is not None:
            path += f"[{element.subscript.value!r}]"
    return path


def _sentence(violation: Violation) -> str:
    text = violation.proto.message or violation.proto.rule_id
    return f"{text[0].upper()}{text[1:]}."
