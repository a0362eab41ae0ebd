from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from linli.points.v1 import leaderboard_pb2, reward_pb2
from sqlalchemy import delete, insert, update

from services.chassis.faults import Fault, InvalidField, NotCaughtUp
from services.chassis.rpc.table import RpcTable
from services.chassis.sql.database import Database
from services.chassis.tables import dirty_positions, dirty_subjects, jobs
from services.points.api.leaderboard import leaderboard_service
from services.points.api.reward import reward_service
from services.points.jobs.execute_reward_run import execute_reward_run
from services.points.storage.board_tables import reward_runs
from services.points.usecases.execute_run import JOB
from tests.integration.databases import count
from tests.integration.points.house import ask, define, framed, open_points, receive_up_to, runner, score

SCORES = {f"m{number}": 10_000 - 1_000 * number for number in range(1, 6)}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """The service with a board of the district and five members on it."""

    database: Database
    rewards: RpcTable
    boards: RpcTable
    board_id: str

    def plan(self, *bands: tuple[int, int, int], **fields: Any) -> reward_pb2.PlanRunRequest:
        given = bands or ((1, 1, 500_000), (2, 3, 200_000))
        request = {"request_id": "plan-1", "board_id": self.board_id, "period_id": "2025", **fields}
        return reward_pb2.PlanRunRequest(
            bands=[
                reward_pb2.RewardBand(first_place=first, last_place=last, amount_fen=fen)
                for first, last, fen in given
            ],
            **request,
        )

    async def planned(self, *bands: tuple[int, int, int], **fields: Any) -> reward_pb2.RewardRun:
        written = (await ask(self.rewards, self.plan(*bands, **fields))).written
        return await self.run(written.id)

    async def run(self, run_id: str) -> reward_pb2.RewardRun:
        run: reward_pb2.RewardRun = (await ask(self.rewards, reward_pb2.GetRunRequest(run_id=run_id))).run
        return run

    async def approve(self, run: reward_pb2.RewardRun, *, by: str = "second", digest: str = "") -> None:
        request = reward_pb2.ApproveRunRequest(
            request_id="approve-1", run_id=run.run_id, digest=digest or run.digest
        )
        await ask(self.rewards, request, by=by)

    async def execute(self, run: reward_pb2.RewardRun, *, request_id: str = "execute-1") -> str:
        request = reward_pb2.ExecuteRunRequest(request_id=request_id, run_id=run.run_id)
        job_id: str = (await ask(self.rewards, request)).written.id
        return job_id

    async def receipt(self, run: reward_pb2.RewardRun) -> reward_pb2.Receipt:
        answer = await ask(self.rewards, reward_pb2.GetReceiptRequest(run_id=run.run_id))
        receipt: reward_pb2.Receipt = answer.receipt
        return receipt


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    async with open_points(database_url) as opened:
        yield opened


@pytest.fixture
async def house(database: Database) -> AsyncGenerator[House]:
    board_id = await define(database)
    await settle_scores(database, SCORES)
    async with framed(database) as frame:
        yield House(
            database=database,
            rewards=reward_service(frame).rpcs,
            boards=leaderboard_service(frame).rpcs,
            board_id=board_id,
        )


async def settle_scores(database: Database, scores: Mapping[str, int]) -> None:
    """Let members stand, with every mark computed."""
    await score(database, scores)
    async with database.write() as connection:
        await connection.execute(delete(dirty_positions))
        await connection.execute(delete(dirty_subjects))


async def mark_dirty(database: Database, *, log: str, position: int) -> None:
    async with database.write() as connection:
        now = await database.now(connection)
        subject = {"subject": "member:m1", "attempts": 0, "retry_at": now, "error": ""}
        await connection.execute(insert(dirty_subjects).values(subject))
        await connection.execute(
            insert(dirty_positions).values(subject="member:m1", log=log, position=position)
        )


