"""Set the policy of the register."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.chassis.faults import Fault
from services.chassis.work import Work, Written
from services.members.domain.policy import RECORD_ID, Policy
from services.members.storage.policies import insert_policy, read_revision
from services.members.storage.reasons import Reason, keep_reasons


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPolicy:
    """Set the whole policy, as the one before was read."""

    policy: Policy
    etag: str
    reason: str
    stated_by: str


async def set_policy(work: Work, commands: Sequence[SetPolicy]) -> list[Written | Fault]:
    """Set policies, one after the other."""
    return [await _set(work, command) for command in commands]


async def _set(work: Work, command: SetPolicy) -> Written | Fault:
    held = (await read_revision(work.connection)).revision
    try:
        following = held.followed_by(command.policy, etag=command.etag)
        await insert_policy(work, following, set_by=command.stated_by)
    except Fault as fault:
        return fault
    reason = Reason(
        record_id=RECORD_ID,
        revision=following.revision,
        reason=command.reason,
        stated_by=command.stated_by,
    )
    await keep_reasons(work, [reason])
    return Written(id=following.etag)
