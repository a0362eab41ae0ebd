import random
from typing import Any

import pytest

from tests.journeys.bad_input.client import CALLER, METHODS, Refusal
from tests.journeys.bad_input.district import (
    GRID,
    District,
)


class TestBytes:
    @pytest.mark.parametrize(("service", "method"), METHODS, ids=[f"{s.name}.{m.name}" for s, m in METHODS])
    def test_that_are_no_message_or_no_text_are_refused(
        self, district: District, service: Any, method: Any
    ) -> None:
        chance = random.Random(f"{service.name}/{method.name}")
        path = f"/{service.full_name}/{method.name}"
        broken = [chance.randbytes(chance.randrange(1, 400)) for _ in range(20)]
        broken += [b"\x0a\x02\xff\xfe", b"\x0a\xff\xff\xff\xff\x7f", b"\xff" * 50]
        for raw in broken:
            for caller in (CALLER, "member:fuzz"):
                answer = district.client.send(path, raw, caller=caller)
                if isinstance(answer, Refusal):
                    assert answer.code in {
                        "INVALID_ARGUMENT", "NOT_FOUND", "PERMISSION_DENIED", "FAILED_PRECONDITION"
                    }, (raw, answer)  # fmt: skip
                    assert answer.message

    def test_larger_than_a_message_may_be_are_refused(self, district: District) -> None:
        answer = district.client.send(f"/{GRID}/GetNode", b"\x0a" * (5 * 1024 * 1024))
        assert isinstance(answer, Refusal)
        assert answer.code == "RESOURCE_EXHAUSTED"
