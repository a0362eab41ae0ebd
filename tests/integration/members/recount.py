"""A register as raw records, and who participates and who is missing counted the slow way, one by one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.members.domain.policy import ParticipationKind, ParticipationRule
from services.members.storage.enrolment_tables import enrolment_renewals
from services.members.storage.grid_tables import past_placements
from services.members.storage.tables import (
    enrolments,
    grid_nodes,
    members,
    participations,
    past_work_units,
    work_units,
)

BEGIN = datetime(2025, 1, 1, tzinfo=UTC)
DAYS = 10
NO_UNIT = ""
STREETS = ("s1", "s2")
COMMUNITIES = ("c1", "c2", "c3")
UNITS = ("u1", "u2", "u3", "u4")
PARENTS = {"u2": "u1", "u3": "u2"}


def day(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Somewhere from one day until just before another; None: until now."""

    place: str | None
    begin: int
    end: int | None

    def holds(self, at: int) -> bool:
        return self.begin <= at and (self.end is None or self.end > at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with all that was recorded of them."""

    code: str
    in_service: bool
    units: list[Span]
    enrolled: list[Span]
    withdrawn: set[int]
    """Which of the enrolments fell away."""
    renewed: set[int]
    records: list[tuple[int, ParticipationKind]]
    erased: int | None
    merged: bool

    @property
    def standing(self) -> list[tuple[int, Span]]:
        return [(n, each) for n, each in enumerate(self.enrolled) if n not in self.withdrawn]

    def is_known(self, at: int) -> bool:
        return not self.merged and (self.erased is None or self.erased > at) and self.units[0].begin <= at

    def community(self, at: int) -> str | None:
        return next((each.place for _, each in self.standing if each.holds(at)), None)

    def took_part(self, since: int, until: int, rule: ParticipationRule) -> bool:
        counted = [kind for at, kind in self.records if since <= at < until and kind in rule.kinds]
        return len(counted) >= rule.records_min


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """Two streets with three communities, of which one moves; four work units, of which one merges."""

    people: list[Person]
    moves: int | None
    """When the third community moves from the first street to the second."""
    merged: bool
    """The fourth work unit is the second one, since."""

    def street(self, community: str, at: int) -> str:
        is_moved = community == "c3" and self.moves is not None and at >= self.moves
        return STREETS[1] if community == "c2" or is_moved else STREETS[0]

    def unit(self, person: Person, at: int) -> str:
        """The unit that somebody belonged to, as it is called now."""
        unit = next((each.place for each in person.units if each.holds(at)), None) or NO_UNIT
        return "u2" if unit == "u4" and self.merged else unit

    def is_of(self, person: Person, asked: str, at: int) -> bool:
        unit: str | None = self.unit(person, at)
        while unit:
            if unit == asked:
                return True
            unit = PARENTS.get(unit)
        return False

    async def store(self, connection: AsyncConnection) -> None:
        """Store it as raw rows."""
        nodes = [("d", 1, None), *((each, 2, "d") for each in STREETS)]
        nodes += [(each, 3, self.street(each, DAYS)) for each in COMMUNITIES]
        for id_, level, parent_id in nodes:
            moved = day(self.moves) if id_ == "c3" and self.moves is not None else None
            await connection.execute(
                insert(grid_nodes).values(
                    node_id=id_,
                    code=id_,
                    name=id_,
                    level=level,
                    parent_id=parent_id,
                    effective_from=BEGIN,
                    placed_at=moved,
                    revision=1,
                )
            )
        if self.moves is not None:
            span = {"node_id": "c3", "name": "c3", "parent_id": STREETS[0]}
            times = {"effective_from": BEGIN, "effective_until": day(self.moves)}
            await connection.execute(insert(past_placements).values(**span, **times))
        for unit in UNITS:
            row = {"work_unit_id": unit, "code": unit, "name": unit, "parent_id": PARENTS.get(unit)}
            forward = "u2" if unit == "u4" and self.merged else None
            await connection.execute(
                insert(work_units).values(**row, effective_from=BEGIN, merged_into=forward, revision=1)
            )
        for person in self.people:
            await _store_person(connection, person)


async def _store_person(connection: AsyncConnection, person: Person) -> None:
    now = person.units[-1]
    await connection.execute(
        insert(members).values(
            member_id=person.code,
            code=person.code,
            member_type="IN_SERVICE" if person.in_service else "RESIDENT",
            work_unit_id=now.place,
            work_unit_since=day(now.begin) if len(person.units) > 1 else None,
            registered_at=day(person.units[0].begin),
            merged_into=person.code if person.merged else None,
            erased_at=None if person.erased is None else day(person.erased),
            revision=1,
        )
    )
    for span in person.units[:-1]:
        assert span.end is not None
        row = {"member_id": person.code, "work_unit_id": span.place}
        times = {"effective_from": day(span.begin), "effective_until": day(span.end)}
        await connection.execute(insert(past_work_units).values(**row, **times))
    for number, span in enumerate(person.enrolled):
        await connection.execute(
            insert(enrolments).values(
                enrolment_id=f"{person.code}-{number}",
                member_id=person.code,
                community_id=span.place,
                enrolled_at=day(span.begin),
                ended_at=None if span.end is None else day(span.end),
                withdrawn=number in person.withdrawn,
                revision=1,
            )
        )
        if number in person.renewed:
            row = {"enrolment_id": f"{person.code}-{number}", "period_id": "2025-W03"}
            await connection.execute(insert(enrolment_renewals).values(**row, renewed_at=day(4)))
    for number, (at, kind) in enumerate(person.records):
        row = {"member_id": person.code, "log": "events", "record_id": f"r{number}", "kind": kind}
        await connection.execute(insert(participations).values(**row, effective_at=day(at), minutes=0))


@st.composite
def spans(draw: st.DrawFn, places: tuple[str | None, ...], *, gaps: bool) -> list[Span]:
    """Spans one after the other; with gaps, or each until the next."""
    days = sorted(draw(st.sets(st.integers(0, DAYS - 1), min_size=0 if gaps else 1, max_size=4)))
    found = []
    for begin, end in pairwise([*days, None]):
        assert begin is not None
        earlier = draw(st.integers(begin + 1, end)) if gaps and end is not None else end
        last = draw(st.sampled_from((None, begin + 1))) if gaps and end is None else earlier
        found.append(Span(place=draw(st.sampled_from(places)), begin=begin, end=last))
    return found


@st.composite
def people(draw: st.DrawFn, code: str) -> Person:
    in_service = draw(st.booleans())
    enrolled = draw(spans(COMMUNITIES, gaps=True))
    some = st.sets(st.sampled_from(range(4)), max_size=2)
    # Around a period from the third day to before the sixth.
    record = st.tuples(st.integers(2, 6), st.sampled_from(list(ParticipationKind)))
    return Person(
        code=code,
        in_service=in_service,
        units=draw(spans(UNITS if in_service else (*UNITS, None), gaps=False)),
        enrolled=enrolled,
        withdrawn=draw(some),
        renewed=draw(some),
        records=draw(st.lists(record, max_size=4)),
        erased=draw(st.none() | st.none() | st.integers(0, DAYS)),
        merged=draw(st.sampled_from((False, False, False, True))),
    )


@st.composite
def districts(draw: st.DrawFn) -> District:
    return District(
        people=[draw(people(f"m{number}")) for number in range(draw(st.integers(1, 5)))],
        moves=draw(st.none() | st.integers(1, DAYS - 1)),
        merged=draw(st.booleans()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How many; the members' codes."""

    enrolled: int = 0
    participating: int = 0
    due: int = 0
    due_enrolled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """Counts one by one, at a day, who participated from one day until before another."""

    district: District
    at: int
    since: int
    until: int
    rule: ParticipationRule = field(default_factory=ParticipationRule)

    def figures(
        self, *, node: str | None = None, unit: str | None = None, own_unit: str | None = None
    ) -> Figures:
        """Count those of a part of the grid, of a unit with its sub-units, or of a unit alone."""
        counted = [each for each in self.district.people if self._is_in_unit(each, unit, own_unit)]
        enrolled = [each for each in counted if self.is_enrolled(each, node)]
        due = [each for each in counted if each.in_service and each.is_known(self.at)]
        return Figures(
            enrolled=len(enrolled),
            participating=sum(each.took_part(self.since, self.until, self.rule) for each in enrolled),
            due=len(due),
            due_enrolled=sum(self.is_enrolled(each, None) for each in due),
        )

    def is_enrolled(self, person: Person, node: str | None) -> bool:
        community = person.community(self.at)
        return community is not None and self.is_below(community, node)

    def is_below(self, community: str, node: str | None) -> bool:
        return node in (None, "d", community, self.district.street(community, self.at))

    def missing_enrolment(self, *, node: str | None = None, unit: str | None = None) -> list[str]:
        found = []
        for each in self.district.people:
            begun = [span for _, span in each.standing if span.begin <= self.at]
            was_there = node is not None and bool(begun) and self.is_below(str(begun[-1].place), node)
            is_meant = was_there if node is not None else each.in_service
            if (
                is_meant
                and each.is_known(self.at)
                and each.community(self.at) is None
                and self._is_in_unit(each, unit, None)
            ):
                found.append(each.code)
        return sorted(found)

    def missing_renewal(self, *, node: str | None = None) -> list[str]:
        return sorted(
            each.code
            for each in self.district.people
            for number, span in each.standing
            if span.holds(self.at) and self.is_below(str(span.place), node)
            if span.begin < self.since and number not in each.renewed
        )

    def missing_participation(self, *, node: str | None = None) -> list[str]:
        return sorted(
            each.code
            for each in self.district.people
            if self.is_enrolled(each, node) and not each.took_part(self.since, self.until, self.rule)
        )

    def _is_in_unit(self, person: Person, unit: str | None, own_unit: str | None) -> bool:
        if own_unit is not None:
            return self.district.unit(person, self.at) == own_unit
        return unit is None or self.district.is_of(person, unit, self.at)
