"""Work units, pairings and affiliations over the wire."""

from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import StatusCode
from linli.members.v1 import organisation_pb2 as units_pb2
from linli.members.v1 import pairing_pb2
from linli.members.v1.affiliation_pb2 import ChangeWorkUnitRequest, GetAffiliationRequest
from linli.members.v1.enrolment_pb2 import EnrolRequest
from linli.members.v1.member_pb2 import (
    MEMBER_TYPE_IN_SERVICE,
    CreateMemberRequest,
    ListMembersRequest,
)

from services.chassis.ids import new_id
from tests.integration.members.register import Events, Register, open_events, open_register
from tests.integration.members.serving import Client, serving
from tests.integration.serving import refusal, refused

MARCH = Timestamp(seconds=1_740_787_200)
JUNE = Timestamp(seconds=1_748_736_000)


@pytest.fixture
async def register(database_url: str) -> AsyncGenerator[Register]:
    async with open_register(database_url) as register:
        yield register


@pytest.fixture
async def events(tmp_path: Path, register: Register) -> AsyncGenerator[Events]:
    async with open_events(tmp_path, follower=register.database) as events:
        yield events


@pytest.fixture
async def client(register: Register, events: Events) -> AsyncIterator[Client]:
    async with serving(register, events) as client:
        yield client


async def a_unit(client: Client, code: str, **others: Any) -> str:
    stated = {"request_id": new_id(), "name": code, "occurred_at": MARCH, **others}
    written = await client.organisation.CreateWorkUnit(units_pb2.CreateWorkUnitRequest(code=code, **stated))
    return written.written.id


async def a_member(client: Client, code: str, work_unit_id: str) -> str:
    request = CreateMemberRequest(
        request_id=new_id(),
        code=code,
        name=code,
        member_type=MEMBER_TYPE_IN_SERVICE,
        work_unit_id=work_unit_id,
        occurred_at=MARCH,
    )
    return (await client.members.CreateMember(request)).written.id


async def get(client: Client, unit_id: str) -> units_pb2.WorkUnit:
    asked = units_pb2.GetWorkUnitRequest(work_unit_id=unit_id)
    return (await client.organisation.GetWorkUnit(asked)).work_unit


def merging(survivor_id: str, duplicate_id: str, **others: Any) -> units_pb2.MergeWorkUnitsRequest:
    stated = {"request_id": new_id(), "reason": "one office", "occurred_at": JUNE, **others}
    return units_pb2.MergeWorkUnitsRequest(survivor_id=survivor_id, duplicate_id=duplicate_id, **stated)


