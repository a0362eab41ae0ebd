"""Who this database is: the identity of its log and the time zone, fixed when it is made."""

from sqlalchemy import select

from services.chassis.faults import CannotStart
from services.chassis.ids import new_id
from services.chassis.sql.database import Database
from services.chassis.sql.statements import insert
from services.chassis.tables import installation


class TimeZoneFixed(CannotStart):
    """The database was made for another time zone."""


async def install(database: Database, *, time_zone: str) -> str:
    """Give a new database its identity; returns the log id.

    Raises:
        TimeZoneFixed: The database was made for another time zone.
    """
    async with database.write() as connection:
        row = {
            "only": 1,
            "log_id": new_id(),
            "time_zone": time_zone,
            "created_at": await database.now(connection),
        }
        await connection.execute(
            insert(installation, dialect=database.dialect).on_conflict_do_nothing(), [row]
        )
        held = (await connection.execute(select(installation))).one()
    if held.time_zone != time_zone:
        raise TimeZoneFixed(
            f"The time zone is {time_zone}, but this database was made for {held.time_zone}, which is fixed; "
            "set it back, or start with a new database."
        )
    return str(held.log_id)
