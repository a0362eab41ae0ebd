"""Closing a team ends who belonged to it and who held a role there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.members.domain.faults import TeamUsedLater
from services.members.domain.membership import Membership
from services.members.domain.role import Role
from services.members.domain.team import Team, Teams


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A closed team, with what ended by that."""

    team: Team
    memberships: Sequence[Membership]
    roles: Sequence[Role]


def close(
    team_id: str,
    /,
    *,
    at: datetime,
    teams: Teams,
    memberships: Sequence[Membership],
    roles: Sequence[Role],
) -> Closed:
    """Close a team.

    Args:
        team_id: Which one.
        at: Since when it exists no longer.
        teams: Knows it.
        memberships: All that there were, but those that fell away.
        roles: Likewise.

    Raises:
        TeamUnknown, TeamClosed: There is no such team, or no longer.
        TeamUsedLater: Somebody joined, left or was given or lost a role there after that.
        EndsBeforeStart: It did not exist then.
    """
    teams.open(team_id)
    begun = [each.joined_at for each in memberships] + [each.valid_from for each in roles]
    left = [each.left_at for each in memberships if each.left_at is not None]
    if any(moment >= at for moment in begun) or any(moment > at for moment in left):
        raise TeamUsedLater(field="occurred_at", team_id=team_id, latest=max([*begun, *left]).isoformat())
    return Closed(
        team=teams.close(team_id, at=at),
        memberships=[
            replace(each, left_at=at, revision=each.revision + 1)
            for each in memberships
            if each.left_at is None
        ],
        roles=[
            replace(each, valid_until=at, revision=each.revision + 1)
            for each in roles
            if each.valid_until is None or each.valid_until > at
        ],
    )
