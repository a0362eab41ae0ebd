"""Who this database is: the identity of its log and the time zone, fixed when it is made."""

from sqlalchemy import select

from services.chassis.faults import Fault
from services.chassis.ids import new_id
from services.chassis.sql.database import Database
from services.chassis.sql.statements import insert
from services.chassis.tables import installation


class TimeZoneFixed(Fault):
    """The time zone was fixed when this database was made; set it back, or start a new one."""


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
        raise TimeZoneFixed(time_zone=held.time_zone, setting=time_zone)
    return str(held.log_id)
