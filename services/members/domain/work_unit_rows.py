"""What becomes of the rows of a file of work units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.members.domain.faults import WorkUnitUnknown
from services.members.domain.organisation import Changes, Described, Organisation
from services.members.domain.unit_faults import WorkUnitDiffers
from services.members.domain.work_unit import ForeignCode, WorkUnit, WorkUnitKind

PARENT: Final = "parent_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnitRow:
    """A row; what is None or empty it does not state."""

    unit_id: str
    """If it turns out to be a new one."""
    code: str
    name: str
    kind: WorkUnitKind | None
    parent_code: str
    foreign_codes: frozenset[ForeignCode]
    at: datetime
    updates: bool


class WorkUnitRows:
    """Decides rows in their order; a later one sees the effect of an earlier one."""

    def __init__(
        self, *, organisation: Organisation, ids: Mapping[str, str], merged: Mapping[str, str]
    ) -> None:
        """Know what the decisions rest on.

        Args:
            organisation: Knows the work units that are named.
            ids: From each code that is known to the work unit's id.
            merged: From the codes of those that were merged to what they stand for.
        """
        self._organisation = organisation
        self._ids = dict(ids)
        self._merged = merged

    def decide(self, row: WorkUnitRow, /) -> Described:
        """Add a work unit, change it, or find it as the row states it.

        Raises:
            WorkUnitDiffers: It is otherwise, and the row does not update.
            WorkUnitUnknown: No work unit has the code of the parent.
            WorkUnitClosed, WorkUnitUnderItself, WorkUnitKindMismatch, CodeTaken: As for one that is added or
                changed.
        """
        parent_id = self._parent(row)
        if row.code in self._merged:
            # Other systems go on naming what was merged here; what they say of it says nothing of the other.
            return self._organisation.find(self._merged[row.code], field="code")
        if row.code in self._ids:
            return self._compare(row, self._ids[row.code], parent_id)
        unit = WorkUnit(
            id=row.unit_id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            parent_id=parent_id,
            effective_from=row.at,
            revision=1,
        )
        added = self._organisation.add(
            Described(unit=unit, foreign_codes=row.foreign_codes), parent_field=PARENT
        )
        self._ids[row.code] = unit.id
        return added

    def _parent(self, row: WorkUnitRow) -> str | None:
        if not row.parent_code:
            return None
        asked_id = self._ids.get(row.parent_code) or self._merged.get(row.parent_code)
        if asked_id is None:
            raise WorkUnitUnknown(field=PARENT, code=row.parent_code)
        return self._organisation.find(asked_id, field=PARENT).unit.id

    def _compare(self, row: WorkUnitRow, unit_id: str, parent_id: str | None) -> Described:
        held = self._organisation.find(unit_id, field="code")
        differs = {
            "name": row.name != held.unit.name,
            "kind": row.kind is not None and row.kind is not held.unit.kind,
            PARENT: parent_id is not None and parent_id != held.unit.parent_id,
            "foreign_codes": not row.foreign_codes <= held.foreign_codes,
        }
        fields = [field for field, is_otherwise in differs.items() if is_otherwise]
        if fields and not row.updates:
            raise WorkUnitDiffers.in_fields(fields, work_unit_id=unit_id)
        changes = Changes(
            name=row.name,
            kind=(row.kind,) if row.kind is not None else None,
            parent_id=(parent_id,) if parent_id is not None else None,
            foreign_codes=held.foreign_codes | row.foreign_codes,
        )
        return self._organisation.change(unit_id, changes, etag=None, parent_field=PARENT)
