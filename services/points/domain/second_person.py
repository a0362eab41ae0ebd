from services.points.domain.faults import SamePerson


def must_be_a_second_person(*, maker: str, checker: str) -> None:
    """Hold to four eyes: whoever prepared something never approves it.

    Raises:
        SamePerson: Maker and checker are one.
    """
    if maker == checker:
        raise SamePerson