class TestAPlan:
    async def test_freezes_who_gets_what_in_the_order_of_places(self, house: House) -> None:
        await receive_up_to(house.database, events=7)
        run = await house.planned(budget_fen=900_000)
        assert [(line.line, line.place, line.member_id, line.amount_fen) for line in run.lines] == [
            (1, 1, "m1", 500_000),
            (2, 2, "m2", 200_000),
            (3, 3, "m3", 200_000),
        ]
        assert run.state == reward_pb2.RUN_STATE_PLANNED
        assert {line.state for line in run.lines} == {reward_pb2.LINE_STATE_PLANNED}
        assert (run.total_fen, len(run.digest), run.planned_by) == (900_000, 64, "member:first")
        assert dict(run.freshness.positions) == {"events": 7}
        assert run.freshness.tie_policy == "WISHES_FULFILLED, COUNTED_MINUTES, EARLIEST_REACHED"

    async def test_stays_as_it_is_when_the_board_moves(self, house: House) -> None:
        before = await house.planned()
        await settle_scores(house.database, {"m5": 99_000})
        assert await house.run(before.run_id) == before

    async def test_asked_for_again_is_the_same_run(self, house: House) -> None:
        first = await house.planned()
        await settle_scores(house.database, {"m5": 99_000})
        assert await house.planned() == first
        assert await count(house.database, reward_runs) == 1

    async def test_has_fewer_lines_where_fewer_stand_than_bands_cover(self, house: House) -> None:
        run = await house.planned((1, 3, 200), (4, 20, 100))
        assert [line.amount_fen for line in run.lines] == [200, 200, 200, 100, 100]

    async def test_waits_until_the_board_reflects_what_is_asked(self, house: House) -> None:
        await receive_up_to(house.database, events=7)
        await mark_dirty(house.database, log="events", position=6)
        await house.planned(at_least={"events": 5})
        with pytest.raises(NotCaughtUp):
            await ask(house.rewards, house.plan(request_id="plan-2", at_least={"events": 6}), seconds=0.2)
        assert await count(house.database, reward_runs) == 1

    async def test_within_bands_ignores_ties(self, house: House) -> None:
        await settle_scores(house.database, {"m3": SCORES["m2"]})
        run = await house.planned()
        assert [(line.place, line.member_id) for line in run.lines] == [(1, "m1"), (2, "m2"), (2, "m3")]

    @pytest.mark.parametrize(
        ("bands", "field"),
        [
            (((2, 3, 1),), "bands[0].first_place"),
            (((1, 3, 1), (3, 4, 1)), "bands[1].first_place"),
            (((1, 3, 1), (5, 6, 1)), "bands[1].first_place"),
            (((1, 3, 1), (4, 3, 1)), "bands[1].last_place"),
        ],
        ids=["late start", "overlap", "gap", "reversed"],
    )
    async def test_is_refused_for_malformed_bands(
        self, house: House, bands: tuple[tuple[int, int, int], ...], field: str
    ) -> None:
        with pytest.raises(InvalidField) as refused:
            await house.planned(*bands)
        assert (refused.value.reason, refused.value.violations[0].place) == ("BANDS_MALFORMED", field)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"budget_fen": 899_999}, "OVER_BUDGET"),
            ({"period_id": "2024"}, "BOARD_EMPTY"),
            ({"period_id": "2025-Q1"}, "PERIOD_MALFORMED"),
            ({"scope_id": "north"}, "SCOPE_MISMATCH"),
            ({"board_id": "nobody"}, "BOARD_UNKNOWN"),
        ],
    )
    async def test_is_refused(self, house: House, fields: dict[str, Any], reason: str) -> None:
        with pytest.raises(Fault) as refused:
            await house.planned(**fields)
        assert refused.value.reason == reason
        assert await count(house.database, reward_runs) == 0

    async def test_is_refused_when_equals_stand_across_the_end_of_a_band(self, house: House) -> None:
        await settle_scores(house.database, {"m4": SCORES["m3"]})
        with pytest.raises(Fault) as refused:
            await house.planned()
        assert refused.value.reason == "TIE_AT_CUTOFF"
        assert refused.value.metadata == {"place": "3", "last_place": "3"}


