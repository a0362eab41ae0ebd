import asyncio
import signal
from typing import Final

STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


async def wait_for_stop() -> signal.Signals:
    """Wait until somebody asks this process to stop (SIGTERM, Ctrl-C).

    A second signal then ends the process the hard way, as without this.
    """
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[signal.Signals] = loop.create_future()

    def ask(number: signal.Signals) -> None:
        if not asked.done():
            asked.set_result(number)

    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, ask, number)
    try:
        return await asked
    finally:
        for number in STOP_SIGNALS:
            loop.remove_signal_handler(number)
