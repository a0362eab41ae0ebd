"""Reads lists page by page, so that a long one needs no more memory than a page."""

from collections.abc import AsyncIterator, Callable
from typing import Any

from services.console.calls import PAGE_SIZE, PAGES_MAX, call
from services.console.faults import CallRefused
from services.console.lag import OPERATOR


async def pages(
    rpc: Any, ask: Callable[..., Any], *, caller: str = str(OPERATOR), **filters: Any
) -> AsyncIterator[Any]:
    """Give the answers of a list, one after the other.

    Args:
        rpc: The list, of a stub.
        ask: Makes its request, of `page_size`, `page_token` and filters.
        caller: Stated on each call.
        filters: The same for every page.
    """
    token = ""
    for _ in range(PAGES_MAX):
        request = ask(page_size=PAGE_SIZE, page_token=token, **filters)
        page: Any = await call(rpc, request, caller=caller)
        yield page
        token = page.next_page_token
        if not token:
            return
    raise CallRefused(f"{ask.__name__}: more than {PAGES_MAX} pages.")