class TestApproval:
    async def test_by_a_second_person_is_kept(self, house: House) -> None:
        run = await house.planned()
        await house.approve(run)
        approved = await house.run(run.run_id)
        assert (approved.state, approved.approved_by) == (reward_pb2.RUN_STATE_APPROVED, "member:second")
        assert approved.HasField("approved_at")

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [({"by": "first"}, "SAME_PERSON"), ({"digest": "0" * 64}, "DIGEST_MISMATCH")],
    )
    async def test_is_refused(self, house: House, fields: dict[str, str], reason: str) -> None:
        run = await house.planned()
        with pytest.raises(Fault) as refused:
            await house.approve(run, **fields)
        assert refused.value.reason == reason
        assert await house.run(run.run_id) == run

    async def test_of_an_unknown_run_is_refused(self, house: House) -> None:
        with pytest.raises(Fault) as refused:
            await house.approve(reward_pb2.RewardRun(run_id="nobody", digest="0" * 64))
        assert refused.value.reason == "RUN_UNKNOWN"


class TestExecution:
    async def test_issues_what_was_approved_and_gives_a_receipt(self, house: House) -> None:
        run = await house.planned()
        await house.approve(run)
        await house.execute(run)
        assert (await house.run(run.run_id)).state == reward_pb2.RUN_STATE_EXECUTING
        assert await runner(house.database, {JOB: execute_reward_run}).run_step()
        receipt = await house.receipt(run)
        assert receipt.digest_matches
        assert (receipt.plan_digest, receipt.issued_fen) == (run.digest, 900_000)
        assert receipt.run.state == reward_pb2.RUN_STATE_EXECUTED
        assert receipt.run.HasField("executed_at")
        assert {line.state for line in receipt.run.lines} == {reward_pb2.LINE_STATE_ISSUED}
        assert len({line.reward_id for line in receipt.run.lines}) == 3

    async def test_asked_for_again_is_the_same_job(self, house: House) -> None:
        run = await house.planned()
        await house.approve(run)
        assert await house.execute(run) == await house.execute(run)
        assert await count(house.database, jobs) == 1

    @pytest.mark.parametrize("approved", [False, True], ids=["not approved", "begun before"])
    async def test_is_refused_where_it_cannot_begin(self, house: House, approved: bool) -> None:
        run = await house.planned()
        if approved:
            await house.approve(run)
            await house.execute(run)
        with pytest.raises(Fault) as refused:
            await house.execute(run, request_id="execute-2")
        assert refused.value.reason == "WRONG_STATE"
        assert await count(house.database, jobs) == int(approved)

    async def test_whose_job_was_given_up_can_be_begun_again(self, house: House) -> None:
        run = await house.planned()
        await house.approve(run)
        await house.execute(run)
        async with house.database.write() as connection:
            await connection.execute(update(jobs).values(state="FAILED", open=False))
        await house.execute(run, request_id="execute-2")
        assert await runner(house.database, {JOB: execute_reward_run}).run_step()
        assert (await house.receipt(run)).issued_fen == 900_000

    async def test_has_no_receipt_before_its_end(self, house: House) -> None:
        run = await house.planned()
        await house.approve(run)
        await house.execute(run)
        with pytest.raises(Fault) as refused:
            await house.receipt(run)
        assert refused.value.reason == "NOT_EXECUTED"


class TestReadingBoards:
    async def test_tells_places_and_how_many_stand(self, house: House) -> None:
        request = leaderboard_pb2.GetTopRequest(board_id=house.board_id, period_id="2025", limit=2)
        top = await ask(house.boards, request)
        assert [(place.place, place.member_id, place.score_milli) for place in top.places] == [
            (1, "m1", 9_000),
            (2, "m2", 8_000),
        ]
        assert top.standings == 5

    async def test_tells_where_a_member_stands(self, house: House) -> None:
        request = leaderboard_pb2.GetRankRequest(board_id=house.board_id, period_id="2025", member_id="m4")
        rank = await ask(house.boards, request)
        assert (rank.place.place, rank.standings) == (4, 5)
        request.member_id = "nobody"
        with pytest.raises(Fault) as refused:
            await ask(house.boards, request)
        assert refused.value.reason == "NOT_ON_BOARD"

    async def test_lists_boards_by_code_page_after_page(self, house: House) -> None:
        for code in ("c", "B", "a"):
            await define(house.database, code=code)
        request = leaderboard_pb2.ListBoardsRequest(page_size=3)
        first = await ask(house.boards, request)
        request.page_token = first.next_page_token
        second = await ask(house.boards, request)
        codes = [board.code for board in (*first.boards, *second.boards)]
        assert (codes, second.next_page_token) == (["B", "a", "board", "c"], "")
