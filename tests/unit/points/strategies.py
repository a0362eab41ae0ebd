"""Random years of one subject, small enough to collide often."""

from datetime import timedelta

from hypothesis import strategies as st

from services.points.domain.fact import Fact
from services.points.domain.timeline import Timeline
from tests.unit.points.factories import day, hailin_rules, hours, rule_set, wish

MOMENTS = st.builds(
    lambda number, minute: day(number) + timedelta(minutes=minute),
    st.integers(min_value=-2, max_value=12),
    st.sampled_from((0, 1)),
)


@st.composite
def records(draw: st.DrawFn) -> list[Fact]:
    """Draw the revisions of one record: each may move it, change it or withdraw it."""
    number = draw(st.integers(min_value=1, max_value=12))
    is_wish = draw(st.booleans())
    revisions = []
    for revision in range(1, draw(st.integers(min_value=1, max_value=3)) + 1):
        at, counts = draw(MOMENTS), draw(st.booleans())
        if is_wish:
            revisions.append(wish(f"wish-{number}", at=at, revision=revision, counts=counts))
        else:
            minutes = draw(st.integers(min_value=0, max_value=300))
            activity_id = f"activity-{draw(st.integers(min_value=1, max_value=3))}"
            revisions.append(
                hours(
                    f"attendance-{number}",
                    minutes=minutes,
                    at=at,
                    activity_id=activity_id,
                    revision=revision,
                    counts=counts,
                )
            )
    return revisions


HISTORIES: st.SearchStrategy[list[Fact]] = st.lists(
    records(), max_size=12, unique_by=lambda revisions: revisions[0].record
).map(lambda found: [fact for revisions in found for fact in revisions])
"""All revisions of several records."""


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Draw one to three versions of one name, whose limit keeps its id and changes its size."""
    dates = sorted(draw(st.sets(st.integers(min_value=-1, max_value=10), min_size=1, max_size=3)))
    versions = [
        rule_set(
            *hailin_rules(minutes_max=draw(st.sampled_from((60, 120, 180)))),
            version=version,
            effective_from=day(date),
        )
        for version, date in enumerate(dates, start=1)
    ]
    return Timeline.of(versions)
