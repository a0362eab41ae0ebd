"""Brings activities and attendances to `events`."""

from collections.abc import Mapping, Sequence

from linli.events.v1.activity_pb2 import (
    BatchConfirmHoursRequest,
    BatchCreateActivitiesRequest,
    BatchPublishActivitiesRequest,
    BatchSignInRequest,
    BatchSignOutRequest,
    ConfirmHoursRequest,
    CreateActivityRequest,
    PublishActivityRequest,
    SignInRequest,
    SignOutRequest,
)
from linli.events.v1.activity_pb2_grpc import ActivityServiceStub

from services.chassis.moments import timestamp
from services.console.activities import Activity, Stay
from services.console.desk import Desk


async def write_activities(desk: Desk, activities: Mapping[str, Activity], *, step: str) -> None:
    """Create and publish activities.

    Args:
        desk: Keeps their ids.
        activities: By what names each among the ids of the desk.
        step: What the bar says.
    """
    service = ActivityServiceStub(desk.channels["events"])
    with desk.steps.step(step, total=2 * len(activities)) as advance:
        await desk.write(
            service.BatchCreateActivities,
            BatchCreateActivitiesRequest,
            items={
                name: CreateActivityRequest(
                    request_id=desk.request_id("activity", activity.code),
                    code=activity.code,
                    title=activity.title,
                    community_id=desk.ids[activity.community],
                    starts_at=timestamp(activity.starts_at),
                    ends_at=timestamp(activity.ends_at),
                )
                for name, activity in activities.items()
            },
            advance=advance,
            after=["members"],
        )
        await desk.write(
            service.BatchPublishActivities,
            BatchPublishActivitiesRequest,
            items={
                name: PublishActivityRequest(
                    request_id=desk.request_id("publish", activity.code),
                    activity_id=desk.ids[name],
                    occurred_at=timestamp(activity.published_at),
                )
                for name, activity in activities.items()
            },
            advance=advance,
        )


async def write_attendances(desk: Desk, rounds: Sequence[Sequence[Stay]]) -> None:
    """Sign in and out, round by round, so that nobody signs in before having signed out elsewhere.

    Args:
        desk: Has the ids of activities and members, and keeps those of attendances by their codes.
        rounds: Nobody is twice in one.
    """
    service = ActivityServiceStub(desk.channels["events"])
    with desk.steps.step("sign-in and out (签到)", total=2 * sum(map(len, rounds))) as advance:
        for stays in rounds:
            await desk.write(
                service.BatchSignIn,
                BatchSignInRequest,
                items={
                    stay.code: SignInRequest(
                        request_id=desk.request_id("sign-in", stay.code),
                        activity_id=desk.ids[stay.activity],
                        member_id=desk.ids[stay.member],
                        occurred_at=timestamp(stay.signed_in_at),
                    )
                    for stay in stays
                },
                advance=advance,
                after=["members"],
            )
            await desk.write(
                service.BatchSignOut,
                BatchSignOutRequest,
                items={
                    stay.code: SignOutRequest(
                        request_id=desk.request_id("sign-out", stay.code),
                        activity_id=desk.ids[stay.activity],
                        member_id=desk.ids[stay.member],
                        occurred_at=timestamp(stay.signed_out_at),
                    )
                    for stay in stays
                },
                advance=advance,
            )


async def confirm_hours(desk: Desk, codes: Sequence[str]) -> None:
    """Confirm the hours of attendances, by their codes."""
    with desk.steps.step("confirmed hours (认定)", total=len(codes)) as advance:
        await desk.write(
            ActivityServiceStub(desk.channels["events"]).BatchConfirmHours,
            BatchConfirmHoursRequest,
            items={
                code: ConfirmHoursRequest(
                    request_id=desk.request_id("confirm", code), attendance_id=desk.ids[code]
                )
                for code in codes
            },
            advance=advance,
        )
