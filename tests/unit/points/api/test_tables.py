from collections.abc import Collection
from enum import StrEnum
from typing import Any

import pytest
from linli.points.v1 import leaderboard_pb2, ledger_pb2, reward_pb2, rule_set_pb2

from services.chassis.faults import Fault
from services.chassis.rpc.access import Access
from services.points.api.access import ACCESS
from services.points.api.codes import CODES
from services.points.domain import faults
from services.points.domain.fact import Trigger
from services.points.domain.limit import LimitWindow
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import RuleSetState

CONTRACT = (rule_set_pb2, ledger_pb2, leaderboard_pb2, reward_pb2)


class TestTheTables:
    def test_give_every_fault_of_the_service_a_status_code(self) -> None:
        own = {each for each in vars(faults).values() if isinstance(each, type) and issubclass(each, Fault)}
        assert set(CODES) == {each for each in own if each.__module__ == faults.__name__}

    def test_say_of_every_rpc_who_may_call_it(self) -> None:
        rpcs = {
            f"{service.full_name}/{method.name}"
            for module in CONTRACT
            for service in module.DESCRIPTOR.services_by_name.values()
            for method in service.methods
        }
        assert set(ACCESS) == rpcs

    @pytest.mark.parametrize(
        "rpc", ["RuleService/CreateRuleSet", "RuleService/ApproveRuleSet", "RewardService/ApproveRun"]
    )
    def test_leave_what_takes_two_people_to_people(self, rpc: str) -> None:
        assert ACCESS[f"linli.points.v1.{rpc}"] is Access.PERSON


class TestTheContract:
    @pytest.mark.parametrize(
        ("enumeration", "prefix", "words"),
        [
            (rule_set_pb2.Trigger, "TRIGGER", Trigger),
            (rule_set_pb2.Currency, "CURRENCY", Currency),
            (rule_set_pb2.LimitWindow, "LIMIT_WINDOW", LimitWindow),
            (rule_set_pb2.RuleSetState, "RULE_SET_STATE", RuleSetState),
        ],
    )
    def test_has_the_words_of_the_domain(
        self, enumeration: Any, prefix: str, words: Collection[StrEnum]
    ) -> None:
        stated = {name.removeprefix(f"{prefix}_") for name, _ in enumeration.items()}
        assert stated == {"UNSPECIFIED", *(word.upper() for word in words)}
