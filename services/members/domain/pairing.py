"""Pairings (结对): a work unit and a community that stand by each other, with a target for each year."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from services.chassis.faults import InvalidField
from services.members.domain.faults import EndsBeforeStart, NodeUnknown, NotACommunity
from services.members.domain.grid import Level, Node
from services.members.domain.unit_faults import (
    PairingEnded,
    PairingExists,
    PairingUnknown,
    WorkUnitKindMismatch,
)
from services.members.domain.work_unit import WorkUnit, WorkUnitKind, open_unit


class PairingKind(StrEnum):
    ASSISTANCE = "ASSISTANCE"
    """帮扶对子."""
    JOINT_BUILDING = "JOINT_BUILDING"
    """共建."""
    SOCIAL_ORGANISATION = "SOCIAL_ORGANISATION"
    """联姻结对 of a social organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """How many deeds a year should bring."""

    year: int
    deeds_min: int
    deeds_max: int
    """0: no such figure."""

    def __post_init__(self) -> None:
        """Refuse a maximum below the minimum.

        Raises:
            InvalidField: It is.
        """
        if 0 < self.deeds_max < self.deeds_min:
            raise InvalidField("State a maximum of at least the minimum, or none.", field="deeds_max")

    @property
    def is_none(self) -> bool:
        return not self.deeds_min and not self.deeds_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """In force from `began_at` until just before `ended_at`."""

    id: str
    work_unit_id: str
    community_id: str
    kind: PairingKind
    began_at: datetime
    ended_at: datetime | None = None
    targets: tuple[Target, ...] = ()
    """In the order of years, each year once."""
    revision: int

    @property
    def is_active(self) -> bool:
        return self.ended_at is None

    @property
    def sides(self) -> tuple[str, str, PairingKind]:
        """Between whom, and as what: there is one active pairing of each."""
        return (self.work_unit_id, self.community_id, self.kind)

    def end(self, *, at: datetime) -> "Pairing":
        """Let it end.

        Raises:
            PairingEnded: It has.
            EndsBeforeStart: It was not yet in force then.
        """
        if self.ended_at is not None:
            raise PairingEnded(pairing_id=self.id, ended_at=self.ended_at.isoformat())
        if at <= self.began_at:
            raise EndsBeforeStart(field="occurred_at", pairing_id=self.id, began_at=self.began_at.isoformat())
        return replace(self, ended_at=at, revision=self.revision + 1)

    def aim(self, target: Target, /) -> "Pairing":
        """Say how many deeds a year should bring; what is so already gives the same pairing.

        Raises:
            PairingEnded: There is nothing to aim at any more.
        """
        if self.ended_at is not None:
            raise PairingEnded(pairing_id=self.id, ended_at=self.ended_at.isoformat())
        others = [each for each in self.targets if each.year != target.year]
        targets = sort_targets(others if target.is_none else [*others, target])
        return self if targets == self.targets else replace(self, targets=targets, revision=self.revision + 1)

    def target_of(self, year: int, /) -> Target | None:
        return next((each for each in self.targets if each.year == year), None)


def sort_targets(targets: Iterable[Target], /) -> tuple[Target, ...]:
    """Order the targets of a pairing.

    Raises:
        InvalidField: Two are of the same year.
    """
    ordered = tuple(sorted(targets, key=lambda target: target.year))
    if len({target.year for target in ordered}) < len(ordered):
        raise InvalidField("State one target for each year.", field="targets")
    return ordered


def refuse_other_kind(unit: WorkUnit, kind: PairingKind, /, *, field: str) -> None:
    """Refuse to pair as a social organisation what is none.

    Raises:
        WorkUnitKindMismatch: The work unit is of another kind.
    """
    if kind is PairingKind.SOCIAL_ORGANISATION and unit.kind is not WorkUnitKind.SOCIAL_ORGANISATION:
        raise WorkUnitKindMismatch(field=field, work_unit_id=unit.id, kind=unit.kind or "")


class Pairings:
    """Decides which pairings may begin, end and change."""

    def __init__(
        self,
        *,
        known: Iterable[Pairing],
        units: Mapping[str, WorkUnit] = MappingProxyType({}),
        communities: Mapping[str, Node] = MappingProxyType({}),
    ) -> None:
        """Know what the decisions rest on.

        Args:
            known: To begin some: all of the work units, the past ones too. Else those that are decided about.
            units: Those that the ids asked for stand for, by the ids asked for.
            communities: The nodes that are to be paired, by id.
        """
        self._units = units
        self._communities = communities
        self._by_id = {pairing.id: pairing for pairing in known}

    def begin(self, pairing: Pairing, /) -> Pairing:
        """Let an open-ended pairing begin.

        Returns:
            The pairing, of the work unit that the stated id stands for.

        Raises:
            WorkUnitUnknown, WorkUnitClosed, NodeUnknown, NodeClosed, NodeNotYet: There is no such side.
            NotACommunity: The node is of another level.
            WorkUnitKindMismatch: It is paired as a social organisation and is none.
            PairingExists: They are paired so, or were then.
        """
        unit = open_unit(pairing.work_unit_id, units=self._units)
        community = self._communities.get(pairing.community_id)
        if community is None:
            raise NodeUnknown(field="community_id", node_id=pairing.community_id)
        if community.level is not Level.COMMUNITY:
            raise NotACommunity(
                "A work unit is paired with a community; name a node of that level.",
                field="community_id",
                node_id=community.id,
                level=community.level.name,
            )
        community.refuse_unless_open(pairing.began_at, field="community_id")
        refuse_other_kind(unit, pairing.kind, field="kind")
        begun = replace(pairing, work_unit_id=unit.id)
        for other in self._by_id.values():
            if other.sides == begun.sides and (other.ended_at is None or other.ended_at > begun.began_at):
                raise PairingExists(pairing_id=other.id)
        return self._remember(begun)

    def end(self, pairing_id: str, /, *, at: datetime) -> Pairing:
        """Let a pairing end; raises as `Pairing.end`, and `PairingUnknown`."""
        return self._remember(self._known(pairing_id).end(at=at))

    def aim(self, pairing_id: str, target: Target, /) -> Pairing:
        """Set the target of a year; raises as `Pairing.aim`, and `PairingUnknown`."""
        return self._remember(self._known(pairing_id).aim(target))

    def _known(self, pairing_id: str) -> Pairing:
        if pairing_id not in self._by_id:
            raise PairingUnknown(field="pairing_id", pairing_id=pairing_id)
        return self._by_id[pairing_id]

    def _remember(self, pairing: Pairing) -> Pairing:
        self._by_id[pairing.id] = pairing
        return pairing
