"""Calls RPCs by name, and says how they were refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import ErrorInfo
from google.rpc.status_pb2 import Status
from linli.admin.v1 import admin_pb2
from linli.events.v1 import activity_pb2, wish_pb2
from linli.feed.v1 import consumer_pb2, feed_pb2
from linli.jobs.v1 import jobs_pb2
from linli.members.v1 import (
    enrolment_pb2,
    feedback_pb2,
    grid_pb2,
    member_pb2,
    merge_pb2,
    organisation_pb2,
)
from linli.points.v1 import leaderboard_pb2, ledger_pb2, reward_pb2, rule_set_pb2

CALLER = "service:test"
FILES = (
    admin_pb2, activity_pb2, wish_pb2, consumer_pb2, feed_pb2, jobs_pb2, enrolment_pb2, feedback_pb2,
    grid_pb2, member_pb2, merge_pb2, organisation_pb2, leaderboard_pb2, ledger_pb2, reward_pb2, rule_set_pb2,
)  # fmt: skip
METHODS = [
    (service, method)
    for file in FILES
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    code: str
    reason: str
    message: str


class Client:
    """Calls RPCs by name: whatever bytes, whatever caller; of a stream one message there and one back."""

    def __init__(self, targets: Mapping[str, str]) -> None:
        self._channels = {service: grpc.insecure_channel(target) for service, target in targets.items()}

    def send(
        self, path: str, raw: bytes, *, caller: str | None = CALLER, service: str = ""
    ) -> bytes | Refusal:
        """Send bytes to the RPC, at the server of a service (default: whose RPC it is, or any)."""
        owner = path.removeprefix("/linli.").partition(".")[0]
        channel: Any = self._channels.get(service or owner) or self._channels["members"]
        metadata = (("linli-caller", caller),) if caller is not None else ()
        try:
            return _answer(channel, path, raw, metadata=metadata, timeout=10)
        except grpc.RpcError as error:
            return _refusal(error)

    def call(self, service: str, request: Any, *, caller: str | None = CALLER) -> Any:
        """Call the RPC that takes this request; gives the decoded answer or the refusal."""
        name = type(request).__name__.removesuffix("Request")
        answer = self.send(
            f"/{service}/{name}",
            request.SerializeToString(),
            caller=caller,
            service=getattr(request, "service", ""),
        )
        if isinstance(answer, Refusal):
            return answer
        found = next(m for s, m in METHODS if s.full_name == service and m.name == name)
        return GetMessageClass(found.output_type).FromString(answer)

    def written(self, service: str, request: Any, *, caller: str = CALLER) -> Any:
        answer = self.call(service, request, caller=caller)
        assert not isinstance(answer, Refusal), answer
        return answer.written

    def close(self) -> None:
        for channel in self._channels.values():
            channel.close()


def _answer(channel: Any, path: str, raw: bytes, **options: Any) -> bytes:
    method = next(m for s, m in METHODS if path == f"/{s.full_name}/{m.name}")
    answer: bytes
    if method.server_streaming:
        answers = channel.unary_stream(path)(raw, **options)
        answer = next(answers)
        answers.cancel()
    elif method.client_streaming:
        answer = channel.stream_unary(path)(iter([raw]), **options)
    else:
        answer = channel.unary_unary(path)(raw, **options)
    return answer


def _refusal(error: Any) -> Refusal:
    details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
    reason = ""
    for detail in Status.FromString(details).details if details else ():
        info = ErrorInfo()
        if detail.Unpack(info):
            reason = info.reason
    return Refusal(code=error.code().name, reason=reason, message=error.details() or "")
