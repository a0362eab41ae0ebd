"""Decides what work units there may be: their codes, their hierarchy, and what other systems call them."""

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from services.chassis.faults import InvalidField
from services.members.domain.faults import CodeTaken, EtagStale, WorkUnitUnknown
from services.members.domain.unit_faults import WorkUnitKindMismatch, WorkUnitUnderItself
from services.members.domain.work_unit import ForeignCode, WorkUnit, WorkUnitKind, open_unit

ABOVE_MAX: Final = 1_000
"""A hierarchy deeper than this has a circle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A work unit with what other systems call it."""

    unit: WorkUnit
    foreign_codes: frozenset[ForeignCode] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a work unit is to be; what is None is not meant."""

    name: str | None = None
    kind: tuple[WorkUnitKind | None] | None = None
    parent_id: tuple[str | None] | None = None
    """As asked for."""
    foreign_codes: frozenset[ForeignCode] | None = None


class Organisation:
    """The work units that the decisions of a batch rest on, and those that it makes or changes itself."""

    def __init__(
        self,
        *,
        described: Mapping[str, Described],
        stands_for: Mapping[str, str],
        above: Mapping[str, str | None],
        taken_codes: Collection[str],
        foreign: Mapping[ForeignCode, str],
        paired_as_social: AbstractSet[str] = frozenset(),
    ) -> None:
        """Know what the decisions rest on.

        Args:
            described: The work units that are named, by id; none of them was merged.
            stands_for: From each id asked for to that of the work unit it stands for.
            above: The parents of the work units that are named, of those, and so on, by id.
            taken_codes: Of the codes that are wanted.
            foreign: Whose the foreign codes are that are wanted.
            paired_as_social: The ids of those that have an active pairing as a social organisation.
        """
        self._described = dict(described)
        self._stands_for = dict(stands_for)
        self._above = dict(above)
        self._taken_codes = set(taken_codes)
        self._foreign = dict(foreign)
        self._paired_as_social = paired_as_social

    def find(self, asked_id: str, /, *, field: str = "work_unit_id") -> Described:
        """Give the work unit that an id stands for, if it exists still.

        Raises:
            WorkUnitUnknown: There is none.
            WorkUnitClosed: It exists no longer.
        """
        unit_id = self._stands_for.get(asked_id, asked_id)
        if unit_id not in self._described:
            raise WorkUnitUnknown(field=field, work_unit_id=asked_id)
        described = self._described[unit_id]
        open_unit(unit_id, units={unit_id: described.unit}, field=field)
        return described

    def add(self, described: Described, /, *, parent_field: str = "parent_id") -> Described:
        """Take a work unit in.

        Returns:
            It, under the work unit that the stated parent stands for.

        Raises:
            WorkUnitUnknown, WorkUnitClosed: There is no such parent.
            CodeTaken: Another one has the code, or one of the foreign codes.
        """
        unit = described.unit
        if unit.parent_id:
            unit = replace(unit, parent_id=self.find(unit.parent_id, field=parent_field).unit.id)
        if unit.code in self._taken_codes:
            raise CodeTaken(field="code")
        self._take(unit.id, described.foreign_codes)
        self._taken_codes.add(unit.code)
        return self._remember(replace(described, unit=unit))

    def change(
        self, asked_id: str, changes: Changes, /, *, etag: str | None, parent_field: str = "parent_id"
    ) -> Described:
        """Change a work unit; what is so already gives the same one.

        Args:
            asked_id: Which one.
            changes: What is meant.
            etag: Of the work unit as the caller read it; None: whatever it is.
            parent_field: Of the request, that is blamed for a parent.

        Raises:
            WorkUnitUnknown, WorkUnitClosed: There is no such work unit, or no such parent.
            EtagStale: It was changed since.
            WorkUnitUnderItself: It would hang under itself.
            WorkUnitKindMismatch: It is paired as a social organisation.
            CodeTaken: Another one has one of the foreign codes.
            InvalidField: It would have no name.
        """
        before = self.find(asked_id)
        if etag is not None and etag != before.unit.etag:
            raise EtagStale(field="etag", work_unit_id=before.unit.id)
        after = self._applied(before, changes, parent_field=parent_field)
        if after == before:
            return before
        self._take(after.unit.id, after.foreign_codes)
        for dropped in before.foreign_codes - after.foreign_codes:
            del self._foreign[dropped]
        restated = replace(after.unit, revision=before.unit.revision + 1)
        return self._remember(replace(after, unit=restated))

    def _applied(self, before: Described, changes: Changes, *, parent_field: str) -> Described:
        unit = before.unit
        if changes.name is not None:
            if not changes.name:
                raise InvalidField("A work unit has a name.", field="name")
            unit = replace(unit, name=changes.name)
        if changes.kind is not None:
            (kind,) = changes.kind
            if unit.id in self._paired_as_social and kind is not WorkUnitKind.SOCIAL_ORGANISATION:
                raise WorkUnitKindMismatch(field="kind", work_unit_id=unit.id)
            unit = replace(unit, kind=kind)
        if changes.parent_id is not None:
            (asked_parent,) = changes.parent_id
            parent = self.find(asked_parent, field=parent_field).unit.id if asked_parent else None
            if parent is not None and unit.id in self._at_and_above(parent):
                raise WorkUnitUnderItself(field=parent_field, work_unit_id=unit.id, parent_id=parent)
            unit = replace(unit, parent_id=parent)
        codes = before.foreign_codes if changes.foreign_codes is None else changes.foreign_codes
        return Described(unit=unit, foreign_codes=codes)

    def _at_and_above(self, unit_id: str) -> Iterable[str]:
        found: list[str] = []
        up: str | None = unit_id
        while up is not None and len(found) < ABOVE_MAX:
            found.append(up)
            up = self._above.get(up)
        return found

    def _take(self, unit_id: str, codes: Iterable[ForeignCode]) -> None:
        for each in sorted(codes):
            if self._foreign.get(each, unit_id) != unit_id:
                raise CodeTaken(
                    "Another work unit has this foreign code.", field="foreign_codes", system=each.system
                )
        self._foreign.update(dict.fromkeys(codes, unit_id))

    def _remember(self, described: Described) -> Described:
        unit = described.unit
        self._described[unit.id] = described
        self._above[unit.id] = unit.parent_id
        return described
