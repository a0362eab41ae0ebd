from datetime import UTC, datetime, timedelta

from linli.events.v1.activity_pb2 import ACTIVITY_STATE_PUBLISHED
from linli.events.v1.facts_pb2 import ActivityFact

from services.chassis.moments import moment_of
from services.events.usecases.create_activities import create_activities
from services.events.usecases.publish_activities import PublishActivity, publish_activities
from tests.integration.databases import reasons
from tests.integration.events.neighbourhood import AREA, COMMUNITY, DAY, NINE, Neighbourhood, new_activity


class TestCreatingActivities:
    async def test_decides_each_by_itself(self, neighbourhood: Neighbourhood) -> None:
        outcomes = await neighbourhood.run(
            create_activities,
            new_activity("A-1"),
            new_activity("A-2", community_id="nowhere"),
            new_activity("A-3", community_id=AREA),
            new_activity("A-4", ends_at=NINE),
            new_activity("A-5"),
        )
        expected = ["WRITTEN", "COMMUNITY_UNKNOWN", "COMMUNITY_UNKNOWN", "INVALID_FIELD", "WRITTEN"]
        assert reasons(outcomes) == expected

    async def test_refuses_a_code_that_is_taken_here_or_in_the_same_batch(
        self, neighbourhood: Neighbourhood
    ) -> None:
        first = await neighbourhood.run(create_activities, new_activity("A-1"), new_activity("A-1"))
        assert reasons(first) == ["WRITTEN", "CODE_TAKEN"]
        second = await neighbourhood.run(create_activities, new_activity("A-2"), new_activity("A-1"))
        assert reasons(second) == ["WRITTEN", "CODE_TAKEN"]

    async def test_leaves_a_code_free_whose_first_bearer_was_refused(
        self, neighbourhood: Neighbourhood
    ) -> None:
        outcomes = await neighbourhood.run(
            create_activities, new_activity("A-1", community_id="nowhere"), new_activity("A-1")
        )
        assert reasons(outcomes) == ["COMMUNITY_UNKNOWN", "WRITTEN"]

    async def test_states_nothing(self, neighbourhood: Neighbourhood) -> None:
        await neighbourhood.ids(create_activities, new_activity())
        assert await neighbourhood.stated() == []


class TestPublishingActivities:
    async def test_states_the_activity_effective_at_its_start(self, neighbourhood: Neighbourhood) -> None:
        activity_id = await neighbourhood.activity()
        (fact,) = await neighbourhood.stated()
        body = ActivityFact.FromString(fact.body.value)
        assert (fact.record_id, fact.revision, moment_of(fact.effective_at)) == (activity_id, 1, NINE)
        assert (body.code, body.community_id, body.state) == ("A-1", COMMUNITY, ACTIVITY_STATE_PUBLISHED)
        assert [(subject.kind, subject.id) for subject in fact.subjects] == [("activity", activity_id)]
        (cause,) = fact.causes
        assert (cause.log, cause.record_id, cause.revision) == ("members", COMMUNITY, 1)

    async def test_refuses_what_is_unknown_published_or_has_started(
        self, neighbourhood: Neighbourhood
    ) -> None:
        published = await neighbourhood.activity()
        (late,) = await neighbourhood.ids(create_activities, new_activity("A-2"))
        outcomes = await neighbourhood.run(
            publish_activities,
            PublishActivity(activity_id="unknown"),
            PublishActivity(activity_id=published, occurred_at=NINE - DAY),
            PublishActivity(activity_id=late, occurred_at=NINE),
            PublishActivity(activity_id=late, occurred_at=NINE - DAY),
            PublishActivity(activity_id=late, occurred_at=NINE - DAY),
        )
        expected = [
            "ACTIVITY_UNKNOWN",
            "ALREADY_PUBLISHED",
            "PUBLISHED_TOO_LATE",
            "WRITTEN",
            "ALREADY_PUBLISHED",
        ]
        assert reasons(outcomes) == expected

    async def test_happens_now_unless_stated_and_never_in_the_future(
        self, neighbourhood: Neighbourhood
    ) -> None:
        tomorrow = datetime.now(UTC) + DAY
        coming = (new_activity(code, starts_at=tomorrow) for code in ("A-1", "A-2"))
        one, two = await neighbourhood.ids(create_activities, *coming)
        outcomes = await neighbourhood.run(
            publish_activities,
            PublishActivity(activity_id=one),
            PublishActivity(activity_id=two, occurred_at=tomorrow - timedelta(hours=1)),
        )
        assert reasons(outcomes) == ["WRITTEN", "INVALID_FIELD"]
