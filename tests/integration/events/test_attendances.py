from linli.events.v1.activity_pb2 import ATTENDANCE_STATE_CONFIRMED, ATTENDANCE_STATE_REVOKED
from linli.events.v1.facts_pb2 import HoursFact

from services.chassis.moments import moment_of
from services.events.usecases.confirm_hours import ConfirmHours, confirm_hours
from services.events.usecases.create_activities import create_activities
from services.events.usecases.revoke_hours import RevokeHours, revoke_hours
from services.events.usecases.sign_in import SignIn, sign_in
from services.events.usecases.sign_out import SignOut, sign_out
from tests.integration.databases import reasons
from tests.integration.events.neighbourhood import (
    COMMUNITY,
    DAY,
    HOUR,
    MEMBERS,
    NINE,
    ORGANISER,
    Neighbourhood,
    new_activity,
)

ONE, TWO = MEMBERS[:2]


class TestSigningIn:
    async def test_decides_each_by_itself(self, neighbourhood: Neighbourhood) -> None:
        activity = await neighbourhood.activity()
        (draft,) = await neighbourhood.ids(create_activities, new_activity("A-2"))
        outcomes = await neighbourhood.run(
            sign_in,
            SignIn(activity_id=activity, member_id=ONE, occurred_at=NINE),
            SignIn(activity_id="unknown", member_id=TWO, occurred_at=NINE),
            SignIn(activity_id=activity, member_id="stranger", occurred_at=NINE),
            SignIn(activity_id=activity, member_id=COMMUNITY, occurred_at=NINE),
            SignIn(activity_id=draft, member_id=TWO, occurred_at=NINE),
            SignIn(activity_id=activity, member_id=TWO, occurred_at=NINE - 3 * HOUR),
            SignIn(activity_id=activity, member_id=TWO, occurred_at=NINE),
        )
        expected = [
            "WRITTEN",
            "ACTIVITY_UNKNOWN",
            "MEMBER_UNKNOWN",
            "MEMBER_UNKNOWN",
            "NOT_PUBLISHED",
            "OUTSIDE_WINDOW",
            "WRITTEN",
        ]
        assert reasons(outcomes) == expected

    async def test_refuses_somebody_who_is_there_here_or_elsewhere_also_within_a_batch(
        self, neighbourhood: Neighbourhood
    ) -> None:
        here, there = await neighbourhood.activity("A-1"), await neighbourhood.activity("A-2")
        outcomes = await neighbourhood.run(
            sign_in,
            SignIn(activity_id=here, member_id=ONE, occurred_at=NINE),
            SignIn(activity_id=there, member_id=ONE, occurred_at=NINE + HOUR),
        )
        assert reasons(outcomes) == ["WRITTEN", "ALREADY_SIGNED_IN"]
        again = SignIn(activity_id=here, member_id=ONE, occurred_at=NINE + HOUR)
        assert reasons(await neighbourhood.run(sign_in, again)) == ["ALREADY_SIGNED_IN"]

    async def test_refuses_somebody_who_was_elsewhere_at_that_time(
        self, neighbourhood: Neighbourhood
    ) -> None:
        here, there = await neighbourhood.activity("A-1"), await neighbourhood.activity("A-2")
        await neighbourhood.stay(here, ONE)
        during, after = (
            SignIn(activity_id=there, member_id=ONE, occurred_at=moment) for moment in (NINE, NINE + HOUR)
        )
        assert reasons(await neighbourhood.run(sign_in, during)) == ["ALREADY_SIGNED_IN"]
        assert reasons(await neighbourhood.run(sign_in, after)) == ["WRITTEN"]

    async def test_states_nothing(self, neighbourhood: Neighbourhood) -> None:
        await neighbourhood.stay(await neighbourhood.activity())
        assert len(await neighbourhood.stated()) == 1  # the activity


class TestSigningOut:
    async def test_decides_each_by_itself(self, neighbourhood: Neighbourhood) -> None:
        activity = await neighbourhood.activity()
        await neighbourhood.ids(sign_in, SignIn(activity_id=activity, member_id=ONE, occurred_at=NINE))
        outcomes = await neighbourhood.run(
            sign_out,
            SignOut(activity_id="unknown", member_id=ONE),
            SignOut(activity_id=activity, member_id=TWO),
            SignOut(activity_id=activity, member_id="stranger"),
            SignOut(activity_id=activity, member_id=ONE, occurred_at=NINE - HOUR),
            SignOut(activity_id=activity, member_id=ONE),  # now is years later
            SignOut(activity_id=activity, member_id=ONE, occurred_at=NINE + HOUR),
            SignOut(activity_id=activity, member_id=ONE, occurred_at=NINE + HOUR),
        )
        expected = [
            "ACTIVITY_UNKNOWN",
            "NOT_SIGNED_IN",
            "NOT_SIGNED_IN",
            "SIGN_OUT_BEFORE_SIGN_IN",
            "OUTSIDE_WINDOW",
            "WRITTEN",
            "NOT_SIGNED_IN",
        ]
        assert reasons(outcomes) == expected

    async def test_refuses_a_stay_that_would_reach_into_one_recorded_earlier(
        self, neighbourhood: Neighbourhood
    ) -> None:
        here, there = await neighbourhood.activity("A-1"), await neighbourhood.activity("A-2")
        await neighbourhood.stay(there, ONE, begin=NINE + HOUR)
        await neighbourhood.ids(sign_in, SignIn(activity_id=here, member_id=ONE, occurred_at=NINE))
        outcomes = await neighbourhood.run(
            sign_out,
            SignOut(activity_id=here, member_id=ONE, occurred_at=NINE + 3 * HOUR),
            SignOut(activity_id=here, member_id=ONE, occurred_at=NINE + HOUR),
        )
        assert reasons(outcomes) == ["ALREADY_SIGNED_IN", "WRITTEN"]
        assert await neighbourhood.findings() == []

    async def test_lets_the_member_come_again(self, neighbourhood: Neighbourhood) -> None:
        activity = await neighbourhood.activity()
        first = await neighbourhood.stay(activity, ONE)
        assert await neighbourhood.stay(activity, ONE, begin=NINE + HOUR) != first


