"""Calls the services as another system does, through the generated stubs."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from google.rpc.error_details_pb2 import ErrorInfo
from linli.feed.v1.write_pb2 import WriteResult

CALLER = (("linli-caller", "service:journey"),)
SECONDS_MAX = 60
ITEMS_MAX = 1_000
PAGE_SIZE = 1_000
PAGES_MAX = 1_000

Item = TypeVar("Item")


def ask(rpc: Any, request: Any) -> Any:
    return rpc(request, timeout=SECONDS_MAX, metadata=CALLER)


def write(rpc: Any, batch: Callable[..., Any], items: Sequence[Item], **others: Any) -> list[WriteResult]:
    """Write many, in batches; one result for each, in order."""
    results: list[WriteResult] = []
    for start in range(0, len(items), ITEMS_MAX):
        answer = ask(rpc, batch(items=items[start : start + ITEMS_MAX], **others))
        results += answer.results
    return results


def every(rpc: Any, request: Callable[..., Any], rows: str, **filters: Any) -> list[Any]:
    """Read a list to its end."""
    found: list[Any] = []
    token = ""
    for _ in range(PAGES_MAX):
        page = ask(rpc, request(page_size=PAGE_SIZE, page_token=token, **filters))
        found += getattr(page, rows)
        token = page.next_page_token
        if not token:
            return found
    raise AssertionError("the list never ends")


def reasons(results: Iterable[WriteResult]) -> list[str]:
    """Name the outcome of each: the reason of a refusal, or WRITTEN."""
    return [_reason(each) for each in results]


def _reason(result: WriteResult) -> str:
    if result.HasField("written"):
        return "WRITTEN"
    for detail in result.refused.details:
        info = ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return f"code {result.refused.code}"
