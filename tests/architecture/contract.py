"""What the contract says: the RPCs of each service, and the refusals that its comments name."""

import re
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import grpc
from google.protobuf.descriptor import ServiceDescriptor

from services.chassis.faults import Fault
from tests.architecture.tools import ROOT

SERVICES = ("members", "events", "points")
STATUSES = frozenset(code.name for code in grpc.StatusCode)

_SERVICE = re.compile(r"((?:^//[^\n]*\n)*)^service \w+ \{\n(.*?)^\}", re.DOTALL | re.MULTILINE)
_WORD = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def protos(service: str) -> Iterator[tuple[str, ModuleType]]:
    """Each proto file of a service: its text and its generated module."""
    folder = ROOT / "proto" / "linli" / service / "v1"
    for path in sorted(folder.glob("*.proto")):
        yield path.read_text("utf-8"), import_module(f"linli.{service}.v1.{path.stem}_pb2")


def descriptors(service: str) -> list[ServiceDescriptor]:
    """The proto services of a service."""
    return [each for _, file in protos(service) for each in file.DESCRIPTOR.services_by_name.values()]


def rpcs(service: str) -> set[str]:
    """The RPCs of a service, as access tables name them."""
    return {f"{each.full_name}/{method.name}" for each in descriptors(service) for method in each.methods}


def named_refusals(service: str) -> set[tuple[str, str]]:
    """(status, reason) of every refusal that the comments over RPCs name; a reason follows its status."""
    found: set[tuple[str, str]] = set()
    for text, _ in protos(service):
        for above, body in _SERVICE.findall(text):
            for line in f"{above}{body}".splitlines():
                status = ""
                for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)*\b", line) if "//" in line else ():
                    if word in STATUSES:
                        status = word
                    elif _WORD.fullmatch(word):
                        found.add((status, word))
    return found


def fault_modules(service: str) -> list[ModuleType]:
    """The modules of a service that hold its faults: `faults`, and what is told apart from it."""
    paths = sorted((ROOT / "services" / service / "domain").glob("*faults.py"))
    return [import_module(f"services.{service}.domain.{path.stem}") for path in paths]


def faults_in(module: ModuleType) -> set[type[Fault]]:
    """The faults that a module defines."""
    kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, Fault)]
    return {kind for kind in kinds if kind.__module__ == module.__name__ and kind is not Fault}
