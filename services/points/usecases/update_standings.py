"""Bring the leaderboards in line with what members' facts are worth now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from services.chassis.work import Work, others_first
from services.points.domain.assess import Grant
from services.points.domain.board import Board, standings
from services.points.domain.standing import Standing
from services.points.storage.boards import NamedBoard, read_boards
from services.points.storage.standings import StandingKey, read_standings_of, replace_standings


async def update_standings(work: Work, *, zone: ZoneInfo, grants: Mapping[str, Sequence[Grant]]) -> None:
    """Replace the standings of members on all boards; only the difference is written.

    The caller holds the marks of these members, so nobody else writes their standings meanwhile.

    Args:
        work: One transaction.
        zone: The district's, in which periods begin.
        grants: All current grants of each member, by member id; without any the member leaves the boards.
    """
    boards = await read_boards(work.connection)
    wanted: dict[StandingKey, Standing] = {}
    for member_id, of_member in grants.items():
        wanted |= derive_standings(boards, zone=zone, grants={member_id: of_member})
        await others_first()
    held = await read_standings_of(work.connection, grants)
    tie_keys = {board.board_id: board.definition.tie_keys for board in boards}
    await replace_standings(work, held=held, wanted=wanted, tie_keys=tie_keys)


def derive_standings(
    boards: Sequence[NamedBoard], *, zone: ZoneInfo, grants: Mapping[str, Sequence[Grant]]
) -> dict[StandingKey, Standing]:
    """Say where members stand on every board, by their grants."""
    # Boards that differ in nothing but what decides between equals have the same standings.
    alike: dict[Board, list[str]] = {}
    for board in boards:
        alike.setdefault(replace(board.definition, tie_keys=()), []).append(board.board_id)
    return {
        StandingKey(board_id, *table, member_id): standing
        for definition, board_ids in alike.items()
        for member_id, of_member in grants.items()
        for table, standing in standings(
            board=definition, member_id=member_id, grants=of_member, zone=zone
        ).items()
        for board_id in board_ids
    }
