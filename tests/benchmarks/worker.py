"""A worker of `points` in a process of its own: `python -m tests.benchmarks.worker URL`.

    {"ask": "backlog", "members": 25, "facts": 200}  new members with so many facts each
    {"ask": "trickle", "members": 100}               one more fact for members who have many
    {"ask": "assess", "members": 25, "facts": 200}   the pure function alone

Facts are pulled from memory; whatever a worker does with them is as it is.
"""

import asyncio
import itertools
import sys
import time
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from linli.feed.v1.fact_pb2 import Cursor, Fact
from linli.feed.v1.feed_pb2 import PullRequest, PullResponse

from services.chassis.bells import Bell
from services.chassis.facts.applier import Applier
from services.chassis.facts.receiver import Receiver
from services.chassis.garbage import spare_what_stays
from services.chassis.periods import PeriodKind
from services.chassis.sql.database import Database
from services.points.bootstrap import DECLARATION
from services.points.consumers.points import points_consumer
from services.points.domain.assess import assess
from services.points.domain.board import Board, BoardScope, TieKey
from services.points.domain.timeline import Timeline
from services.points.usecases.approve_rule_sets import ApproveRuleSet, approve_rule_sets
from services.points.usecases.create_board import CreateBoard, create_board
from services.points.usecases.create_rule_sets import CreateRuleSet, create_rule_sets
from tests.benchmarks.programs import Answer, answer_questions, say
from tests.integration.databases import ZONE, opened, written
from tests.unit.points.factories import NEW_YEAR, hours, rule_set
from tests.unit.points.stated import enrolment_fact, hours_fact

SHANGHAI: Final = ZoneInfo(ZONE)
YEAR: Final = timedelta(days=365)
BOARDS: Final = 12
TIES: Final = ((TieKey.COUNTED_MINUTES, TieKey.EARLIEST_REACHED), ())


def _nobody_asked() -> None:
    """Computing comes after receiving here."""


class Worker:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._numbers = itertools.count()
        self._members: list[str] = []
        self._pages: dict[str, list[Fact]] = {"members": [], "events": []}
        consumer = points_consumer(zone=SHANGHAI)
        self._receivers = [
            Receiver(
                consumer=consumer,
                log=log,
                database=database,
                pull=self._pull,
                bell=Bell(),
                kept=_nobody_asked,
            )
            for log in consumer.logs
        ]
        self._applier = Applier(consumer=consumer, database=database, received=Bell(), stated=Bell())

    async def answer(self, question: Answer) -> Answer:
        kind = question.pop("ask")
        if kind == "assess":
            return self._assess(**question)
        facts = self._backlog(**question) if kind == "backlog" else self._trickle(**question)
        for fact in facts:
            log = self._pages[fact.log]
            log.append(fact)
            fact.position = len(log)
        began, cpu = time.perf_counter(), time.process_time()
        for receiver in self._receivers:
            await receiver.drain()
        while await self._applier.apply_some():
            pass
        elapsed = time.perf_counter() - began
        return {
            "facts_per_second": len(facts) / elapsed,
            "cpu_us_per_fact": (time.process_time() - cpu) / len(facts) * 1e6,
        }

    def _backlog(self, *, members: int, facts: int) -> list[Fact]:
        self._members = [f"member-{next(self._numbers):06}" for _ in range(members)]
        enrolled = [enrolment_fact(f"enrolment-{each}", member=each) for each in self._members]
        served = [
            hours_fact(
                f"stay-{next(self._numbers):08}",
                member=each,
                at=NEW_YEAR + YEAR * number / facts,
                activity=f"activity-{number}",
            )
            for number in range(facts)
            for each in self._members
        ]
        return [*enrolled, *served]

    def _trickle(self, *, members: int) -> list[Fact]:
        at = NEW_YEAR + YEAR * (next(self._numbers) % 365) / 365
        return [
            hours_fact(f"stay-{next(self._numbers):08}", member=each, at=at)
            for each in self._members[:members]
        ]

    def _assess(self, *, members: int, facts: int) -> Answer:
        timeline = Timeline.of([rule_set()])
        year = [
            hours(f"stay-{number:04}", at=NEW_YEAR + YEAR * number / facts, activity_id=f"activity-{number}")
            for number in range(facts)
        ]
        began = time.process_time()
        for _ in range(members):
            assess(facts=year, timeline=timeline)
        return {"facts_per_second": members * facts / (time.process_time() - began)}

    async def _pull(self, request: PullRequest) -> PullResponse:
        log = self._pages[request.log]
        start = request.after.position
        found = log[start : start + request.max_facts]
        head = Cursor(log_id=request.log, position=len(log), fact_id=log[-1].fact_id if log else "")
        return PullResponse(facts=found, head=head)


async def prepare(database: Database) -> None:
    """Put a rule set in force, and define boards that every fact feeds."""
    (rules,) = await written(
        database, create_rule_sets, CreateRuleSet(document=rule_set(), created_by="member:first")
    )
    await written(database, approve_rule_sets, ApproveRuleSet(rule_set_id=rules, approved_by="member:second"))
    kinds = itertools.product(TIES, BoardScope, PeriodKind)
    for number, (tie_keys, scope, period_kind) in enumerate(itertools.islice(kinds, BOARDS)):
        await written(
            database,
            create_board,
            CreateBoard(
                code=f"board-{number}",
                name=f"board {number}",
                definition=Board(scope=scope, period_kind=period_kind, tie_keys=tie_keys),
                created_by="member:first",
            ),
        )


async def work(url: str) -> None:
    async with opened(url, schema=DECLARATION.name, own=[DECLARATION.migrations]) as database:
        await prepare(database)
        spare_what_stays()
        say({})
        await answer_questions(Worker(database).answer)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1]))
