"""Brings activities and attendances to `events`."""

from collections import Counter

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

from services.console.demo.desk import Desk
from services.console.demo.district import District, Stay
from services.console.desk import stamp


async def write_activities(desk: Desk) -> None:
    """Create and publish the activities."""
    service = ActivityServiceStub(desk.channels["events"])
    activities = desk.district.activities
    with desk.steps.step("activities (活动)", total=2 * len(activities)) as advance:
        await desk.write(
            service.BatchCreateActivities,
            BatchCreateActivitiesRequest,
            items={
                activity.code: CreateActivityRequest(
                    request_id=desk.request_id("activity", activity.code),
                    code=activity.code,
                    title=activity.title,
                    community_id=desk.ids[activity.community],
                    starts_at=stamp(activity.starts_at),
                    ends_at=stamp(activity.ends_at),
                )
                for activity in activities
            },
            advance=advance,
            after=["members"],
        )
        await desk.write(
            service.BatchPublishActivities,
            BatchPublishActivitiesRequest,
            items={
                activity.code: PublishActivityRequest(
                    request_id=desk.request_id("publish", activity.code),
                    activity_id=desk.ids[activity.code],
                    occurred_at=stamp(activity.published_at),
                )
                for activity in activities
            },
            advance=advance,
        )


async def write_attendances(desk: Desk) -> None:
    """Sign in and out, round by round, so that nobody signs in before having signed out elsewhere."""
    service = ActivityServiceStub(desk.channels["events"])
    with desk.steps.step("sign-in and out (签到)", total=2 * len(desk.district.stays)) as advance:
        for stays in rounds(desk.district):
            await desk.write(
                service.BatchSignIn,
                BatchSignInRequest,
                items={
                    stay.code: SignInRequest(
                        request_id=desk.request_id("sign-in", stay.code),
                        activity_id=desk.ids[stay.activity],
                        member_id=desk.ids[stay.member],
                        occurred_at=stamp(stay.signed_in_at),
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
                        occurred_at=stamp(stay.signed_out_at),
                    )
                    for stay in stays
                },
                advance=advance,
            )


async def confirm_hours(desk: Desk) -> None:
    with desk.steps.step("confirmed hours (认定)", total=len(desk.district.stays)) as advance:
        await desk.write(
            ActivityServiceStub(desk.channels["events"]).BatchConfirmHours,
            BatchConfirmHoursRequest,
            items={
                stay.code: ConfirmHoursRequest(
                    request_id=desk.request_id("confirm", stay.code),
                    attendance_id=desk.ids[stay.code],
                )
                for stay in desk.district.stays
            },
            advance=advance,
        )


def rounds(district: District) -> list[list[Stay]]:
    """Put each member's first stay into the first round, the second into the second, and so on."""
    seen: Counter[str] = Counter()
    found: list[list[Stay]] = []
    for stay in district.stays:
        if seen[stay.member] == len(found):
            found.append([])
        found[seen[stay.member]].append(stay)
        seen[stay.member] += 1
    return found
