"""`linli verify`: every service recomputes what it derives and compares it with what is stored."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grpc import aio
from linli.admin.v1.admin_pb2 import StartVerifyRequest
from linli.admin.v1.admin_pb2_grpc import AdminServiceStub
from linli.jobs.v1.jobs_pb2 import Job
from rich.console import Console
from rich.table import Table

from services.chassis.ids import new_id
from services.chassis.settings import Settings
from services.console.answering import answering
from services.console.calls import call
from services.console.channels import Channels
from services.console.configuration import SERVICES, find_targets
from services.console.jobs import wait_for_job
from services.console.lag import OPERATOR
from services.console.steps import Advance, Steps

FINDINGS_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What one service found."""

    service: str
    checks: dict[str, int]
    """From the law that was checked to how many things were compared."""
    findings: list[str]
    """Every difference, named."""


async def show_verify(settings: Settings, *, as_json: bool) -> bool:
    """Verify, and print what was compared and every difference. Returns whether there is none.

    Raises:
        CallRefused: The server does not answer.
        JobNotDone: A check could not be brought to its end.
        ServerNotFound: There is none.
    """
    errors = Console(stderr=True)
    async with answering(find_targets(settings), caller=OPERATOR) as channels:
        with Steps(console=errors, quiet=as_json) as steps:
            verdicts = await verify(channels, steps=steps)
    agree = not any(verdict.findings for verdict in verdicts)
    if as_json:
        print(json.dumps(as_object(verdicts), ensure_ascii=False, indent=2))
    else:
        show_verdicts(Console(), verdicts)
    return agree


def as_object(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Put verdicts for scripts."""
    by_service = {each.service: {"checks": each.checks, "findings": each.findings} for each in verdicts}
    agree = not any(verdict.findings for verdict in verdicts)
    return {"verified": agree, "services": by_service}


async def verify(channels: Channels, *, steps: Steps) -> list[Verdict]:
    """Have every service verify itself, at once, and wait for what they find."""
    with steps.step("verify", total=100 * len(SERVICES)) as advance:
        verdicts = (_verify_one(channels[service], service, advance) for service in SERVICES)
        return list(await asyncio.gather(*verdicts))


async def _verify_one(channel: aio.Channel, service: str, advance: Advance) -> Verdict:
    caller = str(OPERATOR)
    request = StartVerifyRequest(request_id=new_id(), service=service)
    job_id = (await call(AdminServiceStub(channel).StartVerify, request, caller=caller)).written.id
    shown = 0

    def watch(job: Job) -> None:
        nonlocal shown
        per_cent = 100 * job.done // max(job.total, 1)
        advance(per_cent - shown)
        shown = per_cent

    result = await wait_for_job(channel, service=service, job_id=job_id, caller=caller, watch=watch)
    found = json.loads(result)
    return Verdict(service=service, checks=found["checks"], findings=found["findings"])


def show_verdicts(console: Console, verdicts: Sequence[Verdict]) -> None:
    """Print what was compared, and every difference."""
    table = Table("service", "what must hold", "compared", "differences", title="Verify")
    for column in table.columns[2:]:
        column.justify = "right"
    for verdict in verdicts:
        for check, compared in verdict.checks.items():
            differences = sum(finding.startswith(f"{check}: ") for finding in verdict.findings)
            table.add_row(verdict.service, check, f"{compared:,}", f"{differences:,}")
    console.print(table)
    findings = [f"{verdict.service}: {finding}" for verdict in verdicts for finding in verdict.findings]
    for finding in findings[:FINDINGS_SHOWN_MAX]:
        console.print(finding, style="red", markup=False)
    if len(findings) > FINDINGS_SHOWN_MAX:
        console.print(f"... and {len(findings) - FINDINGS_SHOWN_MAX:,} more; --json lists them all.")
    console.print("Everything agrees." if not findings else f"{len(findings):,} differences.")
