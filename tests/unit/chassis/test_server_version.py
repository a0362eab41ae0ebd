"""Which PostgreSQL is too old, by the number that a server states of itself."""

import pytest

from services.chassis.sql.database import Database
from services.chassis.sql.faults import DatabaseTooOld
from services.chassis.sql.inspection import refuse_version

DATABASE = Database(url="postgresql://linli:secret@db.example/linli", schema="points")


@pytest.mark.parametrize(("version", "written"), [(140_012, "14.12"), (90_624, "9.6.24")])
def test_before_15_is_refused_by_name(version: int, written: str) -> None:
    with pytest.raises(DatabaseTooOld) as caught:
        refuse_version(DATABASE, version=version, text_of_it=written)
    assert written in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("version", [150_000, 150_018, 180_001])
def test_15_and_newer_are_taken(version: int) -> None:
    refuse_version(DATABASE, version=version, text_of_it="15.0")
