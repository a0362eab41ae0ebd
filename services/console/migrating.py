"""`linli migrate`: makes and migrates the databases of services, and gives new ones their identity."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext

from rich.console import Console
from rich.table import Table

from services.chassis.installation import Store, look_at_all, plan, set_up
from services.chassis.settings import Settings
from services.chassis.sql.migrations import Migration, Phase
from services.console.assembly import stores
from services.console.folder import claimed

State = Mapping[str, Sequence[tuple[Migration, str]]]
"""By service: migrations in their order, each with what became of it."""


async def show_migrate(
    settings: Settings, *, services: Sequence[str], phase: Phase, dry_run: bool, as_json: bool
) -> None:
    """Migrate, or say what would be, and print it.

    Raises:
        CannotStart: A database cannot be used, or a server serves from the folder; nothing was changed.
    """
    wanted = stores(settings, services)
    state = await (_foresee(wanted, phase) if dry_run else _run(settings, wanted, phase))
    if as_json:
        found = {service: [_as_json(*each) for each in steps] for service, steps in state.items()}
        print(json.dumps({"phase": phase, "services": found}, ensure_ascii=False, indent=2))
    else:
        _print(Console(), state)


async def _foresee(wanted: Sequence[Store], phase: Phase) -> State:
    found = await look_at_all(wanted)
    planned = plan(found, phase=phase)
    return {
        service: [(each, "would run" if each in planned[service] else "waits") for each in inspected.pending]
        for service, inspected in found.items()
    }


async def _run(settings: Settings, wanted: Sequence[Store], phase: Phase) -> State:
    # The files of a folder are migrated by whoever has it; PostgreSQL has a lock of its own for that.
    claim = claimed(settings.data_dir) if any(store.is_file for store in wanted) else nullcontext()
    with claim:
        ran = await set_up(wanted, phase=phase)
        left = await look_at_all(wanted)
    return {
        service: [
            *((each, "done") for each in migrations),
            *((each, "waits") for each in left[service].pending),
        ]
        for service, migrations in ran.items()
    }


def _as_json(migration: Migration, became: str) -> dict[str, str]:
    return {"stream": migration.stream, "migration": migration.name, "state": became}


def _print(console: Console, state: State) -> None:
    table = Table("service", "stream", "migration", "state", title="Migrate")
    for service, steps in state.items():
        for migration, became in steps:
            table.add_row(service, migration.stream, migration.name, became)
        if not steps:
            table.add_row(service, "", "", "nothing to do")
    console.print(table)
    if any(became == "waits" for steps in state.values() for _, became in steps):
        console.print(
            "What waits needs this version everywhere first: run --phase post then, "
            "or --phase all while nothing of Linli runs."
        )
