from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import faults
from services.chassis.faults import Fault, InvalidField, Violation
from services.chassis.rpc.codes import CODES, RETRY_SECONDS
from services.chassis.rpc.status import MESSAGE_BYTES_MAX, STATUS_BYTES_MAX, StatusTable

CHASSIS_FAULTS = [
    kind
    for kind in vars(faults).values()
    if isinstance(kind, type) and issubclass(kind, Fault) and kind is not Fault
]
STATUSES = StatusTable({})


class Closed(Fault):
    """The shop is closed."""


def detail(status: Status, kind: Any) -> Any:
    (packed,) = [each for each in status.details if each.Is(kind.DESCRIPTOR)]
    message = kind()
    packed.Unpack(message)
    return message


class TestAFaultOfTheChassis:
    @pytest.mark.parametrize("kind", CHASSIS_FAULTS)
    def test_has_a_status_code(self, kind: type[Fault]) -> None:
        assert kind in CODES

    @pytest.mark.parametrize("kind", CHASSIS_FAULTS)
    def test_says_when_to_come_again_only_where_that_helps(self, kind: type[Fault]) -> None:
        status = STATUSES.status_of(kind())
        says = any(each.TypeName() == "google.rpc.RetryInfo" for each in status.details)
        assert says == (CODES[kind] in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED})
        if says:
            delay = detail(status, RetryInfo).retry_delay
            assert delay.ToMilliseconds() == RETRY_SECONDS[CODES[kind]] * 1000


class TestAFaultOfAService:
    def test_has_the_code_of_its_table(self) -> None:
        statuses = StatusTable({Closed: grpc.StatusCode.FAILED_PRECONDITION})
        assert statuses.status_of(Closed()).code == grpc.StatusCode.FAILED_PRECONDITION.value[0]

    def test_that_no_table_knows_is_a_defect(self) -> None:
        with pytest.raises(LookupError, match="Closed"):
            STATUSES.status_of(Closed())


class TestAStatus:
    def test_blames_the_field_of_the_fault(self) -> None:
        status = STATUSES.status_of(InvalidField("Ends before it starts.", field="ends_at"))
        (violation,) = detail(status, BadRequest).field_violations
        assert (violation.field, violation.description) == ("ends_at", "Ends before it starts.")

    def test_blames_every_place_of_several(self) -> None:
        places = [Violation(place=f"rules[{n}]", problem=f"is wrong {n}") for n in range(3)]
        status = STATUSES.status_of(InvalidField.several(places))
        assert status.message == "rules[0]: is wrong 0"
        assert [each.field for each in detail(status, BadRequest).field_violations] == [
            "rules[0]",
            "rules[1]",
            "rules[2]",
        ]

    def test_has_no_field_to_blame_where_none_is(self) -> None:
        status = STATUSES.status_of(InvalidField("Nothing fits."))
        told = [each.TypeName() for each in status.details]
        assert told == ["google.rpc.ErrorInfo", "google.rpc.LocalizedMessage"]

    def test_keeps_what_comes_first_where_not_all_fits(self) -> None:
        places = [Violation(place=f"items[{n}].name", problem="名" * 40) for n in range(1000)]
        kept = detail(STATUSES.status_of(InvalidField.several(places)), BadRequest).field_violations
        assert 5 < len(kept) < 1000
        assert [each.field for each in kept] == [each.place for each in places[: len(kept)]]

    @given(
        message=st.text(max_size=1000),
        metadata=st.dictionaries(st.text(max_size=200), st.text(max_size=800), max_size=20),
        places=st.lists(st.tuples(st.text(max_size=400), st.text(max_size=400)), max_size=30),
    )
    def test_stays_under_two_kibibytes(
        self, message: str, metadata: dict[str, str], places: list[tuple[str, str]]
    ) -> None:
        fault = faults.Overloaded(message or "x")
        fault.metadata = metadata
        fault.violations = tuple(Violation(place=place, problem=problem) for place, problem in places)
        status = STATUSES.status_of(fault)
        assert status.ByteSize() <= STATUS_BYTES_MAX
        assert len(status.message.encode()) <= MESSAGE_BYTES_MAX
        assert detail(status, ErrorInfo).reason == "OVERLOADED"
        assert detail(status, RetryInfo).retry_delay.ToMilliseconds() > 0
