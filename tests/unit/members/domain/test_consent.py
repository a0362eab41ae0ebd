from datetime import datetime, timedelta

import pytest

from services.members.domain.consent import Consent, ConsentPurpose, Consents
from services.members.domain.faults import ConsentGiven, ConsentNotGiven, ConsentOutOfOrder
from tests.unit.members.domain.records import JUNE, MARCH

PURPOSE = ConsentPurpose.PUBLISH_NAME
SECOND = timedelta(seconds=1)


def consent(id_: str = "c1", *, given_at: datetime = MARCH, member_id: str = "m1") -> Consent:
    return Consent(
        id=id_, member_id=member_id, purpose=PURPOSE, given_at=given_at, revoked_at=None, revision=1
    )


class TestConsents:
    def test_are_given_revoked_and_given_again(self) -> None:
        consents = Consents(history=())
        consents.give(consent())
        revoked = consents.revoke("m1", PURPOSE, at=JUNE)
        assert (revoked.id, revoked.revoked_at, revoked.revision) == ("c1", JUNE, 2)
        assert consents.give(consent("c2", given_at=JUNE)).revision == 1

    def test_are_not_given_twice(self) -> None:
        with pytest.raises(ConsentGiven) as refused:
            Consents(history=[consent()]).give(consent("c2", given_at=JUNE))
        assert refused.value.metadata == {"consent_id": "c1"}

    def test_are_not_revoked_by_who_gave_none(self) -> None:
        consents = Consents(history=[consent()])
        with pytest.raises(ConsentNotGiven):
            consents.revoke("m2", PURPOSE, at=JUNE)
        consents.revoke("m1", PURPOSE, at=JUNE)
        with pytest.raises(ConsentNotGiven):
            consents.revoke("m1", PURPOSE, at=JUNE)

    def test_follow_each_other_in_time(self) -> None:
        consents = Consents(history=[consent()])
        with pytest.raises(ConsentOutOfOrder):
            consents.revoke("m1", PURPOSE, at=MARCH)
        consents.revoke("m1", PURPOSE, at=JUNE)
        with pytest.raises(ConsentOutOfOrder):
            consents.give(consent("c2", given_at=JUNE - SECOND))
