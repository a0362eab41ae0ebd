"""States anything of a grid to the register, and notes what it accepts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from services.chassis.work import UseCase, Written
from services.members.domain.grid import Level
from services.members.storage.grid_tables import grid_successions
from services.members.storage.tables import enrolments, grid_nodes
from services.members.usecases.close_nodes import close_nodes
from services.members.usecases.create_nodes import create_nodes
from services.members.usecases.end_enrolments import EndEnrolment
from services.members.usecases.enrol import Enrol
from services.members.usecases.move_nodes import move_nodes
from services.members.usecases.rename_nodes import rename_nodes
from services.members.usecases.split_nodes import split_nodes
from tests.integration.members.neighbourhood import close, merge, merge_nodes, move, rename, split
from tests.integration.members.register import DESK, MARCH, Register, end_enrolments, enrol, node
from tests.integration.members.replayed_grid import Operation

KINDS: Final = ("create", "rename", "move", "split", "merge", "close", "enrol", "end")


@dataclass(slots=True, kw_only=True)
class Stating:
    """Whatever is stated is chosen by two numbers; what makes no sense is refused, which is no matter."""

    register: Register
    member_ids: list[str]
    levels: dict[str, Level] = field(default_factory=dict)
    """Of the nodes, by id."""
    accepted: list[Operation] = field(default_factory=list)

    async def begin(self) -> None:
        """Make two nodes of each level, as nearly all that is stated of an empty grid is refused."""
        above = ""
        for level in Level:
            for number in range(1 if level is Level.DISTRICT else 2):
                await self._create(f"{level.name}-{number}", level, above, MARCH)
            above = next(reversed(self.levels))

    async def state(self, kind: str, *, at: datetime, one: int, two: int) -> None:
        first = self._chosen(one)
        name = f"{kind}-{len(self.accepted)}"
        member_id = self.member_ids[two % len(self.member_ids)]
        noted = {"at": at, "kind": kind, "node_id": first}
        match kind:
            case "create":
                level = Level(min(self.levels[first] + 1, Level.BUILDING_GROUP))
                await self._create(name, level, first, at)
            case "rename":
                await self._try(rename_nodes, rename(first, name, occurred_at=at), **noted, name=name)
            case "move":
                parent = self._chosen(two, of=self.levels[first] - 1)
                await self._try(move_nodes, move(first, parent, occurred_at=at), **noted, other_id=parent)
            case "close":
                await self._try(close_nodes, close(first, occurred_at=at), **noted)
            case "merge":
                other = self._chosen(two, of=self.levels[first])
                await self._try(merge_nodes, merge(first, other, occurred_at=at), **noted, other_id=other)
            case "split":
                await self._split(first, name, at, two)
            case "enrol":
                community = self._chosen(one, of=Level.COMMUNITY)
                command = Enrol(member_id=member_id, community_id=community, occurred_at=at, stated_by=DESK)
                await self._try(enrol, command, at=at, kind="enrol", node_id=community, other_id=member_id)
            case "end":
                await self._end(member_id, at)

    def _chosen(self, number: int, *, of: int | None = None) -> str:
        """Choose a node, of a level if there is one."""
        ids = [each for each, level in self.levels.items() if level == of] or list(self.levels)
        return ids[number % len(ids)]

    async def _try(self, usecase: UseCase[Any], command: object, **noted: Any) -> bool:
        (outcome,) = await self.register.run(usecase, command)
        if isinstance(outcome, Written):
            self.accepted.append(Operation(**noted))
        return isinstance(outcome, Written)

    async def _create(self, code: str, level: Level, parent_id: str, at: datetime) -> None:
        command = node(code, level, parent_id or None, occurred_at=at)
        (outcome,) = await self.register.run(create_nodes, command)
        if isinstance(outcome, Written):
            self.levels[outcome.id] = level
            made = Operation(at=at, kind="create", node_id=outcome.id, name=code, other_id=parent_id)
            self.accepted.append(made)

    async def _split(self, node_id: str, name: str, at: datetime, number: int) -> None:
        async with self.register.database.read() as connection:
            below = select(grid_nodes.c.node_id).where(
                grid_nodes.c.parent_id == node_id, grid_nodes.c.closed_at.is_(None)
            )
            children = list((await connection.execute(below.order_by(grid_nodes.c.node_id))).scalars())
        child_ids = tuple(children[: number % (len(children) + 1)])
        (outcome,) = await self.register.run(split_nodes, split(node_id, (name, child_ids), occurred_at=at))
        if not isinstance(outcome, Written):
            return
        async with self.register.database.read() as connection:
            made = select(grid_nodes.c.node_id).join(
                grid_successions, grid_successions.c.successor_id == grid_nodes.c.node_id
            )
            part_id: str = (await connection.execute(made.where(grid_nodes.c.code == name))).scalar_one()
        self.levels[part_id] = self.levels[node_id]
        self.accepted.append(
            Operation(at=at, kind="split", node_id=node_id, name=name, other_id=part_id, child_ids=child_ids)
        )

    async def _end(self, member_id: str, at: datetime) -> None:
        async with self.register.database.read() as connection:
            active = select(enrolments.c.enrolment_id).where(
                enrolments.c.member_id == member_id, enrolments.c.ended_at.is_(None)
            )
            enrolment_id = (await connection.execute(active)).scalar_one_or_none()
        command = EndEnrolment(
            enrolment_id=enrolment_id or "nothing", occurred_at=at, reason="Moved away.", stated_by=DESK
        )
        await self._try(end_enrolments, command, at=at, kind="end", node_id="", other_id=member_id)
