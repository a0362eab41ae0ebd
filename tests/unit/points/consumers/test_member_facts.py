from services.points.consumers.member_facts import known_of
from services.points.domain.fact import RecordKey, Trigger
from tests.unit.points.factories import day
from tests.unit.points.stated import enrolment_fact, hours_fact, wish_fact


class TestWhatIsKnownOfAMember:
    def test_joins_each_fact_with_the_community_of_its_day(self) -> None:
        known = known_of(
            [
                hours_fact("h", minutes=50, at=day(10)),
                wish_fact("w", at=day(41)),
                enrolment_fact("e2", community="west", since=day(40)),
                enrolment_fact("e", community="east", until=day(40)),
            ]
        )
        hours, wish = known.facts
        assert (hours.trigger, hours.minutes, hours.activity_id) == (Trigger.HOURS, 50, "sweeping")
        assert (hours.community_id, wish.community_id) == ("east", "west")
        assert (wish.trigger, wish.effective_at) == (Trigger.WISH, day(41))

    def test_keeps_what_was_withdrawn_as_worth_nothing(self) -> None:
        known = known_of([hours_fact("h", revision=3, revoked=True), wish_fact("w", open_again=True)])
        assert [fact.counts for fact in known.facts] == [False, False]
        assert known.revisions == {RecordKey("events", "h"): 3, RecordKey("events", "w"): 1}

    def test_leaves_out_what_cannot_be_read(self) -> None:
        broken = wish_fact("w")
        broken.body.value = b"\xff\xff"
        assert [fact.record.record_id for fact in known_of([broken, hours_fact("h")]).facts] == ["h"]
