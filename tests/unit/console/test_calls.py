from pathlib import Path

import pytest
from grpc import aio

from services.console.calls import must_answer
from services.console.faults import CallRefused


async def test_a_server_that_is_not_there_stops_a_command_with_one_clear_message(tmp_path: Path) -> None:
    async with aio.insecure_channel(f"unix:{tmp_path}/nobody") as channel:
        with pytest.raises(CallRefused, match="No server answers there"):
            await must_answer({"members": channel})
