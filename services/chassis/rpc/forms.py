"""The three forms of an RPC, each the innermost step of a call: decode, validate, call the RPC, encode.

    unary           one request, one answer
    server stream   one request, many answers: the RPC is an async generator
    client stream   many requests, one answer: the RPC gets an iterator

Bytes are decoded here rather than in grpc, which answers what it cannot decode with UNKNOWN or INTERNAL.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from services.chassis.call import Call
from services.chassis.faults import AnswerTooLarge, DeadlinePassed, RequestMalformed
from services.chassis.rpc.table import Requests, ServerStream, Unary
from services.chassis.rpc.validation import collect_violations, refuse_bad_form

Sent = TypeVar("Sent")
Answer = TypeVar("Answer")

Admitted: TypeAlias = Callable[[Sent, Call], Awaitable[Answer]]
"""A step of a call that was let in: from what was sent to what is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a server stream was asked, and where its answers go."""

    raw: bytes
    write: Callable[[bytes], Awaitable[None]]
    """Returns once there is room for more: whoever reads slowly is written to slowly."""


class Coding:
    """The messages of one RPC as bytes."""

    def __init__(self, method: MethodDescriptor, /, *, message_bytes_max: int) -> None:
        self._method = f"{method.containing_service.full_name}/{method.name}"
        self._request_class = GetMessageClass(method.input_type)
        self._request_type = method.input_type.full_name
        self._answer_type = method.output_type
        self._message_bytes_max = message_bytes_max
        # Compiles the rules of the message, which takes milliseconds: now rather than in the first call.
        collect_violations(self._request_class())

    def decode(self, raw: bytes, /) -> Message:
        """Decode a request that keeps the rules of its proto.

        Raises:
            RequestMalformed: The bytes are no such message.
            InvalidField: It breaks rules.
        """
        try:
            request = self._request_class.FromString(raw)
        except DecodeError:
            raise RequestMalformed(message_type=self._request_type) from None
        refuse_bad_form(request)
        return request

    def encode(self, answer: Message, /) -> bytes:
        """Encode an answer.

        Raises:
            AnswerTooLarge: It does not fit a message.
            TypeError: It is the answer of another RPC, which is a defect of the program.
        """
        if answer.DESCRIPTOR is not self._answer_type:
            raise TypeError(f"{self._method} must answer {self._answer_type.full_name}.")
        encoded = answer.SerializeToString()
        if len(encoded) > self._message_bytes_max:
            raise AnswerTooLarge(answer_bytes=len(encoded), message_bytes_max=self._message_bytes_max)
        return encoded


def unary(rpc: Unary, /, *, coding: Coding) -> Admitted[bytes, bytes]:
    """Answer one request."""

    async def answer(raw: bytes, call: Call) -> bytes:
        return coding.encode(await rpc(coding.decode(raw), call))

    return answer


def server_stream(rpc: ServerStream, /, *, coding: Coding) -> Admitted[Asked, None]:
    """Write answers as long as the RPC has some; the next is asked for when the last has found room."""

    async def answer(asked: Asked, call: Call) -> None:
        async with aclosing(rpc(coding.decode(asked.raw), call)) as answers:
            async for message in answers:
                await asked.write(coding.encode(message))

    return answer


def client_stream(
    rpc: Unary, /, *, coding: Coding, silent_seconds_max: float
) -> Admitted[AsyncIterator[bytes], bytes]:
    """Answer many requests with one message.

    Args:
        rpc: Gets an iterator of the requests. How it reads is the pace: the caller can send no faster.
        coding: Of the RPC.
        silent_seconds_max: A caller from whom nothing comes for so long is given up.
    """

    async def answer(raws: AsyncIterator[bytes], call: Call) -> bytes:
        return coding.encode(await rpc(_decoded(raws, coding, silent_seconds_max), call))

    return answer


async def _decoded(raws: AsyncIterator[bytes], coding: Coding, silent_seconds_max: float) -> Requests:
    while True:
        try:
            async with asyncio.timeout(silent_seconds_max):
                raw = await anext(raws)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise DeadlinePassed(
                f"No message came for {silent_seconds_max:g} s. What was written stays; "
                "send everything again with the same request ids."
            ) from None
        yield coding.decode(raw)
