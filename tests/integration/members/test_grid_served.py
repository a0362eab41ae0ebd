from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.members.v1 import grid_pb2
from linli.members.v1.grid_pb2 import (
    BatchCloseNodesRequest,
    CloseNodeRequest,
    CountSubtreeRequest,
    GetNodeHistoryRequest,
    GetNodeRequest,
    ImportNodesRequest,
    ListAncestorsRequest,
    ListNodesRequest,
    MergeNodesRequest,
    MoveNodeRequest,
    NodeRow,
    RenameNodeRequest,
    SplitNodeRequest,
    SplitPart,
)

from services.chassis.ids import new_id
from tests.integration.members.neighbourhood import Neighbourhood, neighbourhood
from tests.integration.members.register import Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import Refusal, refusal, refused

JUNE = Timestamp(seconds=1_748_736_000)
MAY = Timestamp(seconds=JUNE.seconds - 86_400)
FEBRUARY = Timestamp(seconds=1_738_368_000)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def grid(register: Register) -> Neighbourhood:
    return await neighbourhood(register)


@pytest.fixture
async def client(tmp_path: Path, register: Register) -> AsyncIterator[Client]:
    async with (
        open_events(tmp_path, follower=register.database) as events,
        serving(register, events) as client,
    ):
        yield client


def a(request: type[Message], **stated: Any) -> Any:
    """Make a request of June with an id of its own."""
    return request(**{"request_id": new_id(), "occurred_at": JUNE, **stated})


class TestTheGridOverTime:
    async def test_answers_as_it_was(self, client: Client, grid: Neighbourhood) -> None:
        await client.grid.MoveNode(a(MoveNodeRequest, node_id=grid["c1"], parent_id=grid["s2"]))
        await client.grid.RenameNode(a(RenameNodeRequest, node_id=grid["s2"], name="新街道", reason="合并"))
        for as_of, codes, name in ((MAY, ["c3", "s2"], "s2"), (JUNE, None, "新街道"), (None, None, "新街道")):
            asked: dict[str, Any] = {"as_of": as_of} if as_of else {}
            listed = await client.grid.ListNodes(ListNodesRequest(ancestor_id=grid["s2"], **asked))
            found = [each.code for each in listed.nodes]
            assert found == (codes or ["a1", "a2", "b1", "c1", "c3", "s2"])
            node = (await client.grid.GetNode(GetNodeRequest(node_id=grid["s2"], **asked))).node
            assert node.name == name
            above = await client.grid.ListAncestors(ListAncestorsRequest(node_id=grid["c3"], **asked))
            assert [each.name for each in above.nodes] == ["d", name, "c3"]
        everything = await client.grid.ListNodes(ListNodesRequest(as_of=MAY, page_size=2))
        assert [each.code for each in everything.nodes] == ["a1", "a2"]
        again = ListNodesRequest(as_of=MAY, page_size=2, page_token=everything.next_page_token)
        assert [each.code for each in (await client.grid.ListNodes(again)).nodes] == ["b1", "c1"]

    async def test_tells_the_history_of_a_node(self, client: Client, grid: Neighbourhood) -> None:
        await client.grid.RenameNode(a(RenameNodeRequest, node_id=grid["c1"], name="和谐", occurred_at=MAY))
        part = SplitPart(code="c9", name="九", child_ids=[grid["a1"]])
        await client.grid.SplitNode(a(SplitNodeRequest, node_id=grid["c1"], parts=[part]))
        told = await client.grid.GetNodeHistory(GetNodeHistoryRequest(node_id=grid["c1"]))
        assert [each.name for each in told.placements] == ["c1", "和谐"]
        assert told.placements[0].effective_until == told.placements[1].effective_from == MAY
        assert not told.placements[1].HasField("effective_until")
        (successor,) = told.successors
        assert (successor.kind, successor.effective_at) == (grid_pb2.NODE_SUCCESSION_KIND_SPLIT, JUNE)
        other = await client.grid.GetNodeHistory(GetNodeHistoryRequest(node_id=successor.node_id))
        assert ([each.node_id for each in other.predecessors], other.node.code) == ([grid["c1"]], "c9")

    async def test_counts_what_is_below(
        self, client: Client, grid: Neighbourhood, register: Register
    ) -> None:
        await register.enrolled("m1", "m2", community_id=grid["c1"])
        await client.grid.MergeNodes(a(MergeNodesRequest, survivor_id=grid["c3"], merged_ids=[grid["c1"]]))

        async def counted(code: str, as_of: Timestamp | None) -> tuple[dict[int, int], int | None]:
            answer = await client.grid.CountSubtree(CountSubtreeRequest(node_id=grid[code], as_of=as_of))
            enrolled = answer.enrolled if answer.HasField("enrolled") else None
            return {each.level: each.nodes for each in answer.nodes}, enrolled

        assert await counted("s1", MAY) == ({3: 2, 4: 2, 5: 1}, 2)
        assert await counted("s1", JUNE) == ({3: 1}, 0)
        assert await counted("s2", None) == ({3: 1, 4: 2, 5: 1}, 2)
        assert await counted("d", None) == ({2: 2, 3: 2, 4: 2, 5: 1}, 2)
        assert await counted("a1", None) == ({5: 1}, None)

    async def test_refuses_with_the_codes_of_the_contract(self, client: Client, grid: Neighbourhood) -> None:
        move = client.grid.MoveNode(a(MoveNodeRequest, node_id=grid["s1"], parent_id=grid["b1"]))
        assert await refused(move) == Refusal(
            code=StatusCode.FAILED_PRECONDITION, reason="MOVED_UNDER_ITSELF", fields=("parent_id",)
        )
        close = client.grid.CloseNode(a(CloseNodeRequest, node_id=grid["c1"]))
        assert (await refused(close)).reason == "NODE_IN_USE"
        reads = [
            client.grid.GetNode(GetNodeRequest(node_id=grid["c1"], as_of=FEBRUARY)),
            client.grid.ListNodes(ListNodesRequest(ancestor_id=grid["c1"], as_of=FEBRUARY)),
            client.grid.ListAncestors(ListAncestorsRequest(node_id=grid["c1"], as_of=FEBRUARY)),
            client.grid.CountSubtree(CountSubtreeRequest(node_id=grid["c1"], as_of=FEBRUARY)),
        ]
        for read in reads:
            said = await refused(read)
            assert (said.code, said.reason) == (StatusCode.NOT_FOUND, "NODE_NOT_THEN")
        unknown = client.grid.GetNodeHistory(GetNodeHistoryRequest(node_id="nobody"))
        assert (await refused(unknown)).reason == "NODE_UNKNOWN"

    async def test_blames_the_field_that_makes_no_sense(self, client: Client) -> None:
        for request, field in (
            (a(SplitNodeRequest, node_id="x"), "parts"),
            (a(MergeNodesRequest, survivor_id="x"), "merged_ids"),
            (a(MergeNodesRequest, survivor_id="x", merged_ids=["y", "y"]), "merged_ids"),
            (a(RenameNodeRequest, node_id="x", name="名" * 300), "name"),
            (a(RenameNodeRequest, node_id="x", name="y", reason="z" * 501), "reason"),
            (a(MoveNodeRequest, node_id="x"), "parent_id"),
            (a(CloseNodeRequest, node_id="x", occurred_at=Timestamp(seconds=2**36)), "occurred_at"),
        ):
            rpc = getattr(client.grid, type(request).__name__.removesuffix("Request"))
            refusal = await refused(rpc(request))
            assert (refusal.code, {*refusal.fields}) == (StatusCode.INVALID_ARGUMENT, {field})

    async def test_tries_without_writing(
        self, client: Client, grid: Neighbourhood, register: Register
    ) -> None:
        facts = len(await register.facts())
        merged = a(MergeNodesRequest, survivor_id=grid["c3"], merged_ids=[grid["c1"]], dry_run=True)
        written = (await client.grid.MergeNodes(merged)).written
        assert (written.id, dict(written.positions)) == (grid["c3"], {"members": 0})
        part = SplitPart(code="c9", name="九")
        split = a(SplitNodeRequest, node_id=grid["c1"], parts=[part], dry_run=True)
        assert (await client.grid.SplitNode(split)).written.id == grid["c1"]
        item = a(CloseNodeRequest, node_id=grid["c2"])
        (tried,) = (
            await client.grid.BatchCloseNodes(BatchCloseNodesRequest(items=[item], dry_run=True))
        ).results
        assert tried.written.id == grid["c2"]
        assert len(await register.facts()) == facts
        merged.dry_run = False
        assert (await client.grid.MergeNodes(merged)).written.positions["members"] > facts


