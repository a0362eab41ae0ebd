from pathlib import Path

import pytest

from services.chassis.call import Caller, CallerKind
from services.console.answering import answering
from services.console.faults import CallRefused

NOBODY = Caller(kind=CallerKind.SERVICE, id="test")


async def test_a_server_that_is_not_there_stops_a_command_with_one_clear_message(tmp_path: Path) -> None:
    nowhere = f"unix:{tmp_path}/nobody"
    with pytest.raises(CallRefused, match=f"No server answers at {nowhere}"):
        async with answering({"members": nowhere, "points": nowhere}, caller=NOBODY, only=["points"]):
            pass
