from datetime import timedelta

from services.points.domain.affiliation import Affiliation, EnrolmentSpan
from tests.unit.points.factories import day

MICROSECOND = timedelta(microseconds=1)
IN_A = EnrolmentSpan(community_id="a", enrolled_at=day(1), ended_at=day(10))
IN_B = EnrolmentSpan(community_id="b", enrolled_at=day(10))


class TestAffiliation:
    def test_holds_from_the_enrolment_until_just_before_its_end(self) -> None:
        affiliation = Affiliation.of([IN_B, IN_A])
        assert affiliation.community_at(day(1) - MICROSECOND) == ""
        assert affiliation.community_at(day(1)) == "a"
        assert affiliation.community_at(day(10) - MICROSECOND) == "a"
        assert affiliation.community_at(day(10)) == "b"

    def test_is_empty_between_enrolments_and_without_any(self) -> None:
        returned = EnrolmentSpan(community_id="a", enrolled_at=day(20))
        assert Affiliation.of([IN_A, returned]).community_at(day(15)) == ""
        assert Affiliation.of([]).community_at(day(15)) == ""

    def test_follows_the_newer_enrolment_while_the_end_of_the_older_one_is_on_its_way(self) -> None:
        open_in_a = EnrolmentSpan(community_id="a", enrolled_at=day(1))
        ended_in_b = EnrolmentSpan(community_id="b", enrolled_at=day(10), ended_at=day(12))
        affiliation = Affiliation.of([open_in_a, ended_in_b])
        assert [affiliation.community_at(day(number)) for number in (9, 10, 12)] == ["a", "b", "a"]
