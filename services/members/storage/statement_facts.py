"""What feedback statements say of themselves in the log: who tells whom about whom, and no figure."""

from linli.members.v1.facts_pb2 import FeedbackStatementFact
from linli.members.v1.feedback_pb2 import StatementState

from services.chassis.facts.statement import Statement
from services.members.domain.statement import FeedbackStatement


def of_statement(statement: FeedbackStatement, /) -> Statement:
    """State it about itself alone, so that nobody computes the member anew because of it."""
    body = FeedbackStatementFact(
        statement_id=statement.id,
        member_id=statement.member_id,
        community_id=statement.community_id,
        work_unit_id=statement.work_unit_id,
        period_id=statement.period_id,
        version=statement.version,
        state=StatementState.Value(f"STATEMENT_STATE_{statement.state}"),
    )
    return Statement(
        record_id=statement.id,
        revision=statement.revision,
        effective_at=statement.generated_at,
        subjects=(("feedback_statement", statement.id),),
        body=body,
    )
