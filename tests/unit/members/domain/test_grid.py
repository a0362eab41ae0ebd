import pytest

from services.chassis.faults import InvalidField
from services.members.domain.codes import Codes
from services.members.domain.faults import CodeTaken, DistrictExists, LevelMismatch, NodeUnknown
from services.members.domain.grid import Additions, Level, Node
from tests.unit.members.domain.records import node

DISTRICT = node("d1", Level.DISTRICT)
STREET = node("s1", Level.STREET, parent_id="d1")


def additions(*parents: Node, codes_taken: tuple[str, ...] = (), has_district: bool = True) -> Additions:
    return Additions(
        parents={parent.id: parent for parent in parents},
        codes=Codes(taken=codes_taken),
        has_district=has_district,
    )


class TestAnAddition:
    @pytest.mark.parametrize("level", [level for level in Level if level is not Level.DISTRICT])
    def test_stands_one_level_below_its_parent(self, level: Level) -> None:
        parent = node("p1", Level(level - 1))
        added = node("n1", level, parent_id="p1")
        assert additions(parent).add(added) == added

    @pytest.mark.parametrize("level", [Level.STREET, Level.AREA, Level.BUILDING_GROUP])
    def test_at_any_other_level_is_refused(self, level: Level) -> None:
        with pytest.raises(LevelMismatch) as refused:
            additions(STREET).add(node("n1", level, parent_id="s1"))
        assert refused.value.metadata["parent_level"] == "STREET"

    def test_below_an_unknown_node_is_refused(self) -> None:
        with pytest.raises(NodeUnknown):
            additions().add(node("n1", Level.STREET, parent_id="nobody"))

    def test_without_a_parent_is_refused(self) -> None:
        with pytest.raises(InvalidField) as refused:
            additions().add(node("n1", Level.STREET))
        assert refused.value.field == "parent_id"

    def test_whose_code_is_taken_is_refused(self) -> None:
        with pytest.raises(CodeTaken):
            additions(DISTRICT, codes_taken=("s1",)).add(STREET)

    def test_whose_code_an_earlier_one_took_is_refused(self) -> None:
        batch = additions(DISTRICT)
        batch.add(STREET)
        with pytest.raises(CodeTaken):
            batch.add(node("s2", Level.STREET, parent_id="d1", code="s1"))

    def test_that_was_refused_leaves_its_code_free(self) -> None:
        batch = additions(DISTRICT)
        with pytest.raises(LevelMismatch):
            batch.add(node("n1", Level.AREA, parent_id="d1", code="x"))
        assert batch.add(node("s1", Level.STREET, parent_id="d1", code="x")).code == "x"


class TestTheDistrict:
    def test_is_the_first_node(self) -> None:
        assert additions(has_district=False).add(DISTRICT) == DISTRICT

    def test_is_one(self) -> None:
        with pytest.raises(DistrictExists):
            additions().add(DISTRICT)

    def test_is_one_in_a_batch_too(self) -> None:
        batch = additions(has_district=False)
        batch.add(DISTRICT)
        with pytest.raises(DistrictExists):
            batch.add(node("d2", Level.DISTRICT))

    def test_has_no_parent(self) -> None:
        with pytest.raises(InvalidField):
            additions(STREET, has_district=False).add(node("d1", Level.DISTRICT, parent_id="s1"))
