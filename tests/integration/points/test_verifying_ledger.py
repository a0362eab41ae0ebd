from collections.abc import AsyncGenerator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from services.chassis.tables import received_facts
from services.points.storage.tables import accounts, entries, grants
from tests.integration.points.feeding import Ledger, open_ledger
from tests.unit.points.factories import day
from tests.unit.points.stated import enrolment_fact, hours_fact, wish_fact


@pytest.fixture
async def ledger(database_url: str) -> AsyncGenerator[Ledger]:
    """Two members with two entries each; nothing of the database protects the entries any more."""
    async with open_ledger(database_url) as opened:
        for member in ("ann", "bo"):
            await opened.feed(
                enrolment_fact(f"e-{member}", member=member),
                hours_fact(f"h-{member}", member=member, at=day(10)),
                wish_fact(f"w-{member}", member=member),
            )
        async with opened.database.write() as connection:
            for name in (
                ("entries_refuse_update", "entries_refuse_delete")
                if opened.database.is_sqlite
                else ("entries_append_only ON entries",)
            ):
                await connection.execute(text(f"DROP TRIGGER {name}"))
        assert not await opened.findings()
        yield opened


async def tamper(ledger: Ledger, *statements: Any) -> list[str]:
    """Change rows behind the service's back; returns what verifying finds."""
    async with ledger.database.write() as connection:
        for statement in statements:
            await connection.execute(statement)
    return await ledger.findings()


OF_ANN = entries.c.member_id == "ann"
FIRST = OF_ANN & (entries.c.account_version == 1)
LAST = OF_ANN & (entries.c.account_version == 2)


class TestVerifying:
    async def test_finds_a_balance_that_was_changed(self, ledger: Ledger) -> None:
        changed = update(accounts).where(accounts.c.member_id == "ann").values(balance_milli=9_000)
        assert await tamper(ledger, changed) == ["member:ann/merit holds 9000, its entries add up to 3000"]

    async def test_finds_an_account_that_is_gone(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, delete(accounts).where(accounts.c.member_id == "ann"))
        assert "member:ann/merit holds 0, its entries add up to 3000" in findings
        assert "member:ann/merit counts 0 entries, there are 2" in findings

    async def test_finds_an_amount_that_was_changed(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, update(entries).where(FIRST).values(amount_milli=9_000))
        assert "member:ann/merit holds 1000 after entry 1, not 9000" in findings
        assert "entry 1 of member:ann/merit leads to 9000 and is explained by 1000" in findings
        assert "record h-ann has 9000 in the ledger of ann, the grant is 1000" in findings

    async def test_finds_an_amount_that_was_changed_with_all_that_follows_from_it(
        self, ledger: Ledger
    ) -> None:
        findings = await tamper(
            ledger,
            update(entries)
            .where(LAST)
            .values(amount_milli=9_000, granted_milli=9_000, balance_after_milli=10_000),
            update(accounts).where(accounts.c.member_id == "ann").values(balance_milli=10_000),
            update(grants).where(grants.c.record_id == "w-ann").values(granted_milli=9_000),
        )
        assert findings
        assert all(each == "what rule wish-2 gives ann for record w-ann differs" for each in findings)

    async def test_finds_an_entry_that_is_gone(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, delete(entries).where(FIRST))
        assert "member:ann/merit has entry 2 in place of 1" in findings
        assert "record h-ann has 0 in the ledger of ann, the grant is 1000" in findings

    async def test_finds_an_entry_that_was_slipped_in(self, ledger: Ledger) -> None:
        async with ledger.database.read() as connection:
            last = (await connection.execute(select(entries).where(LAST))).mappings().one()
        forged = {**last, "entry_id": "forged", "account_version": 3, "record_id": "never"}
        findings = await tamper(ledger, insert(entries).values(forged))
        assert "record never has 2000 in the ledger of ann, the grant is 0" in findings

    async def test_finds_an_entry_between_other_accounts(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, update(entries).where(FIRST).values(from_account="member:bo/merit"))
        assert findings == ["entry 1 of member:ann/merit is between other accounts"]

    async def test_finds_an_entry_by_a_rule_that_nobody_approved(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, update(entries).where(FIRST).values(rule_id="invented"))
        assert "entry 1 of member:ann/merit names the rule invented that no approved rule set has" in findings

    async def test_finds_minutes_that_were_changed(self, ledger: Ledger) -> None:
        changed = update(accounts).where(accounts.c.member_id == "bo").values(counted_minutes=999)
        assert await tamper(ledger, changed) == [
            "bo counts 999 minutes and 1 wishes, the facts give 60 and 1"
        ]

    async def test_finds_a_community_that_was_changed(self, ledger: Ledger) -> None:
        changed = update(grants).where(grants.c.record_id == "h-bo").values(community_id="west")
        assert "what rule hours-1 gives bo for record h-bo differs" in await tamper(ledger, changed)

    async def test_finds_points_of_a_fact_that_is_gone(self, ledger: Ledger) -> None:
        findings = await tamper(ledger, delete(received_facts).where(received_facts.c.record_id == "w-bo"))
        assert "what rule wish-2 gives bo for record w-bo differs" in findings

    async def test_leaves_out_who_waits_to_be_computed(self, ledger: Ledger) -> None:
        await ledger.keep(hours_fact("new", member="ann", at=day(30), activity="painting"))
        assert not await ledger.findings()
        await ledger.settle()
        assert not await ledger.findings()
