"""Decides which roles may be granted and revoked."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from services.chassis.faults import InvalidField
from services.members.domain.faults import (
    EndsBeforeStart,
    FirstSecretaryExists,
    MemberUnknown,
    RoleEnded,
    RoleHeld,
    RoleUnknown,
    ScopeNotAllowed,
)
from services.members.domain.place import Places, ScopeKind
from services.members.domain.register import Member, refuse_gone
from services.members.domain.role import SCOPES, Role, RoleKind, may_be_held

_FIELDS = {
    ScopeKind.GRID_NODE: "scope.node_id",
    ScopeKind.WORK_UNIT: "scope.work_unit_id",
    ScopeKind.TEAM: "scope.team_id",
}


class Granting:
    """Knows the roles that the decisions of a batch rest on, and those it decides itself."""

    def __init__(
        self,
        *,
        roles: Iterable[Role],
        members: Mapping[str, Member] = MappingProxyType({}),
        places: Places | None = None,
    ) -> None:
        """Know what the decisions rest on.

        Args:
            roles: Of the members that are decided about, and the first secretaries of the places.
            members: Who is to hold roles, by id.
            places: Where.
        """
        self._members = members
        self._places = places or Places({})
        self._by_id: dict[str, Role] = {}
        self._alike: dict[tuple[object, ...], set[str]] = {}
        for role in roles:
            self._remember(role)

    def grant(self, role: Role, /) -> Role:
        """Let a role be held.

        Returns:
            The role, at the place that its scope stands for.

        Raises:
            MemberUnknown, MemberMerged, MemberErased: There is nobody to hold it.
            NodeUnknown, NodeClosed and so on: There is no such place, or no longer.
            ScopeNotAllowed: It is not held at such a place.
            InvalidField: The term ends before it begins.
            RoleHeld: The member holds it there, at a time of the term.
            FirstSecretaryExists: Another is first secretary of the community at a time of the term.
        """
        if role.member_id not in self._members:
            raise MemberUnknown(field="member_id", member_id=role.member_id)
        refuse_gone(self._members[role.member_id])
        field = _FIELDS[role.scope.kind]
        place = self._places.open(role.scope, field=field)
        if not may_be_held(role.kind, place):
            raise _not_allowed(role.kind, field=field)
        if role.valid_until is not None and role.valid_until <= role.valid_from:
            raise InvalidField("A term of office ends after it begins.", field="valid_until")
        granted = replace(role, scope=place.scope)
        for other_id in self._alike.get(_likeness(granted), ()):
            _refuse_both(granted, self._by_id[other_id])
        return self._remember(granted)

    def revoke(self, role_id: str, /, *, at: datetime) -> Role:
        """Let a role be held until then only.

        Raises:
            RoleUnknown: There is no such role.
            RoleEnded: It ended before that, or fell away.
            EndsBeforeStart: It was not yet held then.
        """
        role = self._by_id.get(role_id)
        if role is None:
            raise RoleUnknown(field="role_id", role_id=role_id)
        if role.withdrawn:
            raise RoleEnded(field="role_id", role_id=role_id)
        if role.valid_until is not None and role.valid_until <= at:
            raise RoleEnded(field="role_id", role_id=role_id, valid_until=role.valid_until.isoformat())
        if at <= role.valid_from:
            raise EndsBeforeStart(
                field="occurred_at", role_id=role_id, valid_from=role.valid_from.isoformat()
            )
        return self._remember(replace(role, valid_until=at, revision=role.revision + 1))

    def _remember(self, role: Role) -> Role:
        self._by_id[role.id] = role
        self._alike.setdefault(_likeness(role), set()).add(role.id)
        return role


def _likeness(role: Role) -> tuple[object, ...]:
    """Name what two roles share that exclude each other: of first secretaries the place alone."""
    holder = "" if role.kind is RoleKind.FIRST_SECRETARY else role.member_id
    return (role.kind, role.scope, holder)


def _refuse_both(role: Role, other: Role) -> None:
    """Refuse a role beside one like it, if they are held at the same time."""
    if other.withdrawn or not role.overlaps(other):
        return
    if role.member_id == other.member_id:
        raise RoleHeld(field="kind", role_id=other.id)
    if role.kind is RoleKind.FIRST_SECRETARY:
        raise FirstSecretaryExists(
            field=_FIELDS[role.scope.kind], role_id=other.id, member_id=other.member_id, node_id=role.scope.id
        )


def _not_allowed(kind: RoleKind, *, field: str) -> ScopeNotAllowed:
    where = ", ".join(sorted(held.name for held in SCOPES[kind]))
    return ScopeNotAllowed(f"{kind} is held at one of {where}; name such a place.", field=field, kind=kind)
