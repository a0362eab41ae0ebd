"""Store who took part, as the received facts now say."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from services.chassis.work import Work
from services.members.domain.participation import Participation
from services.members.storage.participations import (
    delete_participations,
    insert_participations,
    read_participations,
)


async def derive_participations(work: Work, derived: Mapping[str, AbstractSet[Participation]]) -> None:
    """Replace what is stored of some members by what was derived; only the difference is written.

    Args:
        work: One transaction.
        derived: All participations of each member, by member id.
    """
    wanted = {participation for of_member in derived.values() for participation in of_member}
    stored = await read_participations(work.connection, derived)
    await delete_participations(work.connection, stored - wanted)
    await insert_participations(work.connection, wanted - stored)
