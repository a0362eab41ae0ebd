"""Members, work units and nodes, in the columns in which they are imported."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from linli.members.v1.grid_pb2 import ListNodesRequest
from linli.members.v1.grid_pb2_grpc import GridServiceStub
from linli.members.v1.member_pb2 import ListMembersRequest
from linli.members.v1.member_pb2_grpc import MemberServiceStub
from linli.members.v1.organisation_pb2 import ListWorkUnitsRequest
from linli.members.v1.organisation_pb2_grpc import OrganisationServiceStub

from services.console.exporting.table import Table
from services.console.faults import FileRefused
from services.console.importing import members, nodes, units
from services.console.register.desk import Desk
from services.console.register.shown import day
from services.console.sheets.columns import Column
from services.console.wording import listed, say

_WIDTHS: Final = {"code": 14, "name": 24, "phone": 18, "sort_name": 24, "skills": 24, "service_types": 24}


async def read_members(desk: Desk) -> Table:
    """Give the members in the order of their codes; those who were erased are left out.

    Which columns of other systems there are is read first, so the register is read twice.
    """
    rpc = MemberServiceStub(desk.channel).ListMembers
    units_by_id = {unit.work_unit_id: unit for unit in await _all_units(desk)}
    systems: set[str] = set()
    count = 0
    async for page in desk.pages(rpc, ListMembersRequest):
        count += len(page.members)
        systems.update(each.system for member in page.members for each in member.external_ids)
    columns = _with_systems(members.COLUMNS, systems)

    async def rows() -> AsyncIterator[list[str]]:
        async for page in desk.pages(rpc, ListMembersRequest):
            for member in page.members:
                if member.HasField("erased_at"):
                    continue
                unit = units_by_id.get(member.work_unit_id)
                values = {
                    "code": member.code,
                    "name": member.name,
                    "type": members.TYPES.word(member.member_type),
                    "work_unit": unit.code if unit else "",
                    "phone": member.phone,
                    "skills": listed(member.skills),
                    "service_types": listed(member.service_types),
                    "probationary": say("cell.yes" if member.probationary else "cell.no"),
                    "registered_on": day(member.registered_at, desk.zone),
                    "sort_name": member.sort_name,
                    "reason": "",
                    **_by_system("external_id", [(each.system, each.value) for each in member.external_ids]),
                }
                yield _cells(columns, values)

    return _table(columns, rows(), count)


async def read_units(desk: Desk) -> Table:
    """Give the work units that exist, each after the one it belongs to."""
    found = await _all_units(desk)
    by_id = {unit.work_unit_id: unit for unit in found}
    systems = {each.system for unit in found for each in unit.foreign_codes}
    columns = _with_systems(units.COLUMNS, systems)

    def depth(unit: Any) -> int:
        above = by_id.get(unit.parent_id)
        return 1 + depth(above) if above else 0

    async def rows() -> AsyncIterator[list[str]]:
        for unit in sorted(found, key=lambda each: (depth(each), each.code)):
            parent = by_id.get(unit.parent_id)
            values = {
                "code": unit.code,
                "name": unit.name,
                "kind": units.KINDS.word(unit.kind),
                "parent": parent.code if parent else "",
                "registered_on": day(unit.effective_from, desk.zone),
                **_by_system("foreign_code", [(each.system, each.code) for each in unit.foreign_codes]),
            }
            yield _cells(columns, values)

    return _table(columns, rows(), len(found))


async def read_nodes(desk: Desk) -> Table:
    """Give the nodes of the grid that exist, each after the one above it."""
    rpc = GridServiceStub(desk.channel).ListNodes
    found = [node async for page in desk.pages(rpc, ListNodesRequest) for node in page.nodes]
    codes = {node.node_id: node.code for node in found}

    async def rows() -> AsyncIterator[list[str]]:
        for node in sorted(found, key=lambda each: (each.level, each.code)):
            values = {
                "code": node.code,
                "name": node.name,
                "level": nodes.LEVELS.word(node.level),
                "parent": codes.get(node.parent_id, ""),
                "since": day(node.effective_from, desk.zone),
            }
            yield _cells([(column, "") for column in nodes.COLUMNS], values)

    return _table([(column, "") for column in nodes.COLUMNS], rows(), len(found))


async def _all_units(desk: Desk) -> list[Any]:
    rpc = OrganisationServiceStub(desk.channel).ListWorkUnits
    return [
        unit
        async for page in desk.pages(rpc, ListWorkUnitsRequest, open_only=True)
        for unit in page.work_units
    ]


_Columns = Sequence[tuple[Column, str]]
"""Columns, each with the system that it is of, if any."""


def _with_systems(columns: Sequence[Column], systems: set[str]) -> _Columns:
    return [
        (column, system) for column in columns for system in (sorted(systems) if column.of_systems else ("",))
    ]


def _by_system(key: str, pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Put the codes of each system into one cell; no code has a space in it."""
    systems = {system for system, _ in pairs}
    return {f"{key}:{each}": " ".join(code for system, code in pairs if system == each) for each in systems}


def _cells(columns: _Columns, values: Mapping[str, str]) -> list[str]:
    """Put values into their columns.

    Raises:
        FileRefused: There is a value for which there is no column: the register was changed meanwhile.
    """
    keys = [f"{column.key}:{system}" if system else column.key for column, system in columns]
    if not values.keys() <= set(keys):
        raise FileRefused(say("export.changed_meanwhile"))
    return [values.get(key, "") for key in keys]


def _table(columns: _Columns, rows: AsyncIterator[list[str]], count: int) -> Table:
    return Table(
        heading=[column.heading(system) for column, system in columns],
        rows=rows,
        rows_about=count,
        widths=[_WIDTHS.get(column.key, 0) for column, _ in columns],
    )
