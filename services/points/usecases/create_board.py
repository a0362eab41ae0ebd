"""Define leaderboards."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.work import Work, Written
from services.points.domain.board import Board
from services.points.domain.faults import CodeTaken
from services.points.storage.boards import NamedBoard, insert_boards, read_taken_codes

MEMBER = "member"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateBoard:
    """Define a board; it is filled from all facts there are."""

    code: str
    name: str
    definition: Board
    created_by: str


async def create_board(work: Work, commands: Sequence[CreateBoard]) -> list[Written | Fault]:
    """Define boards, and have every member's standings computed anew so that they fill."""
    taken = await read_taken_codes(work.connection, [command.code for command in commands])

    def decide(command: CreateBoard) -> NamedBoard:
        if command.code in taken:
            raise CodeTaken(field="code", code=command.code)
        taken.add(command.code)
        return NamedBoard(
            board_id=new_id(),
            code=command.code,
            name=command.name,
            definition=command.definition,
            created_by=command.created_by,
            created_at=work.now,
        )

    decided = decide_each(commands, decide)
    inserted = await insert_boards(work, accepted(decided))
    if inserted:
        await work.mark_all(MEMBER)

    def settle(board: NamedBoard) -> Written:
        if board.board_id not in inserted:
            raise CodeTaken(field="code", code=board.code)
        return Written(id=board.board_id)

    return settle_each(decided, settle)