class TestTheOrganisationService:
    async def test_answers_what_was_stated(self, client: Client) -> None:
        code = units_pb2.ForeignCode(system="hr", code="17")
        office = await a_unit(client, "office", kind="WORK_UNIT_KIND_GOVERNMENT_ORGAN", foreign_codes=[code])
        bureau = await a_unit(client, "bureau", parent_id=office)
        found = await client.organisation.FindWorkUnit(units_pb2.FindWorkUnitRequest(foreign_code=code))
        assert found.work_unit == await get(client, office)
        assert found.work_unit.kind == units_pb2.WORK_UNIT_KIND_GOVERNMENT_ORGAN
        assert list(found.work_unit.foreign_codes) == [code]
        of_kind = units_pb2.ListWorkUnitsRequest(kind=units_pb2.WORK_UNIT_KIND_GOVERNMENT_ORGAN)
        for asked, codes in (
            (units_pb2.ListWorkUnitsRequest(parent_id=office), ["bureau"]),
            (of_kind, ["office"]),
            (units_pb2.ListWorkUnitsRequest(open_only=True), ["bureau", "office"]),
        ):
            listed = await client.organisation.ListWorkUnits(asked)
            assert [each.code for each in listed.work_units] == codes
        many = await client.organisation.BatchGetWorkUnits(
            units_pb2.BatchGetWorkUnitsRequest(work_unit_ids=[bureau, "nobody", office])
        )
        assert [each.code for each in many.work_units] == ["bureau", "office"]
        assert many.unknown_ids == ["nobody"]
        other = units_pb2.FindWorkUnitRequest(foreign_code=units_pb2.ForeignCode(system="tax", code="17"))
        assert (await refused(client.organisation.FindWorkUnit(other))).reason == "WORK_UNIT_UNKNOWN"

    async def test_changes_what_the_mask_names(self, client: Client) -> None:
        office = await a_unit(client, "office", kind="WORK_UNIT_KIND_SCHOOL")
        etag = (await get(client, office)).etag

        def request(*paths: str, **others: Any) -> units_pb2.UpdateWorkUnitRequest:
            return units_pb2.UpdateWorkUnitRequest(
                request_id=new_id(),
                work_unit_id=office,
                etag=etag,
                update_mask=FieldMask(paths=paths),
                **others,
            )

        update = client.organisation.UpdateWorkUnit
        assert (await refused(update(request("code")))).fields == ("update_mask",)
        assert (await refused(update(request()))).fields == ("update_mask",)
        assert (await refused(update(request("name")))).fields == ("name",)
        await update(request("kind", name="not meant"))
        after = await get(client, office)
        assert (after.name, after.kind) == ("office", units_pb2.WORK_UNIT_KIND_UNSPECIFIED)
        stale = await refused(update(request("name", name="late")))
        assert (stale.code, stale.reason) == (StatusCode.ABORTED, "ETAG_STALE")

    async def test_merges_and_forwards_whoever_asks(self, client: Client, register: Register) -> None:
        stays, goes = await a_unit(client, "stays"), await a_unit(client, "goes")
        await a_member(client, "m1", goes)
        before = len(await register.facts())
        planned = await client.organisation.MergeWorkUnits(merging(stays, goes, dry_run=True))
        assert (planned.would_change.members, planned.HasField("written")) == (1, False)
        assert len(await register.facts()) == before
        request = merging(stays, goes)
        merged = await client.organisation.MergeWorkUnits(request)
        assert await client.organisation.MergeWorkUnits(request) == merged
        assert (await get(client, goes)).code == "stays"
        listed = await client.organisation.ListWorkUnits(units_pb2.ListWorkUnitsRequest())
        assert [each.code for each in listed.work_units] == ["stays"]
        of_old = await client.members.ListMembers(ListMembersRequest(work_unit_id=goes))
        assert [each.code for each in of_old.members] == ["m1"]
        again = await refused(client.organisation.MergeWorkUnits(merging(goes, stays, dry_run=True)))
        assert (again.code, again.reason) == (StatusCode.INVALID_ARGUMENT, "SAME_WORK_UNIT")
        closing = units_pb2.CloseWorkUnitRequest(request_id=new_id(), work_unit_id=goes)
        assert (await refused(client.organisation.CloseWorkUnit(closing))).reason == "WORK_UNIT_IN_USE"

    async def test_brings_in_rows_and_tells_what_differs(self, client: Client) -> None:
        rows = [
            units_pb2.WorkUnitRow(request_id=new_id(), code="z", name="z", occurred_at=MARCH),
            units_pb2.WorkUnitRow(request_id=new_id(), code="a", name="a", parent_code="z"),
            units_pb2.WorkUnitRow(request_id=new_id(), code="z", name="other"),
            units_pb2.WorkUnitRow(request_id=new_id(), code="z", name="z"),
            units_pb2.WorkUnitRow(request_id=new_id(), code="", name="z"),
        ]
        answer = await client.organisation.ImportWorkUnits(units_pb2.ImportWorkUnitsRequest(items=rows))
        results = answer.results
        assert results[0].written.id == results[3].written.id
        assert not results[3].written.positions
        differs = refusal(results[2].refused)
        assert (differs.code, differs.reason, differs.fields) == (
            StatusCode.ALREADY_EXISTS,
            "WORK_UNIT_DIFFERS",
            ("name",),
        )
        assert set(refusal(results[4].refused).fields) == {"code"}


