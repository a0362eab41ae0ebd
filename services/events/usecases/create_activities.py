from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, decide_each, settle_each
from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.work import Work, Written
from services.events.domain.activity import Activity, refuse_senseless_times
from services.events.domain.faults import CodeTaken, CommunityUnknown
from services.events.storage.activities import insert_activities
from services.events.storage.known import known_communities


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateActivity:
    code: str
    title: str
    community_id: str
    starts_at: datetime
    ends_at: datetime


async def create_activities(work: Work, commands: Sequence[CreateActivity]) -> list[Written | Fault]:
    """Prepare activities. Nothing is stated: a draft is nobody else's business."""
    communities = await known_communities(work.connection, {command.community_id for command in commands})
    codes: set[str] = set()

    def decide(command: CreateActivity) -> Activity:
        refuse_senseless_times(starts_at=command.starts_at, ends_at=command.ends_at)
        if command.community_id not in communities:
            raise CommunityUnknown(field="community_id", community_id=command.community_id)
        if command.code in codes:
            raise CodeTaken(field="code", code=command.code)
        codes.add(command.code)
        return Activity(
            activity_id=new_id(),
            code=command.code,
            title=command.title,
            community_id=command.community_id,
            starts_at=command.starts_at,
            ends_at=command.ends_at,
        )

    decided = decide_each(commands, decide)
    stored = await insert_activities(work.connection, accepted(decided))

    def settle(activity: Activity) -> Written:
        if activity.activity_id not in stored:
            raise CodeTaken(field="code", code=activity.code)
        return Written(id=activity.activity_id)

    return settle_each(decided, settle)