class TestImporting:
    async def test_answers_row_by_row_and_the_second_time_without_positions(
        self, client: Client, register: Register
    ) -> None:
        def rows() -> list[NodeRow]:
            return [
                a(NodeRow, code="d", name="川汇区", level=1),
                a(NodeRow, code="s1", name="街道", level=2, parent_code="d"),
                a(NodeRow, code="c1", name="", level=3, parent_code="s1"),
                a(NodeRow, code="c2", name="社区", level=3, parent_code="s9"),
            ]

        first = await client.grid.ImportNodes(ImportNodesRequest(items=rows()))
        assert [each.WhichOneof("outcome") for each in first.results] == ["written"] * 2 + ["refused"] * 2
        assert [refusal(each.refused).fields for each in first.results[2:]] == [("name",), ("parent_code",)]
        assert dict(first.positions) == {"members": 2}
        again = await client.grid.ImportNodes(ImportNodesRequest(items=rows()[:2]))
        assert [each.written.id for each in again.results] == [each.written.id for each in first.results[:2]]
        assert not any(each.written.positions for each in again.results)
        assert len(await register.facts()) == 2

    async def test_takes_a_file_of_ten_thousand_rows(self, client: Client, register: Register) -> None:
        rows = [a(NodeRow, code="d", name="d", level=1)]
        rows += [
            a(NodeRow, code=f"s{number}", name="街", level=2, parent_code="d") for number in range(9_999)
        ]
        answer = await client.grid.ImportNodes(ImportNodesRequest(items=rows), timeout=60)
        assert dict(answer.positions) == {"members": 10_000}
        assert len(await register.facts()) == 10_000
