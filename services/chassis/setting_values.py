"""Reads one setting from its text, or raises `Unfit`, which says what is wrong and what to do."""

import ipaddress
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SECRET_CHARACTERS_MIN = 32

Number = TypeVar("Number", int, float)
Choice = TypeVar("Choice", bound=StrEnum)


class Unfit(ValueError):  # noqa: N818 - an answer about a value, not an error of the program
    """A value does not fit its setting."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong, remedy)
        self.wrong = wrong
        self.remedy = remedy


def number(kind: type[Number], /, *, at_least: Number, at_most: Number) -> Callable[[str], Number]:
    def read(text: str) -> Number:
        remedy = f"Give a {'whole ' if kind is int else ''}number from {at_least} to {at_most}."
        try:
            value = kind(text)
        except ValueError:
            raise Unfit(f"{text!r} is not a {'whole ' if kind is int else ''}number.", remedy) from None
        if not at_least <= value <= at_most:
            raise Unfit(f"{text} is out of range.", remedy)
        return value

    return read


def choice(kind: type[Choice], /) -> Callable[[str], Choice]:
    def read(text: str) -> Choice:
        for each in kind:
            if each.lower() == text.lower():
                return each
        raise Unfit(f"{text!r} is not known.", f"Give one of {', '.join(kind)}.")

    return read


def switch(text: str, /) -> bool:
    match text.lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
        case _:
            raise Unfit(f"{text!r} is neither true nor false.", "Give true or false.")


def folder(text: str, /) -> Path:
    path = Path(text).expanduser()
    if "?" in text or "\0" in text:
        raise Unfit("The name has a character that a database address cannot hold.", "Choose another folder.")
    if path.exists() and not path.is_dir():
        raise Unfit(f"{text} is a file.", "Give a folder; it is made if it does not exist.")
    return path


def host(text: str, /) -> str:
    if text != "localhost":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise Unfit(
                f"{text!r} is not an address.", "Give an IP address of this machine, such as 127.0.0.1."
            ) from None
    return text


def is_loopback(address: str, /) -> bool:
    """Tell whether only this machine reaches an address that `host` has read."""
    return address == "localhost" or ipaddress.ip_address(address).is_loopback


def time_zone(text: str, /) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unfit(f"{text!r} is no time zone.", "Give an IANA name, such as Asia/Shanghai.") from None


def url(*schemes: str) -> Callable[[str], str]:
    """Read an address; it may hold a password, so no message repeats it."""

    def read(text: str) -> str:
        if not text.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise Unfit("The address has another form.", f"Begin it with {' or '.join(schemes)}, then ://.")
        return text

    return read


def target(text: str, /) -> str:
    name, _, port = text.rpartition(":")
    if not name or "/" in name or not port.isdecimal():
        raise Unfit(f"{text!r} names no server.", "Give host:port, such as 127.0.0.1:50051.")
    return text


def secret(text: str, /) -> bytes:
    if len(text) < SECRET_CHARACTERS_MIN:
        raise Unfit("The key is too short.", f"Give at least {SECRET_CHARACTERS_MIN} random characters.")
    return text.encode()
