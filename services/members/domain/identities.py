"""What tells one person from another: external ids, and a name together with a phone."""

from collections.abc import Mapping

from services.members.domain.faults import ExternalIdTaken, PossibleDuplicate
from services.members.domain.person import Person
from services.members.domain.personal import PersonalDetails

ExternalId = tuple[str, str]
"""(system, value)."""


class Identities:
    """Who is known by what, among those who may be in the way of a batch; and whom it adds itself."""

    def __init__(self, *, holders: Mapping[ExternalId, str], known: Mapping[str, PersonalDetails]) -> None:
        """Know who is in the way.

        Args:
            holders: Who has the external ids that are stated: member ids.
            known: Who is decided about, and who has a phone or an external id that is stated; by member id.
        """
        self._holders = dict(holders)
        self._names: dict[str, str] = {}
        self._by_name_and_phone: dict[tuple[str, str], str] = {}
        for member_id, details in known.items():
            self._know(member_id, details)

    def refuse_taken(self, person: Person, /) -> None:
        """Let a person have their external ids.

        Raises:
            ExternalIdTaken: Another member has one.
        """
        holder = self._holder_in_the_way(person)
        if holder:
            raise ExternalIdTaken(field="external_ids", member_id=holder)

    def refuse_lookalike(self, person: Person, /) -> None:
        """Let a person pass who is nobody else.

        Raises:
            PossibleDuplicate: Another member has the same name, and the same phone or external id.
        """
        twin = self._by_name_and_phone.get((person.details.name, person.details.phone))
        holder = self._holder_in_the_way(person)
        if not twin and holder and self._names.get(holder) == person.details.name:
            twin = holder
        if twin and twin != person.member.id:
            raise PossibleDuplicate(member_id=twin)

    def remember(self, person: Person, /, *, instead_of: Person | None = None) -> None:
        """Know a person as they now are; what they gave up is free."""
        for external_id in instead_of.details.external_ids.items() if instead_of else ():
            self._holders.pop(external_id, None)
        if instead_of:
            self._by_name_and_phone.pop((instead_of.details.name, instead_of.details.phone), None)
        for external_id in person.details.external_ids.items():
            self._holders[external_id] = person.member.id
        self._know(person.member.id, person.details)

    def _know(self, member_id: str, details: PersonalDetails) -> None:
        self._names[member_id] = details.name
        if details.phone:
            self._by_name_and_phone.setdefault((details.name, details.phone), member_id)

    def _holder_in_the_way(self, person: Person) -> str:
        holders = (self._holders.get(each, "") for each in person.details.external_ids.items())
        return next((holder for holder in holders if holder and holder != person.member.id), "")
