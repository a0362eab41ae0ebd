"""Arguments and options that several commands have."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


class Service(StrEnum):
    MEMBERS = "members"
    EVENTS = "events"
    POINTS = "points"


DataDir: TypeAlias = Annotated[
    Path | None, typer.Option("--data-dir", help="The data folder. Default: linli-data.")
]
Target: TypeAlias = Annotated[
    str | None, typer.Option(help="Host and port of the server. Default: as serve wrote it.")
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
Language: TypeAlias = Annotated[
    str | None, typer.Option(help="zh-CN or en: what is said and written for people. Default: zh-CN.")
]
DatabaseUrl: TypeAlias = Annotated[
    str | None, typer.Option(help="postgresql://... of the one service named.")
]
RedisUrl: TypeAlias = Annotated[
    str | None, typer.Option(help="redis://... of the doorbell. Default: none, polling between processes.")
]
MetricsPort: TypeAlias = Annotated[
    int | None, typer.Option(help="Where Prometheus asks. Default: nowhere; 0: the system chooses.")
]
Keep: TypeAlias = Annotated[Path | None, typer.Option(help="Keep the data in this folder, or go on in it.")]
