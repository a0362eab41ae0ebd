"""Consent: what a member allows, from one moment to another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.members.domain.faults import ConsentGiven, ConsentNotGiven, ConsentOutOfOrder


class ConsentPurpose(StrEnum):
    PUBLISH_NAME = "PUBLISH_NAME"
    """公开姓名: the name may stand where everybody can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """In force from `given_at` until just before `revoked_at`."""

    id: str
    member_id: str
    purpose: ConsentPurpose
    given_at: datetime
    revoked_at: datetime | None
    """None while it holds."""
    revision: int


class Consents:
    """Decides which consents may be given and revoked: of one purpose a member has one at a time."""

    def __init__(self, *, history: Iterable[Consent]) -> None:
        """Know all consents of the members that are decided about, those of one in the order of time."""
        self._latest = {(consent.member_id, consent.purpose): consent for consent in history}

    def give(self, consent: Consent, /) -> Consent:
        """Let a consent begin.

        Raises:
            ConsentGiven: It holds already.
            ConsentOutOfOrder: An earlier one was revoked only later.
        """
        latest = self._latest.get((consent.member_id, consent.purpose))
        if latest and latest.revoked_at is None:
            raise ConsentGiven(consent_id=latest.id)
        if latest and latest.revoked_at and latest.revoked_at > consent.given_at:
            raise ConsentOutOfOrder(field="occurred_at", consent_id=latest.id)
        return self._remember(consent)

    def revoke(self, member_id: str, purpose: ConsentPurpose, /, *, at: datetime) -> Consent:
        """End the consent that holds.

        Raises:
            ConsentNotGiven: None does.
            ConsentOutOfOrder: It was given later.
        """
        latest = self._latest.get((member_id, purpose))
        if latest is None or latest.revoked_at is not None:
            raise ConsentNotGiven(field="purpose")
        if at <= latest.given_at:
            raise ConsentOutOfOrder(field="occurred_at", consent_id=latest.id)
        return self._remember(replace(latest, revoked_at=at, revision=latest.revision + 1))

    def _remember(self, consent: Consent) -> Consent:
        self._latest[consent.member_id, consent.purpose] = consent
        return consent
