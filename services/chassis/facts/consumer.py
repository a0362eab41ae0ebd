"""What a service says about the facts it consumes; the rest is the chassis'."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from google.protobuf.message import Message
from linli.feed.v1.fact_pb2 import Fact

from services.chassis.work import Work


class FactNotUnderstood(Exception):  # noqa: N818 - the fact is kept and its subject parked
    """A fact of a type, or with a body, that this version cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A service as a consumer of other services' facts."""

    name: str
    logs: tuple[str, ...]
    bodies: Mapping[str, type[Message]]
    """Every fact type it understands, by full name."""
    kinds: frozenset[str]
    """The kinds of subjects it computes; a fact makes dirty whom it names, and whom its record ever named."""
    apply: Callable[[Work, Sequence[str]], Awaitable[None]]
    """Compute subjects from the received facts and store the difference; repeating it changes nothing."""

    def body_of(self, fact: Fact) -> Message:
        """Unpack the body of a fact.

        Raises:
            FactNotUnderstood: Its type is unknown, or its bytes are not of that type.
        """
        body_class = self.bodies.get(type_of(fact))
        if body_class is None:
            raise FactNotUnderstood(f"unknown fact type {type_of(fact)}")
        body = body_class()
        try:
            body.ParseFromString(fact.body.value)
        except Exception as error:
            raise FactNotUnderstood(f"the body is no {type_of(fact)}") from error
        return body

    def is_understood(self, fact: Fact) -> bool:
        """Say whether the fact is of a type and form that this version reads."""
        try:
            self.body_of(fact)
        except FactNotUnderstood:
            return False
        return True

    def computes(self, subject: str) -> bool:
        """Say whether something is computed of this subject (`kind:id`)."""
        return subject.partition(":")[0] in self.kinds


def bodies_of(module: ModuleType) -> dict[str, type[Message]]:
    """Name every fact type that a generated module `facts_pb2` defines."""
    messages: list[type[Message]] = [
        kind
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Message) and kind.__name__.endswith("Fact")
    ]
    return {kind.DESCRIPTOR.full_name: kind for kind in messages}


UNREAD = "fact:"


def unread_subject(fact: Fact) -> str:
    """Name the subject under which a fact that is not understood waits."""
    return f"{UNREAD}{fact.log}/{fact.record_id}"


def type_of(fact: Fact) -> str:
    """Name the type of a fact's body: `linli.events.v1.HoursFact`."""
    return fact.body.type_url.rpartition("/")[2]


def subjects_named(fact: Fact) -> list[str]:
    """Name everything a fact is about, as `kind:id`."""
    return [f"{subject.kind}:{subject.id}" for subject in fact.subjects]
