"""Serves `LedgerService`."""

from typing import Final

from linli.feed.v1.write_pb2 import Freshness
from linli.points.v1 import ledger_pb2 as pb
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.call import Call
from services.chassis.facts.waiting import read_freshness
from services.chassis.frame import Frame
from services.chassis.moments import moment_of
from services.chassis.pages import Page
from services.chassis.periods import Period
from services.chassis.rpc.table import Registration, Rpc
from services.points.api import translate_ledger as translate
from services.points.api.access import ACCESS
from services.points.api.codes import CODES
from services.points.domain.account import NOTHING
from services.points.domain.faults import EntryUnknown, MemberUnknown
from services.points.domain.rule_set import Currency
from services.points.storage.accounts import read_accounts
from services.points.storage.earned import read_earned
from services.points.storage.entries import read_entry, read_page
from services.points.storage.explaining import read_explained
from services.points.storage.members import read_answering
from services.points.storage.rule_sets import read_timeline

SERVICE: Final = pb.DESCRIPTOR.services_by_name["LedgerService"]
CURRENCY: Final = Currency.MERIT
"""The only one so far; requests will name theirs."""


def ledger_service(frame: Frame) -> Registration:
    """Serve balances, entries and why they are what they are."""

    async def freshness_of(connection: AsyncConnection) -> Freshness:
        """Say what the ledger reflects; read before it, so that it never claims too much."""
        freshness = await read_freshness(frame.database, connection)
        read_at = moment_of(freshness.read_at)
        timeline = await read_timeline(connection)
        freshness.rule_set_ids.extend(
            each.rule_set_id for each in timeline.rule_sets if each.effective_from <= read_at
        )
        return freshness

    async def balances(request: pb.BatchGetBalancesRequest, call: Call) -> pb.BatchGetBalancesResponse:
        period = Period.parse(request.period_id, zone=frame.zone) if request.period_id else None
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            freshness = await freshness_of(connection)
            answering = await read_answering(connection, request.member_ids)
            accounts = await read_accounts(connection, set(answering.values()))
            earned_milli = (
                await read_earned(connection, set(answering.values()), currency=CURRENCY, period=period)
                if period
                else {}
            )
        return pb.BatchGetBalancesResponse(
            balances=[
                translate.balance_message(
                    member_id=answering[member_id],
                    currency=CURRENCY,
                    account=accounts.get(answering[member_id], {}).get(CURRENCY, NOTHING),
                    earned_milli=earned_milli.get(answering[member_id], 0),
                )
                for member_id in request.member_ids
                if member_id in answering
            ],
            unknown_ids=[member_id for member_id in request.member_ids if member_id not in answering],
            freshness=freshness,
        )

    async def balance(request: pb.GetBalanceRequest, call: Call) -> pb.GetBalanceResponse:
        one = pb.BatchGetBalancesRequest(
            member_ids=[request.member_id], at_least=request.at_least, period_id=request.period_id
        )
        answer = await balances(one, call)
        if answer.unknown_ids:
            raise MemberUnknown(field="member_id", member_id=request.member_id)
        return pb.GetBalanceResponse(balance=answer.balances[0], freshness=answer.freshness)

    async def entries(request: pb.ListEntriesRequest, call: Call) -> pb.ListEntriesResponse:
        page = Page.of(request, key=(int,))
        await frame.waiting.for_applied(request.at_least, call)
        async with frame.database.read() as connection:
            freshness = await freshness_of(connection)
            answering = await read_answering(connection, [request.member_id])
            if request.member_id not in answering:
                raise MemberUnknown(field="member_id", member_id=request.member_id)
            kept, token = await read_page(
                connection, page, member_id=answering[request.member_id], currency=CURRENCY
            )
        return pb.ListEntriesResponse(
            entries=[translate.entry_message(each) for each in kept],
            next_page_token=token,
            freshness=freshness,
        )

    async def explanation(request: pb.ExplainEntryRequest, _call: Call) -> pb.ExplainEntryResponse:
        async with frame.database.read() as connection:
            kept = await read_entry(connection, request.entry_id)
            if kept is None:
                raise EntryUnknown(field="entry_id", entry_id=request.entry_id)
            explained = await read_explained(connection, kept)
        return pb.ExplainEntryResponse(explanation=translate.explanation_message(kept, explained))

    rpcs: dict[str, Rpc] = {
        "GetBalance": balance,
        "BatchGetBalances": balances,
        "ListEntries": entries,
        "ExplainEntry": explanation,
    }
    return Registration(descriptor=SERVICE, rpcs=rpcs, access=ACCESS, codes=CODES)
