import re
from pathlib import Path

from services.chassis.faults import Fault, Violation
from services.points.domain import faults
from services.points.domain.faults import VIOLATIONS_TOLD_MAX, DocumentMalformed

PROTOS = Path(__file__).parents[4] / "proto" / "linli" / "points" / "v1"
DECIDED_BY_THE_CHASSIS = {"PERIOD_MALFORMED"}

DEFINED = {
    fault.reason
    for fault in vars(faults).values()
    if isinstance(fault, type) and issubclass(fault, Fault) and fault is not Fault
}


def reasons_named_in_the_contract() -> set[str]:
    """Read UPPER_SNAKE words of the comments that stand over RPCs, but for the names of statuses."""
    named: set[str] = set()
    for proto in PROTOS.glob("*.proto"):
        rpcs = re.search(r"service \w+ \{(.*?)^\}", proto.read_text(), re.DOTALL | re.MULTILINE)
        if rpcs:
            named |= set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", rpcs.group(1)))
    statuses = {
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "INVALID_ARGUMENT",
        "FAILED_PRECONDITION",
        "PERMISSION_DENIED",
    }
    return named - statuses


class TestTreeOfFaults:
    def test_holds_every_reason_that_the_contract_names(self) -> None:
        named = reasons_named_in_the_contract()
        assert {"TIE_AT_CUTOFF", "SAME_PERSON", "RUN_UNKNOWN"} <= named
        assert named - DECIDED_BY_THE_CHASSIS - DEFINED == set()

    def test_is_drawn_in_full(self) -> None:
        drawn = set(re.findall(r"[├└]── (\w+)", faults.__doc__ or ""))
        assert {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper() for name in drawn} == DEFINED


class TestDocumentMalformed:
    def test_tells_places_and_keeps_every_violation(self) -> None:
        count = VIOLATIONS_TOLD_MAX + 2
        violations = [Violation(place=f"rules[{n}]", problem="is wrong") for n in range(count)]
        fault = DocumentMalformed(violations)
        assert fault.violations == tuple(violations)
        assert fault.message.startswith("rules[0]: is wrong; rules[1]: is wrong")
        assert fault.message.endswith("and 2 more")
        assert fault.metadata == {"violations": str(count)}
