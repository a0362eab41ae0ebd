"""Findings of a small year, as a server would answer them."""

from services.console.demo.findings import (
    Board,
    Counted,
    Explained,
    Findings,
    Line,
    Participation,
    Receipt,
    Reward,
)


def line(*, place: int) -> Line:
    return Line(
        place=place,
        code=f"M{place:05d}",
        name="欧阳春梅" if place == 1 else "王伟",
        points_milli=42_131 - place,
        counted_minutes=1328,
        wishes_fulfilled=10,
    )


def reward(*, place: int, issued: bool = True) -> Reward:
    yuan = 5000 if place == 1 else 3000 if place <= 4 else 2000
    one = line(place=place)
    return Reward(
        place=place,
        code=one.code,
        name=one.name,
        points_milli=one.points_milli,
        amount_fen=yuan * 100,
        issued=issued,
    )


def findings() -> Findings:
    lines = tuple(line(place=place) for place in range(1, 11))
    return Findings(
        counted=Counted(
            streets=9,
            communities=55,
            areas=162,
            building_groups=519,
            work_units=66,
            members=3747,
            activities=660,
            attendances=19800,
            confirmed_minutes=2_207_029,
            wishes_fulfilled=3700,
        ),
        participation=Participation(enrolled=3747, participating=3218, basis_points=8588),
        top=Board(code="CH", name="川汇区", standings=3218, lines=lines),
        community=Board(code="C0001", name="幸福里社区", standings=60, lines=lines[:3]),
        explained=Explained(
            member_code="M00001",
            member_name="欧阳春梅",
            balance_milli=42_130,
            entries=22,
            activity_code="C0001-01",
            community_code="C0001",
            confirmed_minutes=131,
            counted_minutes=120,
            wanted_milli=2183,
            granted_milli=2000,
            limit="minutes-per-activity",
            rule="service-hours",
            rule_set="chuanhui-demo",
            rule_set_version=1,
        ),
        receipt=Receipt(
            planned_by="member:admin-1",
            approved_by="member:admin-2",
            rewards=tuple(reward(place=place) for place in range(1, 11)),
            issued_fen=2_600_000,
            digest_matches=True,
        ),
    )
