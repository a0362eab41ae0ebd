"""Roles: what members are charged with, where, and from when to when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.members.domain.grid import Level
from services.members.domain.participation import basis_points
from services.members.domain.place import Place, Scope, ScopeKind


class RoleKind(StrEnum):
    COMMUNITY_SECRETARY = "COMMUNITY_SECRETARY"
    FIRST_SECRETARY = "FIRST_SECRETARY"
    LIAISON = "LIAISON"
    GRID_WORKER = "GRID_WORKER"
    BUILDING_LEADER = "BUILDING_LEADER"
    ORGANISER = "ORGANISER"
    REWARD_OFFICER = "REWARD_OFFICER"
    AUDITOR = "AUDITOR"
    INSTRUCTOR = "INSTRUCTOR"
    CONCURRENT_MEMBER = "CONCURRENT_MEMBER"
    INFORMANT = "INFORMANT"
    LINKED_HOUSEHOLD_LEADER = "LINKED_HOUSEHOLD_LEADER"
    HOUSEHOLD_CARER = "HOUSEHOLD_CARER"
    AREA_LEADER = "AREA_LEADER"


Held = Level | ScopeKind
"""A level of the grid, or another kind of scope."""

_WITHIN_AREA: Final = frozenset({Level.AREA, Level.BUILDING_GROUP})

SCOPES: Final[Mapping[RoleKind, frozenset[Held]]] = MappingProxyType(
    {
        # 社区书记; 第一书记: 「选派55名机关党员干部到社区任“第一书记”」, of 55 communities.
        RoleKind.COMMUNITY_SECRETARY: frozenset({Level.COMMUNITY}),
        RoleKind.FIRST_SECRETARY: frozenset({Level.COMMUNITY}),
        # Of communities and units, and of teams: 「选聘78名党建工作联络员,联系78支民间文艺队」.
        RoleKind.LIAISON: frozenset({Level.COMMUNITY, ScopeKind.WORK_UNIT, ScopeKind.TEAM}),
        # 「网格员350人」, charged with a community or a part of it.
        RoleKind.GRID_WORKER: _WITHIN_AREA | {Level.COMMUNITY},
        # 「小组长或楼栋长每周汇总上报」, and 「楼栋为基础」.
        RoleKind.BUILDING_LEADER: frozenset({Level.BUILDING_GROUP}),
        # Whoever organises activities, at any level and for any group.
        RoleKind.ORGANISER: frozenset({*Level, ScopeKind.WORK_UNIT, ScopeKind.TEAM}),
        # Rewards and audits are the district's.
        RoleKind.REWARD_OFFICER: frozenset({Level.DISTRICT}),
        RoleKind.AUDITOR: frozenset({Level.DISTRICT}),
        # 「选派党建工作指导员236名」 to communities.
        RoleKind.INSTRUCTOR: frozenset({Level.COMMUNITY}),
        # 「吸纳兼职委员X个,联络员X个」, into the Party committee of a street or a community.
        RoleKind.CONCURRENT_MEMBER: frozenset({Level.STREET, Level.COMMUNITY}),
        # 「将网格内…商户代表、物业管理人员、聘为信息员」.
        RoleKind.INFORMANT: _WITHIN_AREA | {Level.COMMUNITY},
        # 「双联户长489人」.
        RoleKind.LINKED_HOUSEHOLD_LEADER: _WITHIN_AREA,
        # 「党员“三包”」: members answer for households.
        RoleKind.HOUSEHOLD_CARER: _WITHIN_AREA,
        # 「片区为支撑」: whoever leads one.
        RoleKind.AREA_LEADER: frozenset({Level.AREA}),
    }
)
"""Where each role can be held; in 「」 the words of the source that says so."""


def may_be_held(kind: RoleKind, place: Place, /) -> bool:
    return (place.level or place.scope.kind) in SCOPES[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Held from `valid_from` until just before `valid_until`."""

    id: str
    kind: RoleKind
    member_id: str
    scope: Scope
    valid_from: datetime
    valid_until: datetime | None
    """The end of the term, or when it was revoked; None without an end."""
    withdrawn: bool = False
    """It fell away when two members turned out to be one: as if it had never been."""
    revision: int

    def overlaps(self, other: "Role", /) -> bool:
        return self._reaches_beyond(other.valid_from) and other._reaches_beyond(self.valid_from)  # noqa: SLF001 - of its own kind

    def _reaches_beyond(self, moment: datetime) -> bool:
        return self.valid_until is None or self.valid_until > moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Holders:
    """How many hold a role, and how many of them are Party members."""

    holders: int
    party_members: int

    @property
    def basis_points(self) -> int:
        """The share of Party members in 1/100 of a per cent, half up; 0 without holders."""
        return basis_points(part=self.party_members, whole=self.holders)
