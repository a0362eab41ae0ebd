from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.chassis.ids import new_id
from services.chassis.pages import Page
from services.chassis.sql.paging import cut_out
from services.chassis.sql.statements import insert_free
from services.events.domain.wish import Wish, WishCategory, WishState
from services.events.storage.records import row_of, update_records
from services.events.storage.tables import claims, wishes

STEP_COLUMNS = (
    "state",
    "verified_at",
    "published_at",
    "claimed_at",
    "fulfilled_at",
    "confirmed_at",
    "confirmed_by",
    "revision",
)

_live = and_(claims.c.wish_id == wishes.c.wish_id, claims.c.released_at.is_(None))


async def lock_wishes(connection: AsyncConnection, wish_ids: Collection[str]) -> dict[str, Wish]:
    """Read wishes by id, locked until the transaction ends; those unknown are left out."""
    ids = sorted(wish_ids)
    lock = select(wishes.c.wish_id).where(wishes.c.wish_id.in_(ids)).order_by(wishes.c.wish_id)
    await connection.execute(lock.with_for_update())
    # In a statement of its own: one that had to wait for the lock would see the claims as they were before.
    found = await connection.execute(with_claimer().where(wishes.c.wish_id.in_(ids)))
    return {row.wish_id: wish_of(row) for row in found}


async def read_claimers(connection: AsyncConnection, wish_ids: Collection[str]) -> set[str]:
    """Read who has a live claim on these wishes."""
    statement = select(claims.c.member_id).where(
        claims.c.wish_id.in_(set(wish_ids)), claims.c.released_at.is_(None)
    )
    return set((await connection.execute(statement)).scalars())


async def read_wish(connection: AsyncConnection, wish_id: str) -> Wish | None:
    row = (await connection.execute(with_claimer().where(wishes.c.wish_id == wish_id))).one_or_none()
    return wish_of(row) if row else None


async def list_wishes(
    connection: AsyncConnection, page: Page, *, state: WishState | None = None, community_id: str = ""
) -> list[Wish]:
    """Read one more than a page, in the order of codes."""
    statement = cut_out(with_claimer(), page, wishes.c.code)
    if state:
        statement = statement.where(wishes.c.state == state)
    if community_id:
        statement = statement.where(wishes.c.community_id == community_id)
    return [wish_of(row) for row in await connection.execute(statement)]


async def insert_wishes(connection: AsyncConnection, submitted: Sequence[Wish]) -> set[str]:
    """Store new wishes; returns the ids of those whose code was free."""
    rows = [row_of(wish, wishes) for wish in sorted(submitted, key=lambda wish: wish.code)]
    return await insert_free(connection, wishes.c.wish_id, rows)


async def insert_claims(connection: AsyncConnection, claimed: Sequence[Wish]) -> set[str]:
    """Store the claims of wishes; returns the ids of the wishes that had no live claim."""
    rows = [
        {
            "claim_id": new_id(),
            "wish_id": wish.wish_id,
            "member_id": wish.claimer_member_id,
            "claimed_at": wish.claimed_at,
            "released_at": None,
        }
        for wish in sorted(claimed, key=lambda wish: wish.wish_id)
    ]
    wish_of_claim = {row["claim_id"]: row["wish_id"] for row in rows}
    stored = await insert_free(connection, claims.c.claim_id, rows)
    return {str(wish_of_claim[claim_id]) for claim_id in stored}


async def update_wishes(connection: AsyncConnection, changed: Sequence[Wish]) -> None:
    await update_records(connection, wishes.c.wish_id, changed, columns=STEP_COLUMNS)


def with_claimer() -> Select[Any]:
    return select(wishes, claims.c.member_id.label("claimer")).outerjoin(claims, _live)


def wish_of(row: Row[*tuple[object, ...]]) -> Wish:
    """Make a wish of a row that has the columns of the table and the `claimer`."""
    return Wish(
        wish_id=row.wish_id,
        code=row.code,
        title=row.title,
        category=WishCategory(row.category),
        community_id=row.community_id,
        state=WishState(row.state),
        submitted_at=row.submitted_at,
        verified_at=row.verified_at,
        published_at=row.published_at,
        claimed_at=row.claimed_at,
        fulfilled_at=row.fulfilled_at,
        confirmed_at=row.confirmed_at,
        confirmed_by=row.confirmed_by,
        claimer_member_id=row.claimer or "",
        revision=row.revision,
    )
