"""Read a phone as somebody wrote it."""

from collections.abc import Sequence

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from services.chassis.faults import InvalidField
from services.members.domain.faults import PhoneCountry


def read_phone(stated: str, *, countries: Sequence[str]) -> str:
    """Bring a phone into the form E.164; nothing stays nothing.

    Args:
        stated: In any usual form.
        countries: The ones allowed (ISO 3166); a number without a country is of the first one.

    Raises:
        InvalidField: No phone has such a number.
        PhoneCountry: It is of another country.
    """
    if not stated:
        return ""
    try:
        number = phonenumbers.parse(stated, countries[0])
    except NumberParseException:
        raise InvalidField("This is no phone number.", field="phone") from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidField("No phone has such a number; look at its digits.", field="phone")
    if phonenumbers.region_code_for_number(number) not in countries:
        message = f"State a phone of {' or '.join(countries)}; the policy allows no other country."
        raise PhoneCountry(message, field="phone")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
