import asyncio
import os
import signal

import pytest

from services.chassis.stopping import wait_for_stop


class TestAStopSignal:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_ends_the_waiting(self, number: signal.Signals) -> None:
        waiting = asyncio.ensure_future(wait_for_stop())
        await asyncio.sleep(0)
        assert not waiting.done()
        os.kill(os.getpid(), number)
        assert await asyncio.wait_for(waiting, timeout=5) is number
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
