"""Correcting when an enrolment began or ended, because it was recorded wrongly."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from services.members.domain.enrolment import Enrolment, Enrolments
from services.members.domain.enrolment_faults import (
    EnrolmentsOverlap,
    NoNeighbour,
    NotEndedYet,
    NothingToCorrect,
)
from services.members.domain.faults import EndsBeforeStart
from services.members.domain.grid import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """When an enrolment really began and ended; None: as recorded."""

    enrolment_id: str
    enrolled_at: datetime | None
    ended_at: datetime | None
    move_neighbour: bool
    """Whichever enrolment touches a boundary that moves, moves with it."""


def correct(
    correction: Correction,
    /,
    *,
    enrolments: Enrolments,
    communities: Mapping[str, Node],
    is_late: Callable[[datetime], bool],
) -> list[Enrolment]:
    """Correct an enrolment, and what touches it.

    Lateness follows the corrected beginning, unless the enrolment carries on another one, which passes its
    own on.

    Args:
        correction: What is to be.
        enrolments: All of the member; whoever accepts the correction has them remember it.
        communities: With which they are or were enrolled, by id.
        is_late: Says of a beginning whether it is after the deadline.

    Returns:
        What changes, the named one among it: in an order in which they can be stored one after the other
        without two ever being in force at once.

    Raises:
        EnrolmentUnknown: There is no such enrolment.
        NotEndedYet: It has no end that could be wrong.
        NothingToCorrect: It is recorded like that.
        NoNeighbour: Nothing touches the boundaries that move.
        EndsBeforeStart: It would end before it began, or what touches it would.
        EnrolmentsOverlap: Another one was in force then.
        NodeNotYet, NodeClosed: The community did not exist then.
    """
    recorded = enrolments.known(correction.enrolment_id)
    corrected = _moved(
        recorded,
        enrolled_at=correction.enrolled_at or recorded.enrolled_at,
        ended_at=_end(correction, recorded),
    )
    if corrected is recorded:
        raise NothingToCorrect(enrolment_id=recorded.id)
    history = enrolments.of_member(recorded.member_id)
    neighbours = _neighbours(recorded, corrected, history) if correction.move_neighbour else []
    if correction.move_neighbour and not neighbours:
        raise NoNeighbour(field="move_neighbour", enrolment_id=recorded.id)
    before = {each.id: each for each in history}
    moved = {each.id: each for each in (*neighbours, corrected)}
    _refuse_impossible(moved.values(), communities)
    after = sorted({**before, **moved}.values(), key=lambda each: each.enrolled_at)
    _refuse_overlap(after, corrected)
    told = {each.id: each for each in _with_lateness(after, before, is_late)}
    changed = [each for each in told.values() if each != before[each.id]]
    # What becomes shorter makes room first; what becomes longer takes it last.
    changed.sort(key=lambda each: 1 if each.id == corrected.id else _grows(before[each.id], each))
    return [replace(each, revision=each.revision + 1) for each in changed]


def _end(correction: Correction, recorded: Enrolment) -> datetime | None:
    if correction.ended_at is None:
        return recorded.ended_at
    if recorded.ended_at is None:
        raise NotEndedYet(field="ended_at", enrolment_id=recorded.id)
    return correction.ended_at


def _moved(recorded: Enrolment, *, enrolled_at: datetime, ended_at: datetime | None) -> Enrolment:
    if (enrolled_at, ended_at) == (recorded.enrolled_at, recorded.ended_at):
        return recorded
    return replace(recorded, enrolled_at=enrolled_at, ended_at=ended_at)


def _neighbours(recorded: Enrolment, corrected: Enrolment, history: Sequence[Enrolment]) -> list[Enrolment]:
    """Move what touches the boundaries that move."""
    moved: list[Enrolment] = []
    for each in history:
        if each.ended_at == recorded.enrolled_at != corrected.enrolled_at:
            moved.append(replace(each, ended_at=corrected.enrolled_at))
        if corrected.ended_at and each.enrolled_at == recorded.ended_at != corrected.ended_at:
            moved.append(replace(each, enrolled_at=corrected.ended_at))
    return moved


def _refuse_impossible(moved: Iterable[Enrolment], communities: Mapping[str, Node]) -> None:
    for each in moved:
        if each.ended_at is not None and each.ended_at <= each.enrolled_at:
            raise EndsBeforeStart(
                field="enrolled_at", enrolment_id=each.id, enrolled_at=each.enrolled_at.isoformat()
            )
        communities[each.community_id].refuse_unless_open(
            each.enrolled_at, until=each.ended_at, field="enrolment_id"
        )


def _refuse_overlap(after: Sequence[Enrolment], corrected: Enrolment) -> None:
    for earlier, later in pairwise(after):
        if earlier.reaches_beyond(later.enrolled_at):
            other = later if earlier.id == corrected.id else earlier
            raise EnrolmentsOverlap(enrolment_id=other.id, community_id=other.community_id)


def _with_lateness(
    after: Sequence[Enrolment], before: Mapping[str, Enrolment], is_late: Callable[[datetime], bool]
) -> Iterator[Enrolment]:
    """Decide lateness anew where a beginning moved or what it carries on changed; else it stays."""
    previous: Enrolment | None = None
    for each in after:
        late = each.late
        if previous is not None and previous.ended_at == each.enrolled_at:
            if previous.late != before[previous.id].late:
                late = previous.late
        elif each.enrolled_at != before[each.id].enrolled_at:
            late = is_late(each.enrolled_at)
        previous = replace(each, late=late)
        yield previous


def _grows(recorded: Enrolment, moved: Enrolment) -> int:
    """Say whether a neighbour, of which one boundary moved at most, became longer: 2, else 0."""
    begins_earlier = moved.enrolled_at < recorded.enrolled_at
    ends_later = (
        moved.ended_at is not None and recorded.ended_at is not None and moved.ended_at > recorded.ended_at
    )
    return 2 if begins_earlier or ends_later else 0
