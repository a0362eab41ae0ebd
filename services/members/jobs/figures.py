"""Gathers the figures of statements: service from this service's own records, points from `points`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linli.points.v1.ledger_pb2 import BatchGetBalancesRequest, BatchGetBalancesResponse
from linli.points.v1.ledger_pb2_grpc import LedgerServiceStub
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.facts.waiting import applied_positions
from services.chassis.faults import ServiceUnreachable
from services.chassis.neighbours import Neighbour, answer_of
from services.chassis.periods import Period
from services.members.domain.statement import Figures
from services.members.storage.facts import LOG
from services.members.storage.statement_subjects import Service, read_service

if TYPE_CHECKING:
    from linli.points.v1.ledger_pb2_grpc import LedgerServiceAsyncStub

POINTS: Final = "points"
ANSWER_SECONDS_MAX: Final = 20.0
"""How long `points` may take to come as far as the figures of this service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFigures:
    """What members did in a period, as one state of the register has it."""

    did: Mapping[str, Service]
    applied: Mapping[str, int]
    """The positions of the logs that it reflects."""

    @classmethod
    async def read(
        cls, connection: AsyncConnection, member_ids: Collection[str], *, period: Period
    ) -> "ServiceFigures":
        """Read it from one state."""
        applied = await applied_positions(connection)
        return cls(did=await read_service(connection, member_ids, period=period), applied=applied)

    async def with_points(
        self, channel: Neighbour, member_ids: Collection[str], *, period: Period, head: int
    ) -> dict[str, Figures]:
        """Add what the members earned in the period, by a state of `points` that reflects at least as much.

        Args:
            channel: Reaches `points`.
            member_ids: Whose figures.
            period: The same.
            head: How far in the register's own log `points` has to be.

        Raises:
            ServiceUnreachable: `points` does not answer, or has not come so far.
        """
        if not member_ids:
            return {}
        answer = await self._ask(channel, member_ids, period_id=period.id, head=head)
        if answer.unknown_ids:
            raise ServiceUnreachable("points does not know all of these members yet.", service=POINTS)
        earned = zip(member_ids, answer.balances, strict=True)
        return {
            member_id: self._figures(member_id, balance.earned_milli, answer.freshness.positions)
            for member_id, balance in earned
        }

    async def _ask(
        self, channel: Neighbour, member_ids: Collection[str], *, period_id: str, head: int
    ) -> BatchGetBalancesResponse:
        stub: LedgerServiceAsyncStub = LedgerServiceStub(channel(POINTS))
        request = BatchGetBalancesRequest(
            member_ids=member_ids, period_id=period_id, at_least={**self.applied, LOG: head}
        )
        return await answer_of(POINTS, stub.BatchGetBalances(request, timeout=ANSWER_SECONDS_MAX))

    def _figures(self, member_id: str, earned_milli: int, reflected: Mapping[str, int]) -> Figures:
        did = self.did.get(member_id, Service())
        return Figures(
            service_minutes=did.minutes,
            activities=did.activities,
            wishes=did.wishes,
            service_positions=self.applied,
            merit_milli=earned_milli,
            points_positions=dict(reflected),
        )
