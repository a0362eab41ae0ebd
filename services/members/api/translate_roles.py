"""Between the contract and the domain: roles. Pure functions that only convert."""

from typing import Final

from linli.members.v1 import role_pb2

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.moments import stated_moment, timestamp
from services.members.domain.place import Scope, ScopeKind
from services.members.domain.role import Role, RoleKind
from services.members.storage import role_facts
from services.members.usecases.grant_roles import GrantRole
from services.members.usecases.revoke_roles import RevokeRole

_ROLE_KIND: Final = "ROLE_KIND_"
_SCOPES: Final = {
    "node_id": ScopeKind.GRID_NODE,
    "work_unit_id": ScopeKind.WORK_UNIT,
    "team_id": ScopeKind.TEAM,
}


def grant_role(request: role_pb2.GrantRoleRequest, _call: Call) -> GrantRole:
    held_at = scope(request.scope)
    if held_at is None:
        raise InvalidField("Say where the role is held: a node, a work unit or a team.", field="scope")
    return GrantRole(
        member_id=request.member_id,
        kind=kind(request.kind),
        scope=held_at,
        occurred_at=stated_moment(request),
        valid_until=stated_moment(request, field="valid_until"),
    )


def revoke_role(request: role_pb2.RevokeRoleRequest, call: Call) -> RevokeRole:
    return RevokeRole(
        role_id=request.role_id,
        occurred_at=stated_moment(request),
        reason=request.reason,
        stated_by=str(call.caller),
    )


def scope(stated: role_pb2.RoleScope, /) -> Scope | None:
    """Read where a role is held; None if nothing is named."""
    name = stated.WhichOneof("scope")
    return Scope(kind=_SCOPES[name], id=getattr(stated, name)) if name else None


def kind(stated: role_pb2.RoleKind.ValueType, /) -> RoleKind:
    return RoleKind(role_pb2.RoleKind.Name(stated).removeprefix(_ROLE_KIND))


def role(record: Role, /) -> role_pb2.Role:
    return role_pb2.Role(
        role_id=record.id,
        member_id=record.member_id,
        kind=role_pb2.RoleKind.Value(f"{_ROLE_KIND}{record.kind}"),
        scope=role_facts.scope(record.scope),
        valid_from=timestamp(record.valid_from),
        valid_until=timestamp(record.valid_until),
    )
