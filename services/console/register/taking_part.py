"""Who takes part and who is missing: figures with their numerators and denominators, and lists of people."""

from collections.abc import AsyncIterator
from typing import Any, Final

from linli.members.v1 import enrolment_pb2 as pb
from linli.members.v1.enrolment_pb2_grpc import EnrolmentServiceStub

from services.console.register.desk import Desk
from services.console.register.shown import as_object, per_cent, print_json, print_table
from services.console.wording import say

WHOLE_BASIS_POINTS: Final = 10_000


async def participation(desk: Desk, *, period: str, by: str, as_json: bool) -> None:
    """Print enrolled, participating and rates of a period, a row for each community, street or unit."""
    rows = await desk.every(
        EnrolmentServiceStub(desk.channel).ListParticipation,
        pb.ListParticipationRequest,
        "rows",
        period_id=period,
        grouping=pb.ParticipationGrouping.Value(f"PARTICIPATION_GROUPING_{by.upper()}"),
    )
    if as_json:
        print_json([as_object(each) for each in rows])
        return
    has_due = any(each.HasField("due") for each in rows)
    columns = ["code", "name", "enrolled", "participating", "participation_rate"]
    columns += ["due", "due_enrolled", "enrolment_rate"] if has_due else []
    totals = pb.ParticipationRow(
        id="sum",
        code=say("members.sum"),
        enrolled=sum(each.enrolled for each in rows),
        participating=sum(each.participating for each in rows),
        due=sum(each.due for each in rows),
        due_enrolled=sum(each.due_enrolled for each in rows),
    )
    nowhere = say("members.without_unit")
    shown = [
        (each.code, each.name if each.id else nowhere, *_figures(each, has_due=has_due))
        for each in [*rows, totals]
    ]
    print_table(say("members.participation", period=period), columns, shown, figures=len(columns) - 2)


async def missing(desk: Desk, *, kind: str, period: str, unit: str, node: str, as_json: bool) -> None:
    """Print who is not enrolled, has not renewed or did not participate, and how many days are left."""
    found: list[pb.Missing] = []
    last = pb.ListMissingResponse()
    async for last in await missing_pages(desk, kind=kind, period=period, unit=unit, node=node):
        found += last.missing
    if as_json:
        told = {"due_on": last.due_on, "days_left": last.days_left if last.HasField("days_left") else None}
        print_json({**told, "missing": [as_object(each) for each in found]})
        return
    rows = [
        (
            each.code,
            each.name,
            await desk.unit_name(each.work_unit_id),
            await desk.node_name(each.community_id),
        )
        for each in found
    ]
    title = say(f"members.missing_{kind}", count=f"{len(found):,}", period=period)
    print_table(title, ("code", "name", "unit", "community"), rows)
    if last.HasField("days_left"):
        key = "members.days_left" if last.days_left >= 0 else "members.days_over"
        print(say(key, due_on=last.due_on, days=abs(last.days_left)))


async def missing_pages(
    desk: Desk, *, kind: str, period: str, unit: str, node: str
) -> AsyncIterator[pb.ListMissingResponse]:
    """Ask who misses something, page by page; each page says until when they have time."""
    where: dict[str, Any] = {}
    if unit:
        where["work_unit_id"] = (await desk.unit(unit)).work_unit_id
    if node:
        where["node_id"] = (await desk.node(node)).node_id
    return desk.pages(
        EnrolmentServiceStub(desk.channel).ListMissing,
        pb.ListMissingRequest,
        kind=pb.MissingKind.Value(f"MISSING_KIND_{kind.upper()}"),
        period_id=period,
        **where,
    )


async def share(desk: Desk, *, unit: str, threshold_per_cent: float, as_json: bool) -> bool:
    """Print which share of a unit's in-service members is enrolled. Returns whether it is enough."""
    found = await desk.unit(unit)
    request = pb.GetEnrolmentShareRequest(
        work_unit_id=found.work_unit_id, threshold_basis_points=round(threshold_per_cent * 100)
    )
    answer = await desk.ask(EnrolmentServiceStub(desk.channel).GetEnrolmentShare, request)
    if as_json:
        print_json(as_object(answer))
    else:
        key = "members.share_enough" if answer.meets_threshold else "members.share_lacking"
        figures = {
            "unit": found.name,
            "enrolled": f"{answer.enrolled:,}",
            "due": f"{answer.due:,}",
            "rate": per_cent(answer.share_basis_points),
            "threshold": per_cent(request.threshold_basis_points),
            "needed": f"{answer.still_needed:,}",
        }
        print(say(key, **figures))
    return bool(answer.meets_threshold)


def _figures(row: pb.ParticipationRow, *, has_due: bool) -> list[str]:
    told = [
        f"{row.enrolled:,}",
        f"{row.participating:,}",
        per_cent(_basis_points(row.participating, row.enrolled)),
    ]
    if has_due:
        told += [f"{row.due:,}", f"{row.due_enrolled:,}", per_cent(_basis_points(row.due_enrolled, row.due))]
    return told


def _basis_points(part: int, whole: int) -> int:
    """Say which share it is in 1/100 of a per cent, half up, as the server does for each row."""
    return (part * WHOLE_BASIS_POINTS * 2 + whole) // (2 * whole) if whole else 0