class TestThePairingService:
    async def test_lists_pairings_each_with_the_target_of_the_year(
        self, client: Client, register: Register
    ) -> None:
        community_id = await register.community()
        unit_id = await a_unit(client, "w1")

        def pairing(kind: pairing_pb2.PairingKind.ValueType, *years: int) -> pairing_pb2.CreatePairingRequest:
            return pairing_pb2.CreatePairingRequest(
                request_id=new_id(),
                work_unit_id=unit_id,
                community_id=community_id,
                kind=kind,
                occurred_at=MARCH,
                targets=[pairing_pb2.PairingTarget(year=year, deeds_min=4) for year in years],
            )

        first = pairing(pairing_pb2.PAIRING_KIND_ASSISTANCE, 2025, 2026)
        written = await client.pairings.CreatePairing(first)
        second = (
            await client.pairings.CreatePairing(pairing(pairing_pb2.PAIRING_KIND_JOINT_BUILDING))
        ).written.id
        taken = await refused(client.pairings.CreatePairing(pairing(pairing_pb2.PAIRING_KIND_ASSISTANCE)))
        assert (taken.code, taken.reason) == (StatusCode.ALREADY_EXISTS, "PAIRING_EXISTS")
        await client.pairings.EndPairing(
            pairing_pb2.EndPairingRequest(
                request_id=new_id(), pairing_id=second, occurred_at=JUNE, reason="agreed"
            )
        )
        whole = await client.pairings.GetPairing(pairing_pb2.GetPairingRequest(pairing_id=written.written.id))
        assert [each.year for each in whole.pairing.targets] == [2025, 2026]
        cases: list[tuple[dict[str, Any], list[str]]] = [
            ({"work_unit_id": unit_id}, [written.written.id]),
            ({"community_id": community_id, "year": 2025}, [written.written.id, second]),
            ({"year": 2024}, []),
            ({"as_of": MARCH, "kind": pairing_pb2.PAIRING_KIND_JOINT_BUILDING}, [second]),
            ({"as_of": JUNE}, [written.written.id]),
        ]
        for asked, expected in cases:
            listed = await client.pairings.ListPairings(pairing_pb2.ListPairingsRequest(**asked))
            assert [each.pairing_id for each in listed.pairings] == expected, asked
        of_year = await client.pairings.ListPairings(pairing_pb2.ListPairingsRequest(year=2026))
        assert [[each.year for each in one.targets] for one in of_year.pairings] == [[2026]]
        for unknown in (
            pairing_pb2.ListPairingsRequest(work_unit_id="nobody"),
            pairing_pb2.ListPairingsRequest(community_id="nowhere"),
        ):
            assert (await refused(client.pairings.ListPairings(unknown))).code == StatusCode.NOT_FOUND


class TestTheAffiliationService:
    async def test_answers_community_and_work_unit_of_a_moment(
        self, client: Client, register: Register
    ) -> None:
        community_id = await register.community()
        first, second = await a_unit(client, "first"), await a_unit(client, "second")
        member_id = await a_member(client, "m1", first)
        enrolled = await client.enrolments.Enrol(
            EnrolRequest(
                request_id=new_id(), member_id=member_id, community_id=community_id, occurred_at=JUNE
            )
        )
        change = ChangeWorkUnitRequest(request_id=new_id(), member_id=member_id, work_unit_id=second)
        await client.affiliations.ChangeWorkUnit(change)
        await client.organisation.MergeWorkUnits(merging(second, first, occurred_at=None))
        ask = client.affiliations.GetAffiliation
        now = await ask(GetAffiliationRequest(member_id=member_id))
        assert (now.community_id, now.enrolment_id) == (community_id, enrolled.written.id)
        assert (now.work_unit_id, now.current_work_unit_id) == (second, second)
        then = await ask(GetAffiliationRequest(member_id=member_id, as_of=MARCH))
        assert (then.community_id, then.enrolment_id) == ("", "")
        assert (then.work_unit_id, then.current_work_unit_id) == (first, second)
        unknown = await refused(ask(GetAffiliationRequest(member_id="nobody")))
        assert unknown.reason == "MEMBER_UNKNOWN"