class TestConfirmingHours:
    async def test_states_them_effective_at_the_sign_in_with_their_causes(
        self, neighbourhood: Neighbourhood
    ) -> None:
        activity = await neighbourhood.activity()
        attendance = await neighbourhood.confirmed_hours(activity, ONE)
        _, fact = await neighbourhood.stated()
        body = HoursFact.FromString(fact.body.value)
        assert (fact.record_id, fact.revision, moment_of(fact.effective_at)) == (attendance, 1, NINE)
        assert [(subject.kind, subject.id) for subject in fact.subjects] == [
            ("member", ONE),
            ("activity", activity),
        ]
        assert [(cause.log, cause.record_id, cause.revision) for cause in fact.causes] == [
            ("events", activity, 1),
            ("members", ONE, 1),
        ]
        assert (body.state, body.confirmed_minutes) == (ATTENDANCE_STATE_CONFIRMED, 60)
        assert (body.community_id, moment_of(body.signed_out_at)) == (COMMUNITY, NINE + HOUR)

    async def test_decides_each_by_itself(self, neighbourhood: Neighbourhood) -> None:
        activity = await neighbourhood.activity()
        over = await neighbourhood.stay(activity, ONE)
        (open_still,) = await neighbourhood.ids(
            sign_in, SignIn(activity_id=activity, member_id=TWO, occurred_at=NINE)
        )
        outcomes = await neighbourhood.run(
            confirm_hours,
            ConfirmHours(attendance_id="unknown", confirmed_by=ORGANISER),
            ConfirmHours(attendance_id=open_still, confirmed_by=ORGANISER),
            ConfirmHours(attendance_id=over, confirmed_by=f"member:{ONE}"),
            ConfirmHours(attendance_id=over, confirmed_by=ORGANISER),
            ConfirmHours(attendance_id=over, confirmed_by=ORGANISER),
        )
        expected = ["ATTENDANCE_UNKNOWN", "NOT_SIGNED_OUT", "OWN_HOURS", "WRITTEN", "ALREADY_CONFIRMED"]
        assert reasons(outcomes) == expected


class TestRevokingHours:
    async def test_states_a_second_revision_worth_nothing(self, neighbourhood: Neighbourhood) -> None:
        attendance = await neighbourhood.confirmed_hours(await neighbourhood.activity())
        revocation = RevokeHours(attendance_id=attendance, reason="wrong day", revoked_by=ORGANISER)
        outcomes = await neighbourhood.run(revoke_hours, revocation, revocation)
        assert reasons(outcomes) == ["WRITTEN", "HOURS_REVOKED"]
        fact = (await neighbourhood.stated())[-1]
        body = HoursFact.FromString(fact.body.value)
        assert (fact.record_id, fact.revision, moment_of(fact.effective_at)) == (attendance, 2, NINE)
        assert (body.state, body.confirmed_minutes) == (ATTENDANCE_STATE_REVOKED, 0)

    async def test_refuses_what_is_unknown_or_not_confirmed(self, neighbourhood: Neighbourhood) -> None:
        unconfirmed = await neighbourhood.stay(await neighbourhood.activity())
        outcomes = await neighbourhood.run(
            revoke_hours,
            *(
                RevokeHours(attendance_id=attendance, reason="wrong day", revoked_by=ORGANISER)
                for attendance in ("unknown", unconfirmed)
            ),
        )
        assert reasons(outcomes) == ["ATTENDANCE_UNKNOWN", "NOT_CONFIRMED"]

    async def test_frees_the_time_for_what_was_true(self, neighbourhood: Neighbourhood) -> None:
        here, there = await neighbourhood.activity("A-1"), await neighbourhood.activity("A-2")
        attendance = await neighbourhood.confirmed_hours(here, ONE)
        revocation = RevokeHours(attendance_id=attendance, reason="elsewhere", revoked_by=ORGANISER)
        await neighbourhood.ids(revoke_hours, revocation)
        assert await neighbourhood.confirmed_hours(there, ONE)
        assert await neighbourhood.findings() == []


class TestABatchOfMany:
    async def test_takes_everybody_through_the_day_whatever_their_order(
        self, neighbourhood: Neighbourhood
    ) -> None:
        activities = [await neighbourhood.activity(f"A-{n}", starts_at=NINE + n * DAY) for n in range(3)]
        for n in reversed(range(3)):
            begin = NINE + n * DAY
            who = [{"activity_id": activities[n], "member_id": member} for member in MEMBERS]
            await neighbourhood.ids(sign_in, *(SignIn(**each, occurred_at=begin) for each in who))
            stays = await neighbourhood.ids(
                sign_out, *(SignOut(**each, occurred_at=begin + HOUR) for each in who)
            )
            confirmations = (ConfirmHours(attendance_id=stay, confirmed_by=ORGANISER) for stay in stays)
            await neighbourhood.ids(confirm_hours, *confirmations)
        assert len(await neighbourhood.stated()) == 3 + 3 * len(MEMBERS)
        assert await neighbourhood.findings() == []
