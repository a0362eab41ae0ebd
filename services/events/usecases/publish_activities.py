from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.chassis.deciding import accepted, settle_each
from services.chassis.faults import Fault
from services.chassis.moments import occurred
from services.chassis.work import Work, Written
from services.events.domain.activity import Activity, publish
from services.events.domain.faults import ActivityUnknown
from services.events.storage.activities import lock_activities, update_activities
from services.events.storage.facts import of_activity
from services.events.storage.known import MEMBERS, known_communities
from services.events.usecases.take_steps import take_steps


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishActivity:
    activity_id: str
    occurred_at: datetime | None = None


async def publish_activities(work: Work, commands: Sequence[PublishActivity]) -> list[Written | Fault]:
    """Announce activities; from then on each is stated by a fact."""
    decided = take_steps(
        commands,
        held=await lock_activities(work.connection, {command.activity_id for command in commands}),
        record_id=lambda command: command.activity_id,
        unknown=ActivityUnknown,
        step=lambda activity, command: publish(activity, at=occurred(command.occurred_at, now=work.now)),
    )
    published = accepted(decided)
    await update_activities(work.connection, published)
    communities = await known_communities(work.connection, {a.community_id for a in published})

    def settle(activity: Activity) -> Written:
        because_of = (MEMBERS, activity.community_id, communities[activity.community_id])
        fact_id = of_activity(activity).make(work, causes=[because_of])
        return Written(id=activity.activity_id, facts=(fact_id,))

    return settle_each(decided, settle)
