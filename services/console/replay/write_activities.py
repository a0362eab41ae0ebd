"""Brings shifts and attendances to `events`."""

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

from services.console.desk import stamp
from services.console.replay.clock import MINUTE, midnight, start
from services.console.replay.desk import Desk, community, shift, stay, volunteer
from services.console.replay.year import community_of


async def write_shifts(desk: Desk) -> None:
    """Create every shift as an activity of its own, and publish it as its day begins."""
    service = ActivityServiceStub(desk.channels["events"])
    shifts = desk.year.shifts
    with desk.steps.step("shifts (活动)", total=2 * len(shifts)) as advance:
        await desk.write(
            service.BatchCreateActivities,
            BatchCreateActivitiesRequest,
            items={
                shift(one.shift_id): CreateActivityRequest(
                    request_id=desk.request_id("shift", one.shift_id),
                    code=one.shift_id,
                    title=one.title,
                    community_id=desk.ids[community(community_of(one))],
                    starts_at=stamp(start(one.day)),
                    ends_at=stamp(start(one.day) + one.lasts_minutes * MINUTE),
                )
                for one in shifts
            },
            advance=advance,
            after=["members"],
        )
        await desk.write(
            service.BatchPublishActivities,
            BatchPublishActivitiesRequest,
            items={
                shift(one.shift_id): PublishActivityRequest(
                    request_id=desk.request_id("publish", one.shift_id),
                    activity_id=desk.ids[shift(one.shift_id)],
                    occurred_at=stamp(midnight(one.day)),
                )
                for one in shifts
            },
            advance=advance,
        )


async def write_attendances(desk: Desk) -> None:
    """Sign in and out, round by round, so that nobody signs in before having signed out elsewhere."""
    service = ActivityServiceStub(desk.channels["events"])
    with desk.steps.step("sign-in and out (签到)", total=2 * len(desk.year.stays)) as advance:
        for stays in desk.year.rounds:
            await desk.write(
                service.BatchSignIn,
                BatchSignInRequest,
                items={
                    stay(one.code): SignInRequest(
                        request_id=desk.request_id("sign-in", one.code),
                        activity_id=desk.ids[shift(one.shift_id)],
                        member_id=desk.ids[volunteer(one.volunteer)],
                        occurred_at=stamp(one.signed_in_at),
                    )
                    for one in stays
                },
                advance=advance,
                after=["members"],
            )
            await desk.write(
                service.BatchSignOut,
                BatchSignOutRequest,
                items={
                    stay(one.code): SignOutRequest(
                        request_id=desk.request_id("sign-out", one.code),
                        activity_id=desk.ids[shift(one.shift_id)],
                        member_id=desk.ids[volunteer(one.volunteer)],
                        occurred_at=stamp(one.signed_out_at),
                    )
                    for one in stays
                },
                advance=advance,
            )


async def confirm_hours(desk: Desk) -> None:
    with desk.steps.step("confirmed hours (认定)", total=len(desk.year.stays)) as advance:
        await desk.write(
            ActivityServiceStub(desk.channels["events"]).BatchConfirmHours,
            BatchConfirmHoursRequest,
            items={
                stay(one.code): ConfirmHoursRequest(
                    request_id=desk.request_id("confirm", one.code),
                    attendance_id=desk.ids[stay(one.code)],
                )
                for one in desk.year.stays
            },
            advance=advance,
        )
