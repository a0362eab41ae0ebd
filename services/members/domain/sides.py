"""The two owners of a member (双重管理), community and work unit: both read, each writes its own side.

Of the community's side are enrolments, their renewal and correction, and what statements say; of the work
unit's side are the work unit itself and the answers to statements. A person writes a side by a role that is
held there, or above it. A system may write both: until identity comes it is trusted to have asked.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.members.domain.faults import NotYourSide
from services.members.domain.role import RoleKind

_PERSON: Final = "member:"


class Side(StrEnum):
    COMMUNITY = "COMMUNITY"
    WORK_UNIT = "WORK_UNIT"


WRITERS: Final = MappingProxyType(
    {
        # An organiser is the only one of these whom a street or the district can have.
        Side.COMMUNITY: (
            RoleKind.COMMUNITY_SECRETARY,
            RoleKind.FIRST_SECRETARY,
            RoleKind.GRID_WORKER,
            RoleKind.LIAISON,
            RoleKind.ORGANISER,
        ),
        Side.WORK_UNIT: (RoleKind.LIAISON, RoleKind.ORGANISER),
    }
)
"""The roles by which a person writes a side: held at that community or above it in the grid; at that work
unit or above it in its hierarchy. A grid worker of one area does not write for the whole community."""

WHERE: Final = MappingProxyType(
    {
        Side.COMMUNITY: "this community or a part of the grid above it",
        Side.WORK_UNIT: "this work unit or one above it",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A person has a role by which this place's side may be written."""

    member_id: str
    side: Side
    place_id: str
    """The community or the work unit."""


def person(caller: str, /) -> str | None:
    """Give the id of the member who calls; None if it is a system."""
    return caller.removeprefix(_PERSON) if caller.startswith(_PERSON) else None


class Sides:
    """Decides who may write which side; knows what was asked for when it was read."""

    def __init__(self, *, holds: AbstractSet[Hold]) -> None:
        self._holds = holds

    def refuse_foreign_community(
        self, caller: str, community_id: str, /, *, field: str, of_member: str | None = None
    ) -> None:
        """Refuse who may not write the side of this community.

        Args:
            caller: `member:<id>` or `service:<name>`.
            community_id: To enrol or transfer: the receiving community; else the one of the enrolment, or the
                one that states.
            field: Of the request, that is blamed.
            of_member: Only to enrol and to renew: the member, who may do that without a role (报到 is their
                own duty).

        Raises:
            NotYourSide: The caller is a person without a role there.
        """
        if of_member is None or person(caller) != of_member:
            self._refuse(caller, Side.COMMUNITY, community_id, field=field)

    def refuse_foreign_work_unit(self, caller: str, work_unit_id: str | None, /, *, field: str) -> None:
        """Refuse who may not write the side of this work unit; nobody is their own work unit.

        Args:
            caller: `member:<id>` or `service:<name>`.
            work_unit_id: To change the work unit of a member: the receiving one, or the one that is left for
                none; else the one that is told. None: only a system may.
            field: Of the request, that is blamed.

        Raises:
            NotYourSide: The caller is a person without a role there.
        """
        self._refuse(caller, Side.WORK_UNIT, work_unit_id, field=field)

    def _refuse(self, caller: str, side: Side, place_id: str | None, *, field: str) -> None:
        member_id = person(caller)
        if member_id is None:
            return
        if place_id is not None and Hold(member_id=member_id, side=side, place_id=place_id) in self._holds:
            return
        roles = ", ".join(WRITERS[side])
        raise NotYourSide(
            f"This is the side of another: it takes one of the roles {roles} at {WHERE[side]}.",
            field=field,
            side=side,
            place_id=place_id or "",
            roles=",".join(WRITERS[side]),
        )
