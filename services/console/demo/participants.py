"""Draws who takes part, and how willingly."""

from collections.abc import Mapping, Sequence
from random import Random

from services.console.demo.counts import Counts, shares
from services.console.demo.district import Member, Node

Diligence = Mapping[str, int]
"""How willing each participant is, by code; 1 is least."""

_WILLING = (1, 1, 2, 2, 3, 4, 6)


def draw_participants(
    random: Random, *, counts: Counts, communities: list[Node], members: tuple[Member, ...]
) -> dict[str, list[str]]:
    """Choose exactly so many members who will take part, by community in proportion to its members."""
    homes: dict[str, list[str]] = {community.code: [] for community in communities}
    for member in members:
        homes[member.community].append(member.code)
    parts = shares(total=counts.participants, weights=[len(codes) for codes in homes.values()])
    return {
        home: sorted(random.sample(codes, part))
        for (home, codes), part in zip(homes.items(), parts, strict=True)
    }


def draw_diligence(random: Random, *, participants: Mapping[str, Sequence[str]]) -> Diligence:
    return {code: random.choice(_WILLING) for codes in participants.values() for code in codes}
