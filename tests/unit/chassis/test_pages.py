import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from linli.events.v1.activity_pb2 import ListActivitiesRequest
from linli.jobs.v1.jobs_pb2 import ListJobsRequest
from linli.points.v1.ledger_pb2 import ListEntriesRequest

from services.chassis.faults import InvalidField
from services.chassis.pages import PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, Page

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
INT64 = st.integers(-(2**63), 2**63 - 1)
MOMENTS = st.datetimes(timezones=st.just(timezone(timedelta(hours=8))))


def request(**fields: object) -> ListActivitiesRequest:
    return ListActivitiesRequest(**fields)  # type: ignore[arg-type]


def codes_after(after: tuple[object, ...] | None, *, limit: int) -> list[str]:
    codes = [f"A{number:03}" for number in range(120)]
    return [code for code in codes if after is None or (code,) > after][:limit]


class TestAPage:
    def test_has_fifty_rows_unless_asked_for_others_and_never_over_a_thousand(self) -> None:
        assert Page.of(request()).size == PAGE_SIZE_DEFAULT == 50
        assert Page.of(request(page_size=7)).size == 7
        assert Page.of(request(page_size=5000)).size == PAGE_SIZE_MAX == 1000

    def test_refuses_a_negative_size(self) -> None:
        with pytest.raises(InvalidField) as refusal:
            Page.of(request(page_size=-1))
        assert refusal.value.field == "page_size"

    @pytest.mark.parametrize("size", [1, 7, 40, 60, 119, 120, 121])
    def test_walks_the_whole_list_once_whatever_its_size(self, size: int) -> None:
        seen: list[str] = []
        token = ""
        for _ in range(121):
            page = Page.of(request(page_size=size, page_token=token))
            rows, token = page.cut(codes_after(page.after, limit=page.size + 1), key=lambda code: (code,))
            seen += rows
            if not token:
                break
        assert seen == codes_after(None, limit=120)
        assert not token

    def test_may_change_its_size_on_the_way(self) -> None:
        token = Page.of(request(page_size=3, community_id="c")).token(("A002",))
        assert Page.of(request(page_size=9, community_id="c", page_token=token)).after == ("A002",)


class TestAPageToken:
    @given(key=st.tuples(INT64, MOMENTS, TEXT))
    def test_gives_back_its_key(self, key: tuple[int, datetime, str]) -> None:
        token = Page.of(request()).token(key)
        after = Page.of(request(page_token=token), key=(int, datetime, str)).after
        assert after == key
        assert isinstance(after[1], datetime)
        assert after[1].tzinfo is UTC

    def test_does_not_mind_how_fresh_the_answer_must_be(self) -> None:
        token = Page.of(ListEntriesRequest(member_id="a", at_least={"events": 7})).token(("e1",))
        assert Page.of(ListEntriesRequest(member_id="a", page_token=token)).after == ("e1",)

    def test_is_refused_with_another_filter(self) -> None:
        token = Page.of(request(community_id="c1")).token(("A1",))
        with pytest.raises(InvalidField) as refusal:
            Page.of(request(community_id="c2", page_token=token))
        assert refusal.value.field == "page_token"

    def test_is_refused_by_another_list(self) -> None:
        token = Page.of(request()).token(("A1",))
        with pytest.raises(InvalidField):
            Page.of(ListJobsRequest(page_token=token))

    @given(position=st.integers(0, 30), flip=st.integers(1, 255))
    def test_is_refused_with_any_byte_changed(self, position: int, flip: int) -> None:
        raw = bytearray(base64.urlsafe_b64decode(Page.of(request()).token(("A123456789012345",))))
        raw[position] ^= flip
        with pytest.raises(InvalidField):
            Page.of(request(page_token=base64.urlsafe_b64encode(raw).decode()))

    @given(token=st.text(min_size=1, max_size=60))
    def test_is_refused_when_it_is_anything_else(self, token: str) -> None:
        with pytest.raises(InvalidField):
            Page.of(request(page_token=token))

    @pytest.mark.parametrize(
        "key", [("A1", "x"), (7,), (2**63,), (datetime(2025, 1, 1, tzinfo=UTC), 1), ("\0",)]
    )
    def test_is_refused_when_its_key_has_another_shape(self, key: tuple[str | int | datetime, ...]) -> None:
        token = Page.of(request()).token(key)
        with pytest.raises(InvalidField):
            Page.of(request(page_token=token))

    def test_is_not_made_longer_than_a_request_takes(self) -> None:
        with pytest.raises(ValueError, match="512"):
            Page.of(request()).token(("字" * 200,))
