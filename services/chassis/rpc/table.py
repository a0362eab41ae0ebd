"""What a service hands to the server: its RPCs, who may call them, and the codes of its faults."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import grpc
from google.protobuf.descriptor import ServiceDescriptor
from google.protobuf.message import Message

from services.chassis.call import Call
from services.chassis.faults import Fault
from services.chassis.rpc.access import AccessTable

Requests: TypeAlias = AsyncIterator[Any]
"""The requests of a client stream, decoded and valid, in order; raises a `Fault` for one that is not."""

Unary: TypeAlias = Callable[[Any, Call], Awaitable[Message]]
"""Takes the decoded, valid request (a client stream: `Requests`) and its call; answers once, or refuses."""

ServerStream: TypeAlias = Callable[[Any, Call], AsyncGenerator[Message, None]]
"""Takes the decoded, valid request and its call; answers as often as it likes, or refuses."""

Rpc: TypeAlias = Unary | ServerStream
"""Raises a `Fault` to refuse."""

RpcTable: TypeAlias = Mapping[str, Rpc]
"""From the name of an RPC (`CreateNode`) to what answers it."""

CodeTable: TypeAlias = Mapping[type[Fault], grpc.StatusCode]
"""The status code of each fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One proto service as a server serves it."""

    descriptor: ServiceDescriptor
    rpcs: RpcTable
    access: AccessTable
    codes: CodeTable = field(default_factory=dict)
    """Faults of the service; those of the chassis are known."""
    asked_by_machines: bool = False
    """Called every few seconds although nothing happens: what was served is logged as DEBUG."""

    def __post_init__(self) -> None:
        """Refuse a table that lacks an RPC of the contract or names another one, and streams both ways.

        Raises:
            ValueError: Names what is missing or unknown.
        """
        contract = {method.name for method in self.descriptor.methods}
        if missing := sorted(contract - self.rpcs.keys()):
            raise ValueError(
                f"{self.descriptor.full_name} is not complete: nothing answers {', '.join(missing)}."
            )
        if unknown := sorted(self.rpcs.keys() - contract):
            raise ValueError(f"{self.descriptor.full_name} has no RPC named {', '.join(unknown)}.")
        methods = self.descriptor.methods
        if both := [each.name for each in methods if each.client_streaming and each.server_streaming]:
            raise ValueError(f"{self.descriptor.full_name}: {', '.join(both)} is a stream both ways.")
