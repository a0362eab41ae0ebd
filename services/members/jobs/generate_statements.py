"""The job that generates the statements of a period, some members a step, in the order of their ids."""

from dataclasses import dataclass
from typing import Final

from services.chassis.facts.log import read_head
from services.chassis.frame import Frame
from services.chassis.ids import new_id
from services.chassis.jobs.runner import Gathering, Job, Progress
from services.chassis.periods import Period
from services.chassis.work import Work
from services.members.domain.participation import counted_at
from services.members.domain.statement import FeedbackStatement, Figures
from services.members.jobs.figures import ServiceFigures
from services.members.storage.statement_subjects import Subject, count_subjects, list_subjects
from services.members.usecases.generate_statements import keep_generated

MEMBERS_PER_STEP: Final = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one step keeps."""

    total: int
    head: int
    """How far `points` has to be in the register's own log: as far as that was when the job began, or each
    step would wait until `points` has received what the step before stated."""
    subjects: list[Subject]
    figures: dict[str, Figures]
    period_id: str

    def drafts(self, work: Work) -> list[FeedbackStatement]:
        return [
            FeedbackStatement(
                id=new_id(),
                period_id=self.period_id,
                member_id=each.member_id,
                community_id=each.community_id,
                work_unit_id=each.work_unit_id,
                figures=self.figures[each.member_id],
                generated_at=work.now,
            )
            for each in self.subjects
        ]


def generate_statements(frame: Frame) -> Gathering:
    """Make the step of the job."""

    async def gather(job: Job) -> Gathered:
        period = Period.parse(job.parameters["period_id"], zone=frame.zone)
        node_id = job.parameters["node_id"]
        async with frame.database.read() as connection:
            at = counted_at(period=period, now=await frame.database.now(connection))
            so_far = job.cursor or {"after": "", "head": (await read_head(connection)).position}
            total = job.total or await count_subjects(connection, at=at, node_id=node_id)
            subjects = await list_subjects(
                connection,
                at=at,
                node_id=node_id,
                after=so_far["after"],
                subjects_max=MEMBERS_PER_STEP,
            )
            member_ids = [each.member_id for each in subjects]
            did = await ServiceFigures.read(connection, member_ids, period=period)
        figures = await did.with_points(frame.channel, member_ids, period=period, head=so_far["head"])
        return Gathered(
            total=total,
            head=so_far["head"],
            subjects=subjects,
            figures=figures,
            period_id=period.id,
        )

    async def keep(work: Work, job: Job, gathered: Gathered) -> Progress:
        so_far = job.cursor or {"generated": 0, "existing": 0}
        kept = await keep_generated(work, gathered.drafts(work))
        done = job.done + len(gathered.subjects)
        tally = {
            "generated": so_far["generated"] + kept,
            "existing": so_far["existing"] + len(gathered.subjects) - kept,
        }
        if len(gathered.subjects) < MEMBERS_PER_STEP:
            return Progress(done=done, total=done, result={**job.parameters, **tally})
        cursor = {"after": gathered.subjects[-1].member_id, "head": gathered.head, **tally}
        return Progress(done=done, total=max(gathered.total, done), cursor=cursor)

    return Gathering(gather=gather, step=keep)
