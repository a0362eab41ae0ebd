"""What is known of members after `members` was restored to an earlier state."""

from services.chassis.bells import Bell
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.rejoin import Rejoin
from services.chassis.ids import new_id
from services.events.consumers.register import CONSUMER
from services.events.storage.known import known_communities, known_members
from tests.integration.databases import pull_from
from tests.integration.events.neighbourhood import COMMUNITY, MEMBERS, open_neighbourhood, told_facts
from tests.integration.events.serving import open_register
from tests.integration.restoring import back_up


async def test_a_member_who_was_lost_is_no_longer_known(database_url: str) -> None:
    facts = told_facts()
    for fact in facts:
        fact.fact_id = new_id()
    half = len(facts) // 2
    async with (
        open_neighbourhood(database_url, told=False) as neighbourhood,
        open_register(database_url) as register,
    ):
        pull = pull_from(register.database)

        async def receive() -> None:
            receiver = Receiver(
                consumer=CONSUMER,
                log="members",
                database=neighbourhood.database,
                pull=pull,
                bell=Bell(),
                kept=Bell().ring,
            )
            await receiver.drain()

        async def known() -> tuple[set[str], set[str]]:
            async with neighbourhood.database.read() as connection:
                members = await known_members(connection, MEMBERS)
                return set(members), set(await known_communities(connection, [COMMUNITY]))

        await register.tell(facts[:half])
        await receive()
        then = await known()
        restore = await back_up(register.database)
        await register.tell(facts[half:])
        await receive()
        assert await known() == (set(MEMBERS), {COMMUNITY})
        await restore()
        rejoin = Rejoin(consumer=CONSUMER, database=neighbourhood.database, pull=pull)
        rejoined = await rejoin.run("members")
        assert (rejoined.facts_dropped, rejoined.subjects_touched) == (len(facts) - half, 0)
        assert await known() == then
        await register.tell(facts[half:])
        await receive()
        assert await known() == (set(MEMBERS), {COMMUNITY})
