from collections.abc import Collection
from enum import StrEnum
from typing import Any

import pytest
from linli.points.v1 import rule_set_pb2

from services.chassis.rpc.access import Access
from services.points.api.access import ACCESS
from services.points.domain.fact import Trigger
from services.points.domain.limit import LimitWindow
from services.points.domain.rule_set import Currency
from services.points.domain.timeline import RuleSetState


class TestTheAccessTable:
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
