"""Serves `RoleService`."""

from typing import Final

from linli.members.v1 import role_pb2
from linli.members.v1.role_pb2 import (
    CountRolesRequest,
    CountRolesResponse,
    ListRolesRequest,
    ListRolesResponse,
)

from services.chassis.call import Call
from services.chassis.faults import InvalidField
from services.chassis.frame import Frame
from services.chassis.moments import stated_moment
from services.chassis.pages import Page
from services.chassis.rpc.table import Registration
from services.members.api import translate_roles as translate
from services.members.api.access import ACCESS
from services.members.api.codes import CODES
from services.members.domain.place import Scope, ScopeKind
from services.members.storage.members import read_survivor
from services.members.storage.places import read_places
from services.members.storage.roles import PAGE_KEY, count_holders, list_roles
from services.members.usecases.grant_roles import grant_roles
from services.members.usecases.revoke_roles import revoke_roles

SERVICE: Final = role_pb2.DESCRIPTOR.services_by_name["RoleService"]


def role_service(frame: Frame) -> Registration:
    async def list_(request: ListRolesRequest, _call: Call) -> ListRolesResponse:
        page, as_of = Page.of(request, key=PAGE_KEY), stated_moment(request, field="as_of")
        scope = translate.scope(request.scope)
        if request.below and (scope is None or scope.kind is not ScopeKind.GRID_NODE):
            raise InvalidField(
                "Only nodes of the grid have others below; name one in `scope`.", field="below"
            )
        async with frame.database.read() as connection:
            member_id = request.member_id and await read_survivor(connection, request.member_id)
            if scope is not None:
                scope = (await read_places(connection, [scope])).known(scope).scope
            found = await list_roles(
                connection,
                page,
                at=as_of or await frame.database.now(connection),
                member_id=member_id or None,
                kind=translate.kind(request.kind) if request.kind else None,
                scope=scope,
                below=request.below,
            )
        rows, token = page.cut(found, key=lambda role: (role.valid_from, role.id))
        return ListRolesResponse(roles=map(translate.role, rows), next_page_token=token)

    async def count(request: CountRolesRequest, _call: Call) -> CountRolesResponse:
        as_of = stated_moment(request, field="as_of")
        async with frame.database.read() as connection:
            if request.node_id:
                scope = Scope(kind=ScopeKind.GRID_NODE, id=request.node_id)
                (await read_places(connection, [scope])).known(scope)
            counted = await count_holders(
                connection,
                kind=translate.kind(request.kind),
                node_id=request.node_id or None,
                at=as_of or await frame.database.now(connection),
            )
        return CountRolesResponse(
            holders=counted.holders,
            party_members=counted.party_members,
            party_member_basis_points=counted.basis_points,
        )

    writes = frame.writes(SERVICE, CODES)
    return Registration(
        descriptor=SERVICE,
        rpcs={
            **writes.rpcs(
                "GrantRole", batch="BatchGrantRoles", decode=translate.grant_role, usecase=grant_roles
            ),
            **writes.rpcs(
                "RevokeRole", batch="BatchRevokeRoles", decode=translate.revoke_role, usecase=revoke_roles
            ),
            "ListRoles": list_,
            "CountRoles": count,
        },
        access=ACCESS,
        codes=CODES,
    )
