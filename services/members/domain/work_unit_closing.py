"""Closing work units: nothing may belong to them any more, nor have belonged later."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.members.domain.faults import EndsBeforeStart
from services.members.domain.unit_faults import WorkUnitInUse, WorkUnitUsedLater
from services.members.domain.work_unit import WorkUnit, open_unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Uses:
    """How many records belong to a work unit now."""

    members: int = 0
    sub_units: int = 0
    """That exist still."""
    pairings: int = 0
    teams: int = 0
    roles: int = 0
    until: datetime | None = None
    """Until when anything belonged to it that does so no longer."""

    @property
    def counts(self) -> dict[str, int]:
        return {
            "members": self.members,
            "sub_units": self.sub_units,
            "pairings": self.pairings,
            "teams": self.teams,
            "roles": self.roles,
        }


class Closing:
    """Decides which work units may be closed; a later one sees that an earlier one was."""

    def __init__(self, *, units: Mapping[str, WorkUnit], uses: Mapping[str, Uses]) -> None:
        """Know what the decisions rest on.

        Args:
            units: Those that the ids asked for stand for, by the ids asked for.
            uses: Of each of them, by its own id.
        """
        self._units = dict(units)
        self._uses = dict(uses)

    def close(self, asked_id: str, /, *, at: datetime) -> WorkUnit:
        """Close a work unit.

        Raises:
            WorkUnitUnknown, WorkUnitClosed: There is none, or no longer.
            WorkUnitInUse: Something belongs to it still.
            EndsBeforeStart: It did not exist then.
            WorkUnitUsedLater: Something belonged to it until later.
        """
        unit = open_unit(asked_id, units=self._units)
        uses = self._uses.get(unit.id, Uses())
        if any(uses.counts.values()):
            raise WorkUnitInUse(field="work_unit_id", work_unit_id=unit.id, **uses.counts)
        if at <= unit.effective_from:
            raise EndsBeforeStart(
                field="occurred_at", work_unit_id=unit.id, effective_from=unit.effective_from.isoformat()
            )
        if uses.until is not None and at < uses.until:
            raise WorkUnitUsedLater(field="occurred_at", work_unit_id=unit.id, until=uses.until.isoformat())
        closed = replace(unit, closed_at=at, revision=unit.revision + 1)
        self._remember(closed, at=at)
        return closed

    def _remember(self, closed: WorkUnit, *, at: datetime) -> None:
        for asked_id, unit in self._units.items():
            if unit.id == closed.id:
                self._units[asked_id] = closed
        above = self._uses.get(closed.parent_id or "")
        if above is not None and closed.parent_id is not None:
            until = at if above.until is None else max(at, above.until)
            self._uses[closed.parent_id] = replace(above, sub_units=above.sub_units - 1, until=until)
