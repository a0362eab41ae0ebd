"""The code, the table of metrics, the alarms and the runbook speak of the same things."""

import re
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.process_collector import ProcessCollector

from services.chassis.metrics import declared
from tests.architecture.tools import ROOT

DEPLOY = ROOT / "deploy"
UNITS = (
    "_seconds",
    "_total",
    "_items",
    "_calls",
    "_subjects",
    "_facts",
    "_jobs",
    "_connections",
    "_position",
)
ANSWERS = ("_info", "_up", "_reachable", "_diverged")
"""Gauges that are 0 or 1."""
LABELS = {"service", "method", "code", "log", "topic", "listener", "kind", "reason", "version"}
GIVEN_BY_PROMETHEUS = {"up"}
METRIC = re.compile(r"\b(?:linli|process)_\w+|\bup\b")
ANNOTATIONS = {"summary", "runbook"}


def name_of(metric: MetricWrapperBase) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else str(metric._name)


METRICS = {name_of(each): each for each in vars(declared).values() if isinstance(each, MetricWrapperBase)}


def samples() -> set[str]:
    """The names that an expression may use."""
    found = set(GIVEN_BY_PROMETHEUS)
    for name, metric in METRICS.items():
        suffixes = ("_bucket", "_sum", "_count") if metric._type == "histogram" else ("",)
        found |= {name + suffix for suffix in suffixes}
    process = ProcessCollector(registry=None).collect()
    return found | {sample.name for family in process for sample in family.samples}


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


RULES = {rule["alert"]: rule for rule in rules()}


class TestTheTableOfMetrics:
    def test_says_what_the_code_says(self) -> None:
        text = (DEPLOY / "METRICS.md").read_text("utf-8")
        rows = [line for line in text.splitlines() if line.startswith("| `linli_")]
        declared_rows = [
            f"| `{name}` | {each._type} | {', '.join(f'`{label}`' for label in each._labelnames)} "
            f"| {each._documentation} |"
            for name, each in METRICS.items()
        ]
        assert rows == declared_rows

    def test_names_what_the_library_measures_of_the_process(self) -> None:
        text = (DEPLOY / "METRICS.md").read_text("utf-8")
        process = {s.name for family in ProcessCollector(registry=None).collect() for s in family.samples}
        assert process <= set(METRIC.findall(text))

    def test_has_expressions_on_metrics_that_exist(self) -> None:
        text = (DEPLOY / "METRICS.md").read_text("utf-8").partition("## Questions")[2]
        assert set(METRIC.findall(text)) - samples() == set()


class TestAMetric:
    @pytest.mark.parametrize("name", METRICS)
    def test_is_named_by_its_unit_and_has_no_label_that_grows(self, name: str) -> None:
        assert name.startswith("linli_")
        assert name.endswith((*UNITS, *ANSWERS))
        assert set(METRICS[name]._labelnames) <= LABELS


@pytest.mark.parametrize("alert", RULES)
class TestAnAlarm:
    def test_rests_on_metrics_that_exist(self, alert: str) -> None:
        used = set(METRIC.findall(RULES[alert]["expr"]))
        assert used
        assert used - samples() == set()

    def test_groups_by_labels_that_its_metrics_have(self, alert: str) -> None:
        expr = RULES[alert]["expr"]
        given = {"instance", "job"}
        for names in re.findall(r"by \(([^)]*)\)", expr):
            metrics = [METRICS[name] for name in METRIC.findall(expr) if name in METRICS]
            grouped = {name.strip() for name in names.split(",")} - given
            assert all(grouped <= set(metric._labelnames) for metric in metrics)

    def test_says_what_is_the_matter_and_where_the_cure_stands(self, alert: str) -> None:
        annotations = RULES[alert]["annotations"]
        assert set(annotations) == ANNOTATIONS
        assert RULES[alert]["labels"]["severity"] in {"critical", "warning"}
        assert annotations["runbook"] == f"deploy/RUNBOOK.md#{alert.lower()}"
        section = sections().get(alert, "")
        assert "**Cause**" in section
        assert "**Cure**" in section


def sections() -> dict[str, str]:
    """The entries of the runbook's chapter on alarms."""
    alarms = (DEPLOY / "RUNBOOK.md").read_text("utf-8").partition("\n## Alarms\n")[2].partition("\n## ")[0]
    found = {}
    for entry in alarms.split("\n### ")[1:]:
        title, _, text = entry.partition("\n")
        found[title] = text
    return found


def test_the_runbook_has_no_entry_for_an_alarm_that_is_not_there() -> None:
    assert list(sections()) == list(RULES)
