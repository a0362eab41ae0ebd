"""What an export writes: a heading and rows that are read from the server while they are written."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.console.calls import PAGE_SIZE, PAGES_MAX, call
from services.console.faults import CallRefused
from services.console.lag import OPERATOR

WIDTH_OF_NAMES: Final = 16
WIDTH_OF_LONG_TEXTS: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    heading: Sequence[str]
    rows: AsyncIterator[Sequence[str]]
    rows_about: int = 0
    """How many rows there are about; 0 if nobody knows before the end."""
    widths: Sequence[int] = ()
    """Of the columns in Latin letters, where more than the heading needs."""


async def pages(rpc: Any, ask: Callable[..., Any], **filters: Any) -> AsyncIterator[Any]:
    """Read a list page by page."""
    token = ""
    for _ in range(PAGES_MAX):
        page: Any = await call(
            rpc, ask(page_size=PAGE_SIZE, page_token=token, **filters), caller=str(OPERATOR)
        )
        yield page
        token = page.next_page_token
        if not token:
            return
    raise CallRefused(f"{ask.__name__}: more than {PAGES_MAX} pages.")
