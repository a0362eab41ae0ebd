import re
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import pytest

from services.chassis import faults as chassis_faults
from services.chassis.faults import CannotStart, Fault, InvalidField
from services.chassis.rpc.codes import CODES as CHASSIS_CODES
from services.chassis.setting_sources import PER_SERVICE, READERS
from services.chassis.sql import faults as database_faults
from services.console import faults as console_faults
from services.console.demo import faults as demo_faults
from services.console.replay import faults as replay_faults
from tests.architecture.contract import SERVICES, descriptors, fault_modules, faults_in, named_refusals, rpcs
from tests.architecture.tools import ROOT


def room(service: str, name: str) -> Any:
    return import_module(f"services.{service}.{name}")


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text("utf-8")


def rows(text: str, *, under: str) -> list[str]:
    """The rows of the tables under a heading."""
    section = text.partition(f"\n## {under}")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def words_in_code(lines: list[str]) -> set[str]:
    return {word for line in lines for word in re.findall(r"`([A-Za-z_]+)`", line)}


@pytest.mark.parametrize("service", SERVICES)
class TestAService:
    def test_says_of_every_rpc_who_may_call_it(self, service: str) -> None:
        assert set(room(service, "api.access").ACCESS) == rpcs(service)

    def test_gives_each_of_its_faults_a_status_code(self, service: str) -> None:
        assert set(room(service, "api.codes").CODES) == {
            kind for module in fault_modules(service) for kind in faults_in(module)
        }

    def test_refuses_with_the_reasons_and_codes_that_the_contract_names(self, service: str) -> None:
        codes = {**CHASSIS_CODES, **room(service, "api.codes").CODES}
        decided = {(code.name, fault.reason) for fault, code in codes.items()}
        named = named_refusals(service)
        assert named
        assert named - decided == set()

    def test_has_no_fault_that_the_contract_does_not_name(self, service: str) -> None:
        # Of a field that makes no sense the contract tells the rule; the reason adds nothing to it.
        own = {each for each in room(service, "api.codes").CODES if not issubclass(each, InvalidField)}
        assert {each.reason for each in own} - {reason for _, reason in named_refusals(service)} == set()

    def test_lists_its_rpcs_in_its_readme(self, service: str) -> None:
        listed = words_in_code(rows(readme(service), under="RPCs"))
        methods = {method.name for each in descriptors(service) for method in each.methods}
        named = listed & {*methods, *(each.name for each in descriptors(service))}
        assert {each.name for each in descriptors(service)} <= named
        # Of a write that has a batch form, naming the one is naming both.
        assert {name for name in methods if not name.startswith("Batch")} <= named

    def test_lists_the_facts_it_states_in_its_readme(self, service: str) -> None:
        facts = import_module(f"linli.{service}.v1.facts_pb2")
        stated = {name for name in facts.DESCRIPTOR.message_types_by_name if name.endswith("Fact")}
        assert stated <= words_in_code(rows(readme(service), under="Facts"))

    def test_says_in_its_readme_what_can_be_set(self, service: str) -> None:
        section = readme(service).partition("\n## Settings")[2]
        assert all(f"[{service}] {name}" in section for name in PER_SERVICE)


TREES: dict[str, list[ModuleType]] = {
    "services.console.demo": [demo_faults],
    "services.console.replay": [replay_faults],
    "services.console": [console_faults],
    "services.chassis.sql": [database_faults],
    "services.chassis": [chassis_faults],
    **{f"services.{service}": fault_modules(service) for service in SERVICES},
}
"""By the package whose faults each draws; the first that fits a module."""


def every_kind() -> set[type[Exception]]:
    """Every refusal that any module defines."""
    for _, name, _ in walk_packages([str(ROOT / "services")], prefix="services."):
        if "migrations" not in name and not name.endswith("__main__"):
            import_module(name)
    found: set[type[Exception]] = set()
    waiting: list[type[Exception]] = [Fault, CannotStart]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found.add(kind)
    return {kind for kind in found if kind.__module__.startswith("services.")}


def drawn_in(modules: list[ModuleType]) -> set[str]:
    """The names in the trees of modules' docstrings, their roots included."""
    drawn = "\n".join(module.__doc__ or "" for module in modules)
    return set(re.findall(r"^(?:[│ ]*[├└]── )?([A-Z][a-z]\w+)(?:$|  )", drawn, re.MULTILINE))


class TestTheTreesOfFaults:
    def test_show_every_refusal_where_a_reader_looks_for_it(self) -> None:
        missing = {
            f"{kind.__module__}.{kind.__name__}"
            for kind in every_kind()
            for tree in [next(t for package, t in TREES.items() if kind.__module__.startswith(package))]
            if kind.__name__ not in drawn_in(tree)
        }
        assert missing == set()

    def test_show_nothing_that_is_not_there(self) -> None:
        names = {kind.__name__ for kind in every_kind()}
        assert {name for tree in TREES.values() for name in drawn_in(tree)} - names == set()

    def test_of_the_chassis_have_a_status_code_for_each(self) -> None:
        assert set(CHASSIS_CODES) == faults_in(chassis_faults)


class TestTheTableOfSettings:
    def test_has_every_setting_and_no_other(self) -> None:
        text = (ROOT / "README.md").read_text("utf-8").partition("\n### Settings")[2].partition("\n## ")[0]
        named = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
        listed = {word for cell in named for word in re.findall(r"(?:`|\] )([a-z_]+)`", cell)}
        assert listed == {*READERS, *PER_SERVICE}
