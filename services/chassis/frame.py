"""The frame of one service in one process: what its bootstrap builds on, and what runs beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.descriptor import ServiceDescriptor

from services.chassis.door import Door
from services.chassis.doorbell import Bell, Doorbell
from services.chassis.facts.applier import Applier
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.pulling import Pull
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.waiting import Waiting
from services.chassis.jobs.runner import POLL_SECONDS, JobRunner, Step
from services.chassis.jobs.verify import KIND as VERIFY
from services.chassis.jobs.verify import Check, checks_of_facts, verify_step
from services.chassis.requests import RequestSecret
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.table import CodeTable, Registration
from services.chassis.rpc.writes import Writes
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import Stream
from services.chassis.work import Work

JOBS = "jobs"
"""The topic under which a service rings at itself when it was asked for a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What can be said of a service before anything is opened."""

    name: str
    """Its own name and that of its log."""
    follows: tuple[str, ...]
    """The logs it consumes."""
    followers: tuple[str, ...]
    """The services that consume its log."""
    migrations: Stream


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What a service's bootstrap hands back."""

    registrations: Sequence[Registration]
    consumer: Consumer
    checks: Sequence[Check]
    steps: Mapping[str, Step] = field(default_factory=dict)
    """By kind of job."""


class Frame:
    """Opened once per service and process."""

    def __init__(
        self,
        *,
        declaration: Declaration,
        database: Database,
        doorbell: Doorbell,
        secret: RequestSecret,
        zone: ZoneInfo,
        pull: Pull,
    ) -> None:
        """Prepare the frame.

        Args:
            declaration: What the service says of itself.
            database: Its database, migrated.
            doorbell: The doorbell of this process.
            secret: Digests requests.
            zone: The time zone of the district.
            pull: Pulls any log; `PullRequest.log` says which.
        """
        self.declaration = declaration
        self.name = declaration.name
        self.database = database
        self.zone = zone
        self.pull = pull
        self.waiting = Waiting(database=database, log=self.name, follows=declaration.follows)
        self._doorbell = doorbell
        self.door = Door(database=database, log=self.name, secret=secret, after_commit=self._after_commit)
        self._received = Bell()
        self._asked = Bell()
        self._stated = Bell()
        doorbell.hear(listener=self.name, topic=JOBS, then=self._asked.ring)

    def writes(self, service: ServiceDescriptor, codes: CodeTable) -> Writes:
        """Prepare the writes of one proto service."""
        return Writes(service=service, door=self.door, waiting=self.waiting, statuses=StatusTable(codes))

    def tasks(self, rooms: Rooms) -> list[Any]:
        """List what runs beside the server, as coroutines: door, receivers, applier, jobs."""
        consumer = rooms.consumer
        receivers = [self._receiver(consumer, log) for log in consumer.logs]
        applier = Applier(
            consumer=consumer,
            database=self.database,
            received=self._received,
            stated=self._stated,
            is_behind=lambda: any(receiver.is_behind for receiver in receivers),
        )
        checks = [*checks_of_facts(logs=consumer.logs, pull=self.pull), *rooms.checks]
        jobs = JobRunner(
            service=self.name,
            database=self.database,
            steps={**rooms.steps, VERIFY: verify_step(database=self.database, checks=checks)},
            asked=self._asked,
            stated=self._stated,
        )
        return [
            self.door.run(),
            applier.run(),
            jobs.run(),
            self._pass_news_on(),
            *(receiver.run() for receiver in receivers),
        ]

    def look_again(self) -> None:
        """Wake the applier of this process: something parked is due."""
        self._received.ring()

    def pull_again(self, log: str) -> None:
        """Wake the receivers of a log, in whatever process: they may go on."""
        self._doorbell.ring(listeners=(self.name,), topic=log)

    def _receiver(self, consumer: Consumer, log: str) -> Receiver:
        bell = Bell()
        self._doorbell.hear(listener=self.name, topic=log, then=bell.ring)
        return Receiver(
            consumer=consumer,
            log=log,
            database=self.database,
            pull=self.pull,
            bell=bell,
            received=self._received,
        )

    def _after_commit(self, work: Work) -> None:
        if work.stated:
            self._doorbell.ring(listeners=self.declaration.followers, topic=self.name)
        if work.jobs_started:
            self._doorbell.ring(listeners=(self.name,), topic=JOBS)
        if work.marked:
            self._received.ring()

    async def _pass_news_on(self) -> None:
        """Ring at the followers when a job or a computation stated facts."""
        while True:
            if await self._stated.wait(seconds=POLL_SECONDS):
                self._doorbell.ring(listeners=self.declaration.followers, topic=self.name)
