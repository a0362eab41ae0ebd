from datetime import datetime, timedelta

import pytest

from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.faults import (
    AlreadyEnrolled,
    EndsBeforeStart,
    EnrolmentEnded,
    EnrolmentUnknown,
    MemberUnknown,
    NodeClosed,
    NodeNotYet,
    NodeUnknown,
    NotACommunity,
)
from services.members.domain.grid import Level
from tests.unit.members.domain.records import JUNE, MARCH, enrolment, node

INSTANT = timedelta(microseconds=1)
DAY = timedelta(days=1)
COMMUNITIES = {
    "c1": node("c1", Level.COMMUNITY, parent_id="s1", effective_from=MARCH - DAY),
    "s1": node("s1", Level.STREET),
    "closed": node("closed", Level.COMMUNITY, parent_id="s1", closed_at=JUNE),
}


def enrolments(*history: Enrolment) -> Enrolments:
    return Enrolments(history=history, members={"m1", "m2"}, communities=COMMUNITIES)


class TestBeginning:
    def test_an_enrolment_is_taken(self) -> None:
        assert enrolments().begin(enrolment()) == enrolment()

    def test_of_an_unknown_member_is_refused(self) -> None:
        with pytest.raises(MemberUnknown):
            enrolments().begin(enrolment(member_id="nobody"))

    def test_with_an_unknown_node_is_refused(self) -> None:
        with pytest.raises(NodeUnknown):
            enrolments().begin(enrolment(community_id="nowhere"))

    def test_with_a_street_is_refused(self) -> None:
        with pytest.raises(NotACommunity) as refused:
            enrolments().begin(enrolment(community_id="s1"))
        assert refused.value.metadata["level"] == "STREET"

    def test_before_the_community_existed_is_refused(self) -> None:
        with pytest.raises(NodeNotYet) as refused:
            enrolments().begin(enrolment(enrolled_at=MARCH - DAY - INSTANT))
        assert refused.value.field == "community_id"

    @pytest.mark.parametrize("enrolled_at", [MARCH, JUNE, JUNE + DAY])
    def test_with_a_community_that_was_closed_is_refused_because_it_would_go_on(
        self, enrolled_at: datetime
    ) -> None:
        with pytest.raises(NodeClosed):
            enrolments().begin(enrolment(community_id="closed", enrolled_at=enrolled_at))

    @pytest.mark.parametrize("enrolled_at", [MARCH - INSTANT, MARCH, JUNE])
    def test_a_second_one_is_refused_whenever_it_begins(self, enrolled_at: object) -> None:
        with pytest.raises(AlreadyEnrolled) as refused:
            enrolments(enrolment("e1")).begin(enrolment("e2", enrolled_at=enrolled_at))
        assert refused.value.metadata == {"enrolment_id": "e1", "community_id": "c1"}

    def test_a_second_one_is_refused_when_the_first_is_of_the_same_batch(self) -> None:
        batch = enrolments()
        batch.begin(enrolment("e1"))
        with pytest.raises(AlreadyEnrolled):
            batch.begin(enrolment("e2"))
        assert batch.begin(enrolment("e3", member_id="m2")).id == "e3"

    def test_right_where_the_one_before_ended_is_taken(self) -> None:
        ended = enrolment("e1", ended_at=JUNE)
        assert enrolments(ended).begin(enrolment("e2", enrolled_at=JUNE)).id == "e2"

    @pytest.mark.parametrize("enrolled_at", [JUNE - INSTANT, MARCH, MARCH - INSTANT])
    def test_before_one_that_ended_later_is_refused(self, enrolled_at: object) -> None:
        with pytest.raises(AlreadyEnrolled):
            enrolments(enrolment("e1", ended_at=JUNE)).begin(enrolment("e2", enrolled_at=enrolled_at))


class TestEnding:
    def test_an_active_one_gives_the_next_revision(self) -> None:
        ended = enrolments(enrolment()).end("e1", at=JUNE)
        assert ended == enrolment(ended_at=JUNE, revision=2)
        assert not ended.is_active

    def test_it_twice_in_a_batch_is_refused(self) -> None:
        batch = enrolments(enrolment())
        batch.end("e1", at=JUNE)
        with pytest.raises(EnrolmentEnded):
            batch.end("e1", at=JUNE)

    def test_an_unknown_one_is_refused(self) -> None:
        with pytest.raises(EnrolmentUnknown):
            enrolments().end("e1", at=JUNE)

    @pytest.mark.parametrize("at", [MARCH, MARCH - INSTANT])
    def test_it_when_or_before_it_began_is_refused(self, at: object) -> None:
        with pytest.raises(EndsBeforeStart):
            enrolments(enrolment()).end("e1", at=at)  # type: ignore[arg-type]

    def test_it_makes_room_for_the_next(self) -> None:
        batch = enrolments(enrolment())
        batch.end("e1", at=JUNE)
        assert batch.begin(enrolment("e2", enrolled_at=JUNE)).is_active
