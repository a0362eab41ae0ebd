"""A ledger that is fed with facts, on a database of its own."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

from linli.feed.v1.fact_pb2 import Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse
from sqlalchemy import select

from services.chassis.bells import Bell
from services.chassis.facts.applier import Applier
from services.chassis.facts.receiver import Receiver
from services.chassis.faults import Fault
from services.chassis.sql.database import Database
from services.points.consumers.checks import ledger_checks
from services.points.consumers.points import points_consumer
from services.points.domain.rule_set import RuleSet
from services.points.storage.tables import accounts, entries, grants
from services.points.usecases.approve_rule_sets import ApproveRuleSet, approve_rule_sets
from services.points.usecases.create_rule_sets import CreateRuleSet, create_rule_sets
from tests.integration.databases import findings, working
from tests.integration.points.house import ROUNDS_MAX, SHANGHAI, open_points
from tests.unit.points.factories import rule_set

CONSUMER = points_consumer(zone=SHANGHAI)


class Ledger:
    """A ledger on a database of its own; what is stated gets the next position of its log."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._versions: dict[str, str] = {}
        self._positions: dict[str, dict[str, int]] = {"members": {}, "events": {}}

    async def keep(self, *facts: Fact) -> None:
        """Receive facts in one transaction, in the order given; the same fact may come again."""
        async with self.database.write() as connection:
            now = await self.database.now(connection)
            for fact in facts:
                places = self._positions[fact.log]
                fact.position = places.setdefault(fact.fact_id, len(places) + 1)
                await self._receiver(fact.log).keep_facts(connection, [fact], now=now)

    async def settle(self) -> int:
        """Compute until nothing is dirty; returns how many subjects were computed."""
        computed = 0
        for _ in range(ROUNDS_MAX):
            worked = await self.applier().apply_some()
            if not worked:
                return computed
            computed += worked
        raise AssertionError("It never settles.")

    async def feed(self, *facts: Fact) -> None:
        await self.keep(*facts)
        await self.settle()

    def applier(self) -> Applier:
        return Applier(consumer=CONSUMER, database=self.database, received=Bell(), stated=Bell())

    async def decree(self, *versions: RuleSet) -> list[str]:
        """Write versions and put them in force; returns their ids."""
        async with working(self.database) as work:
            drafts = [CreateRuleSet(document=each, created_by="member:first") for each in versions]
            ids = [written.id for written in _accepted(await create_rule_sets(work, drafts))]
            approvals = [ApproveRuleSet(rule_set_id=id_, approved_by="member:second") for id_ in ids]
            _accepted(await approve_rule_sets(work, approvals))
        names = [f"{each.name} v{each.version}" for each in versions]
        self._versions |= dict(zip(ids, names, strict=True))
        return ids

    async def balance_of(self, member: str) -> tuple[int, int, int, int]:
        """Read (balance in milli-points, entries, counted minutes, wishes) of a member."""
        async with self.database.read() as connection:
            found = await connection.execute(select(accounts).where(accounts.c.member_id == member))
            row = found.one_or_none()
        if row is None:
            return (0, 0, 0, 0)
        return (row.balance_milli, row.version, row.counted_minutes, row.wishes_fulfilled)

    async def entries(self) -> list[SimpleNamespace]:
        """Read the ledger without what is random or the clock's; versions are named `name v1`."""
        columns = [column for column in entries.c if column.name not in {"entry_id", "recorded_at"}]
        in_order = select(*columns).order_by(entries.c.member_id, entries.c.account_version)
        return await self._rows(in_order)

    async def grants(self) -> list[SimpleNamespace]:
        return await self._rows(select(grants).order_by(*grants.primary_key))

    async def accounts(self) -> list[SimpleNamespace]:
        """Read what members have, but for how many entries it took."""
        columns = [column for column in accounts.c if column.name != "version"]
        return await self._rows(select(*columns).order_by(*accounts.primary_key))

    async def findings(self) -> list[str]:
        """Verify the ledger; names what is wrong, without the law that it breaks."""
        found = await findings(self.database, *ledger_checks())
        return [finding.partition(": ")[2] for finding in found]

    async def _rows(self, statement: Any) -> list[SimpleNamespace]:
        async with self.database.read() as connection:
            found = (await connection.execute(statement)).mappings().all()
        rows = [SimpleNamespace(**row) for row in found]
        for row in rows:
            if hasattr(row, "rule_set_id"):
                row.rule_set_id = self._versions[row.rule_set_id]
        return rows

    def _receiver(self, log: str) -> Receiver:
        async def pull(_request: PullRequest) -> PullResponse:
            return PullResponse()

        return Receiver(
            consumer=CONSUMER, log=log, database=self.database, pull=pull, bell=Bell(), kept=Bell().ring
        )


@asynccontextmanager
async def open_ledger(url: str, *versions: RuleSet) -> AsyncGenerator[Ledger]:
    """Open an empty ledger with rule sets in force: those of 海林 from 2025 on, unless others are given."""
    async with open_points(url) as database:
        ledger = Ledger(database)
        await ledger.decree(*(versions or (rule_set(),)))
        yield ledger


def _accepted(outcomes: Iterable[Any]) -> list[Any]:
    outcomes = list(outcomes)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Fault)]
    assert not refused
    return outcomes
