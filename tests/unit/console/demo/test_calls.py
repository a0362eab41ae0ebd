from decimal import Decimal
from pathlib import Path

import pytest
from grpc import aio
from rich.console import Console

from services.console.configuration import SERVICES
from services.console.demo.drive import run
from services.console.demo.faults import ScaleOutOfRange
from services.console.steps import Steps


class TestServerThatIsNotThere:
    async def test_is_not_even_asked_when_the_scale_makes_no_sense(self, tmp_path: Path) -> None:
        async with aio.insecure_channel(f"unix:{tmp_path}/nobody") as channel:
            with pytest.raises(ScaleOutOfRange):
                await run(
                    channels=dict.fromkeys(SERVICES, channel),
                    seed=1,
                    scale=Decimal(0),
                    steps=Steps(console=Console(quiet=True)),
                )
