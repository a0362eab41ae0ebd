"""A small grid that changes: one district, two streets, three communities."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from linli.feed.v1.fact_pb2 import Fact
from linli.members.v1.facts_pb2 import GridNodeFact
from sqlalchemy import select

from services.members.domain.grid import Level, Node
from services.members.storage.grid_histories import read_histories
from services.members.storage.grid_trees import list_ancestors, subtree
from services.members.usecases.close_nodes import CloseNode
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.merge_nodes import MergeNodes
from services.members.usecases.merge_nodes import merge_nodes as merge_nodes_in
from services.members.usecases.move_nodes import MoveNode
from services.members.usecases.rename_nodes import RenameNode
from services.members.usecases.split_nodes import NewPart, SplitNode
from tests.integration.members.register import DESK, JUNE, SHANGHAI, Register, node

JULY = datetime(2025, 7, 1, tzinfo=UTC)
merge_nodes = partial(merge_nodes_in, zone=SHANGHAI)


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """Ids by code: d, s1, s2 below it, c1 and c2 below s1, c3 below s2, a1 and a2 below c1, b1 below a1."""

    register: Register
    ids: dict[str, str]

    def __getitem__(self, code: str) -> str:
        return self.ids[code]

    async def tree(self, top: str, at: datetime | None = None) -> dict[str, str]:
        """Read a subtree as codes and the codes of parents."""
        codes = {node_id: code for code, node_id in self.ids.items()}
        async with self.register.database.read() as connection:
            found = subtree(self.ids[top], at=at)
            rows = await connection.execute(select(found.c.node_id, found.c.parent_id))
            return {
                codes.get(row.node_id, row.node_id): codes.get(row.parent_id, row.parent_id or "")
                for row in rows
            }

    async def above(self, code: str, at: datetime) -> list[Node]:
        async with self.register.database.read() as connection:
            return list(await list_ancestors(connection, self.ids[code], at=at))

    async def node(self, code: str) -> Node:
        async with self.register.database.read() as connection:
            return (await read_histories(connection, [self.ids[code]]))[self.ids[code]].node

    async def facts_of(self, code: str) -> list[GridNodeFact]:
        return [body_of(fact) for fact in await self.register.facts() if fact.record_id == self.ids[code]]


def body_of(fact: Fact) -> GridNodeFact:
    return GridNodeFact.FromString(fact.body.value)


async def neighbourhood(register: Register) -> Neighbourhood:
    ids: dict[str, str] = {}
    for code, level, parent in (
        ("d", Level.DISTRICT, None),
        ("s1", Level.STREET, "d"),
        ("s2", Level.STREET, "d"),
        ("c1", Level.COMMUNITY, "s1"),
        ("c2", Level.COMMUNITY, "s1"),
        ("c3", Level.COMMUNITY, "s2"),
        ("a1", Level.AREA, "c1"),
        ("a2", Level.AREA, "c1"),
        ("b1", Level.BUILDING_GROUP, "a1"),
    ):
        (ids[code],) = await register.written(
            create_nodes, node(code, level, ids[parent] if parent else None)
        )
    return Neighbourhood(register=register, ids=ids)


_STATED: dict[str, Any] = {"occurred_at": JUNE, "reason": "", "stated_by": DESK}


def rename(node_id: str, name: str, **others: Any) -> RenameNode:
    return RenameNode(node_id=node_id, name=name, **{**_STATED, **others})


def move(node_id: str, parent_id: str, **others: Any) -> MoveNode:
    return MoveNode(node_id=node_id, parent_id=parent_id, **{**_STATED, **others})


def close(node_id: str, **others: Any) -> CloseNode:
    return CloseNode(node_id=node_id, **{**_STATED, **others})


def split(node_id: str, *parts: tuple[str, tuple[str, ...]], **others: Any) -> SplitNode:
    new = tuple(NewPart(code=code, name=code, child_ids=child_ids) for code, child_ids in parts)
    return SplitNode(node_id=node_id, parts=new, **{**_STATED, **others})


def merge(survivor_id: str, *merged_ids: str, **others: Any) -> MergeNodes:
    return MergeNodes(survivor_id=survivor_id, merged_ids=merged_ids, **{**_STATED, **others})
