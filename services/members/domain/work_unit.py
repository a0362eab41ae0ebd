"""Work units (单位): employers with a Party organisation, their hierarchy, and which of them are one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.members.domain.faults import WorkUnitClosed, WorkUnitUnknown


class WorkUnitKind(StrEnum):
    GOVERNMENT_ORGAN = "GOVERNMENT_ORGAN"
    """机关."""
    PUBLIC_INSTITUTION = "PUBLIC_INSTITUTION"
    """事业单位."""
    STATE_OWNED_ENTERPRISE = "STATE_OWNED_ENTERPRISE"
    PRIVATE_ENTERPRISE = "PRIVATE_ENTERPRISE"
    """非公企业."""
    SOCIAL_ORGANISATION = "SOCIAL_ORGANISATION"
    """社会组织."""
    SCHOOL = "SCHOOL"
    PARK = "PARK"
    """园区."""
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ForeignCode:
    """What another system calls a work unit; one unit has it."""

    system: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkUnit:
    """An employer with a Party organisation (单位)."""

    id: str
    code: str
    name: str
    kind: WorkUnitKind | None = None
    """None if nobody said."""
    parent_id: str | None = None
    """The work unit it belongs to, if any."""
    effective_from: datetime
    closed_at: datetime | None = None
    """Since when it exists no longer."""
    merged_into: str | None = None
    """The work unit that this id stands for; that one was not merged."""
    revision: int

    @property
    def etag(self) -> str:
        """Name this state; the id is in it, as that of another work unit may come to stand for this one."""
        return f"{self.id}.{self.revision}"


def open_unit(asked_id: str, /, *, units: Mapping[str, WorkUnit], field: str = "work_unit_id") -> WorkUnit:
    """Give the work unit that an id stands for, if something can still be entered for it.

    Args:
        asked_id: As the request names it; perhaps of one that was merged.
        units: Those that the ids asked for stand for, by the ids asked for.
        field: Of the request, that is blamed.

    Raises:
        WorkUnitUnknown: There is none.
        WorkUnitClosed: It exists no longer.
    """
    unit = units.get(asked_id)
    if unit is None:
        raise WorkUnitUnknown(field=field, work_unit_id=asked_id)
    if unit.closed_at is not None:
        raise WorkUnitClosed(field=field, work_unit_id=unit.id, closed_at=unit.closed_at.isoformat())
    return unit
