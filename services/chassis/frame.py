"""The frame of one service in one process: what its bootstrap builds on, and what runs beside it."""

from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from google.protobuf.descriptor import ServiceDescriptor

from services.chassis.bells import Bell, Broadcast
from services.chassis.door import Door
from services.chassis.doorbell import Doorbell
from services.chassis.facts.applier import Applier
from services.chassis.facts.consumer import Consumer
from services.chassis.facts.pulling import Pull
from services.chassis.facts.receiver import Receiver
from services.chassis.facts.waiting import Waiting
from services.chassis.jobs.runner import POLL_SECONDS, Gathering, JobRunner, Step
from services.chassis.jobs.verify import KIND as VERIFY
from services.chassis.jobs.verify import Check, checks_of_facts, verify_step
from services.chassis.neighbours import Neighbour, nowhere
from services.chassis.requests import RequestSecret
from services.chassis.roles import EVERY_ROLE, Role, listener
from services.chassis.rpc.status import StatusTable
from services.chassis.rpc.table import CodeTable, Registration
from services.chassis.rpc.writes import Writes
from services.chassis.sql.database import Database
from services.chassis.sql.migrations import Stream
from services.chassis.work import Work


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
    asks: tuple[str, ...] = ()
    """The services whose public API its jobs read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """What a service's bootstrap hands back."""

    registrations: Sequence[Registration]
    consumer: Consumer
    checks: Sequence[Check]
    steps: Mapping[str, Step | Gathering] = field(default_factory=dict)
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
        channel: Neighbour = nowhere,
        roles: frozenset[Role] = EVERY_ROLE,
    ) -> None:
        """Prepare the frame.

        Args:
            declaration: What the service says of itself.
            database: Its database, migrated.
            doorbell: The doorbell of this process.
            secret: Digests requests.
            zone: The time zone of the district.
            pull: Pulls any log; `PullRequest.log` says which.
            channel: Reaches the other services, in the name of this one; for jobs.
            roles: What this process does beside, or instead of, serving.
        """
        self.declaration = declaration
        self.name = declaration.name
        self.database = database
        self.zone = zone
        self.pull = pull
        self.channel = channel
        self.roles = roles
        self.waiting = Waiting(database=database, log=self.name, follows=declaration.follows)
        self._doorbell = doorbell
        self.door = Door(database=database, log=self.name, secret=secret, after_commit=self._after_commit)
        self.news = Broadcast()
        """Rings when the log has new facts."""
        self._bells = {role: Bell() for role in Role}
        self._stated = Bell()
        for role in roles - {Role.RECEIVE}:
            self._hear(role, topic=self.name, bell=self._bells[role])

    def writes(self, service: ServiceDescriptor, codes: CodeTable) -> Writes:
        """Prepare the writes of one proto service."""
        return Writes(service=service, door=self.door, waiting=self.waiting, statuses=StatusTable(codes))

    def work(self, rooms: Rooms) -> list[Coroutine[Any, Any, None]]:
        """List what the roles of this process do."""
        receives = Role.RECEIVE in self.roles
        receivers = [self._receiver(rooms.consumer, log) for log in rooms.consumer.logs if receives]
        work = [receiver.run() for receiver in receivers]
        if Role.APPLY in self.roles:
            work.append(self._applier(rooms.consumer, receivers).run())
        if Role.JOBS in self.roles:
            work.append(self._job_runner(rooms).run())
        return [*work, self._pass_news_on()] if work else []

    def wake(self, role: Role) -> None:
        """Wake who has a role: the worker of this process, else one elsewhere."""
        if role in self.roles:
            self._bells[role].ring()
        else:
            self._doorbell.ring(listeners=[listener(self.name, role)], topic=self.name)

    def pull_again(self, log: str) -> None:
        """Wake the receivers of a log, in whatever process: they may go on."""
        self._doorbell.ring(listeners=[listener(self.name, Role.RECEIVE)], topic=log)

    def _hear(self, role: Role, *, topic: str, bell: Bell) -> None:
        self._doorbell.hear(listener=listener(self.name, role), topic=topic, then=bell.ring)

    def _receiver(self, consumer: Consumer, log: str) -> Receiver:
        bell = Bell()
        self._hear(Role.RECEIVE, topic=log, bell=bell)
        return Receiver(
            consumer=consumer,
            log=log,
            database=self.database,
            pull=self.pull,
            bell=bell,
            kept=lambda: self.wake(Role.APPLY),
        )

    def _applier(self, consumer: Consumer, receivers: Sequence[Receiver]) -> Applier:
        return Applier(
            consumer=consumer,
            database=self.database,
            received=self._bells[Role.APPLY],
            stated=self._stated,
            is_behind=lambda: any(receiver.is_behind for receiver in receivers),
        )

    def _job_runner(self, rooms: Rooms) -> JobRunner:
        checks = [*checks_of_facts(logs=rooms.consumer.logs, pull=self.pull), *rooms.checks]
        return JobRunner(
            service=self.name,
            database=self.database,
            steps={**rooms.steps, VERIFY: verify_step(database=self.database, checks=checks)},
            asked=self._bells[Role.JOBS],
            stated=self._stated,
        )

    def _after_commit(self, work: Work) -> None:
        if work.stated:
            self._tell_news()
        if work.jobs_started:
            self.wake(Role.JOBS)
        if work.marked:
            self.wake(Role.APPLY)

    def _tell_news(self) -> None:
        """Wake who follows the log, and who watches it here."""
        self.news.ring()
        receivers = [listener(follower, Role.RECEIVE) for follower in self.declaration.followers]
        self._doorbell.ring(listeners=receivers, topic=self.name)

    async def _pass_news_on(self) -> None:
        """Tell the news when a job or a computation stated facts."""
        while True:
            if await self._stated.wait(seconds=POLL_SECONDS):
                self._tell_news()
