"""The job that computes the figures of a corrected statement."""

from dataclasses import dataclass

from services.chassis.facts.log import read_head
from services.chassis.frame import Frame
from services.chassis.jobs.runner import Gathering, Job, Progress
from services.chassis.periods import Period
from services.chassis.work import Work
from services.members.domain.participation import counted_at
from services.members.domain.statement import Figures, StatementState, computed
from services.members.jobs.figures import ServiceFigures
from services.members.storage.statement_facts import of_statement
from services.members.storage.statement_subjects import Subject, read_subject
from services.members.storage.statements import lock_statements, read_statements, update_statements


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The figures, and between whom the statement is by what is known now."""

    figures: Figures
    subject: Subject | None
    """None: nobody would be told today; then it stays between those of the version before."""


def compute_statement(frame: Frame) -> Gathering:
    """Make the step of the job."""

    async def gather(job: Job) -> Gathered:
        async with frame.database.read() as connection:
            statement = (await read_statements(connection, [job.parameters["statement_id"]]))[
                job.parameters["statement_id"]
            ]
            period = Period.parse(statement.period_id, zone=frame.zone)
            at = counted_at(period=period, now=await frame.database.now(connection))
            subject = await read_subject(connection, statement.member_id, at=at)
            head = (await read_head(connection)).position
            did = await ServiceFigures.read(connection, [statement.member_id], period=period)
        figures = await did.with_points(frame.channel, [statement.member_id], period=period, head=head)
        return Gathered(figures=figures[statement.member_id], subject=subject)

    async def keep(work: Work, job: Job, gathered: Gathered) -> Progress:
        statement_id = job.parameters["statement_id"]
        statement = (await lock_statements(work.connection, [statement_id]))[statement_id]
        if statement.state is StatementState.COMPUTING:
            between = gathered.subject or statement
            draft = computed(
                statement,
                community_id=between.community_id,
                work_unit_id=between.work_unit_id,
                figures=gathered.figures,
                at=work.now,
            )
            await update_statements(work.connection, [draft])
            of_statement(draft).make(work)
        return Progress(done=1, total=1, result={"statement_id": statement_id})

    return Gathering(gather=gather, step=keep)
