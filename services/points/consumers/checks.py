"""What must hold of the ledger; `verify` looks for breaches, members after members."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.dirty import read_dirty
from services.chassis.jobs.verify import Check, Checked
from services.points.consumers.member_facts import MEMBER, read_persons
from services.points.domain.account import NOTHING, measured
from services.points.domain.assess import assess
from services.points.domain.audit import breaches_of_account, breaches_of_assessment, breaches_of_postings
from services.points.domain.rule_set import Currency
from services.points.storage.accounts import read_accounts
from services.points.storage.entries import read_entries_of
from services.points.storage.grants import read_grants
from services.points.storage.members import list_members
from services.points.storage.rule_sets import read_timeline

MEMBERS_PER_CHUNK: Final = 500

Look = Callable[[AsyncConnection, Sequence[str]], Awaitable[tuple[int, list[str]]]]
"""Looks at some members; gives how much was compared and what was found."""


def ledger_checks() -> list[Check]:
    """List what must hold of the ledger."""
    return [
        Check(
            name="accounts equal their entries, and those the grants that explain them",
            chunk=_by_members(_entries),
        ),
        Check(name="grants follow from received facts and rules", chunk=_by_members(_assessments)),
    ]


def _by_members(look: Look) -> Callable[[AsyncConnection, Any], Awaitable[Checked]]:
    async def chunk(connection: AsyncConnection, after: Any) -> Checked:
        member_ids = await list_members(connection, after=after or "", members_max=MEMBERS_PER_CHUNK)
        compared, findings = await look(connection, member_ids)
        is_full = len(member_ids) == MEMBERS_PER_CHUNK
        return Checked(compared=compared, findings=findings, next=member_ids[-1] if is_full else None)

    return chunk


async def _entries(connection: AsyncConnection, member_ids: Sequence[str]) -> tuple[int, list[str]]:
    timeline = await read_timeline(connection)
    accounts = await read_accounts(connection, member_ids)
    posted = await read_entries_of(connection, member_ids)
    held = await read_grants(connection, member_ids)

    def breaches() -> Iterator[str]:
        for member_id in member_ids:
            entries = [each.entry for each in posted[member_id]]
            for currency in Currency:
                yield from breaches_of_account(
                    member_id=member_id,
                    currency=currency,
                    account=accounts.get(member_id, {}).get(currency, NOTHING),
                    entries=[each for each in entries if each.grant.currency is currency],
                )
            yield from breaches_of_postings(
                member_id=member_id,
                entries=entries,
                grants=held[member_id].values(),
                timeline=timeline,
            )

    return sum(len(entries) for entries in posted.values()), list(breaches())


async def _assessments(connection: AsyncConnection, member_ids: Sequence[str]) -> tuple[int, list[str]]:
    """Assess anew, but for members who wait to be computed."""
    persons = await read_persons(connection, member_ids)
    subjects = {
        member_id: {f"{MEMBER}{each}" for each in (member_id, *person.duplicate_ids)}
        for member_id, person in persons.items()
    }
    waiting = await read_dirty(connection, {each for named in subjects.values() for each in named})
    # Whoever has a duplicate that waits will wait after it.
    settled = [member_id for member_id in member_ids if not subjects[member_id] & waiting]
    timeline = await read_timeline(connection)
    held = await read_grants(connection, settled)
    accounts = await read_accounts(connection, settled)

    def breaches() -> Iterator[str]:
        for member_id in settled:
            assessed = assess(facts=persons[member_id].known.facts, timeline=timeline)
            account = accounts.get(member_id, {}).get(Currency.MERIT, NOTHING)
            yield from breaches_of_assessment(
                member_id=member_id,
                held=held[member_id].values(),
                assessed=assessed,
                account=account,
                measured=measured(
                    member_id=member_id, currency=Currency.MERIT, account=account, grants=assessed
                ),
            )

    return sum(len(grants) for grants in held.values()), list(breaches())
