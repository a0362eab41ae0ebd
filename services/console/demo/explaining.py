"""Asks why a member has the points that the ledger shows."""

from linli.points.v1.ledger_pb2 import ExplainEntryRequest, GetBalanceRequest, ListEntriesRequest
from linli.points.v1.ledger_pb2_grpc import LedgerServiceStub

from services.console.calls import call, every
from services.console.demo.desk import DATA, Desk
from services.console.demo.district import District
from services.console.demo.faults import NothingToExplain
from services.console.demo.findings import Explained
from services.console.demo.reading import Names
from services.console.demo.standings import confirmed_minutes, counted_minutes, rank


async def explain_one(desk: Desk, *, names: Names) -> Explained:
    """Explain one entry of one member: one that the limit cut, if the year has any."""
    ledger = LedgerServiceStub(desk.channels["points"])
    member, record = choose(desk.district)
    member_id, at_least = desk.ids[member], desk.at_least("members", "events")
    balance = (
        await call(ledger.GetBalance, GetBalanceRequest(member_id=member_id, at_least=at_least), caller=DATA)
    ).balance
    entries = await every(
        ledger.ListEntries,
        ListEntriesRequest,
        rows=lambda page: page.entries,
        caller=DATA,
        member_id=member_id,
        at_least=at_least,
    )
    entry = next((one for one in entries if one.cause_record_id == desk.ids[record]), None)
    if entry is None:
        raise NothingToExplain(member=member, record=record)
    found = (
        await call(ledger.ExplainEntry, ExplainEntryRequest(entry_id=entry.entry_id), caller=DATA)
    ).explanation
    codes = {server_id: code for code, server_id in desk.ids.items()}
    return Explained(
        member_code=member,
        member_name=names[member_id].name,
        balance_milli=balance.balance_milli,
        entries=len(entries),
        activity_code=codes.get(found.activity_id, ""),
        community_code=codes.get(found.community_id, ""),
        confirmed_minutes=found.confirmed_minutes,
        counted_minutes=found.counted_minutes,
        wanted_milli=found.wanted_milli,
        granted_milli=found.granted_milli,
        limit=found.limit_id,
        rule=found.rule.rule_id,
        rule_set=found.rule_set_name,
        rule_set_version=found.rule_set_version,
    )


def choose(district: District) -> tuple[str, str]:
    """Choose a member and what the member did, by codes: the best placed with a stay that the limit cut.

    A stay of which nothing counts has no entry. Where no stay is cut, any that counts will do, and
    without one a wish.
    """
    counted = counted_minutes(district)
    places = {standing.member: place for place, standing in enumerate(rank(district))}
    stays = [stay for stay in district.stays if counted[stay.code]]
    if stays:
        best = min(
            stays, key=lambda stay: (counted[stay.code] == confirmed_minutes(stay), places[stay.member])
        )
        return best.member, best.code
    wish = min(district.wishes, key=lambda wish: places[wish.claimer])
    return wish.claimer, wish.code
