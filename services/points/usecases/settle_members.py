"""Assess members anew, and bring ledger and boards in line with what their facts are worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from services.chassis.periods import Period, PeriodKind
from services.chassis.work import Work, others_first
from services.points.domain.account import NOTHING, settle
from services.points.domain.assess import Grant, assess
from services.points.domain.fact import Fact, RecordKey
from services.points.storage.accounts import Accounts, lock_accounts, store_accounts
from services.points.storage.entries import StoredEntry, append_entries, stored
from services.points.storage.grants import by_key, read_grants, replace_grants
from services.points.storage.rule_sets import read_timeline
from services.points.usecases.update_standings import update_standings

BOOKED_BY = PeriodKind.YEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a member, as of now."""

    facts: Sequence[Fact]
    """The latest revision of each record, withdrawn ones included, joined with the affiliation of its day."""

    @property
    def revisions(self) -> dict[RecordKey, int]:
        return {fact.record: fact.revision for fact in self.facts}


async def settle_members(work: Work, *, zone: ZoneInfo, members: Mapping[str, Known]) -> None:
    """Post the difference between what members' facts are worth and what the ledger holds.

    Doing it again posts nothing. The caller holds the marks of these members, so nobody else posts for them
    meanwhile.

    Args:
        work: One transaction.
        zone: The district's, in which a year begins.
        members: By member id.
    """
    timeline = await read_timeline(work.connection)
    accounts = await lock_accounts(work.connection, members)
    held = await read_grants(work.connection, members)
    assessed: dict[str, list[Grant]] = {}
    for member_id, known in members.items():
        assessed[member_id] = assess(facts=known.facts, timeline=timeline)
        await others_first()
    wanted = {member_id: by_key(grants) for member_id, grants in assessed.items()}
    years = _Years(zone)
    posted: list[StoredEntry] = []
    changed: Accounts = {}
    for member_id in sorted(members):
        if wanted[member_id] == held[member_id]:
            continue
        before = accounts.get(member_id, {})
        entries, after = settle(
            member_id=member_id,
            held=held[member_id].values(),
            grants=assessed[member_id],
            revisions=members[member_id].revisions,
            accounts=before,
        )
        changed[member_id] = {
            currency: account
            for currency, account in after.items()
            if account != before.get(currency, NOTHING)
        }
        posted += [
            stored(
                entry,
                member_id=member_id,
                recorded_at=work.now,
                booked_period_id=years.id_of(entry.booked.transfer.effective_at),
            )
            for entry in entries
        ]
    await append_entries(work.connection, posted)
    await store_accounts(work.connection, changed)
    await replace_grants(work.connection, held=held, wanted=wanted)
    await update_standings(work, zone=zone, grants=assessed)


class _Years:
    """Names the year of moments; finding one costs a hundred times asking the last one."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._year: Period | None = None

    def id_of(self, moment: datetime) -> str:
        if self._year is None or not self._year.contains(moment):
            self._year = Period.containing(moment, kind=BOOKED_BY, zone=self._zone)
        return self._year.id
