"""What of `deploy/` can be checked without running it; a journey of the same name runs the supervisor."""

import re
import shlex
from collections.abc import Iterator
from configparser import RawConfigParser
from fnmatch import fnmatch
from typing import Any

import pytest
import yaml

from deploy.up import DEFAULTS
from services.chassis.settings import Settings
from tests.architecture.command_line import parse
from tests.architecture.tools import ROOT, run_tool

DEPLOY = ROOT / "deploy"
COMPOSITION: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OURS = {name: each for name, each in COMPOSITION["services"].items() if each["image"] == "linli"}
SERVICES = ("members", "events", "points")
PROGRAMS = (*SERVICES, *(f"{service}-worker" for service in SERVICES))
EXPANDED = re.compile(r"%\((?:ENV_)?(\w+)\)[sd]")


def supervised() -> dict[str, dict[str, str]]:
    parser = RawConfigParser(inline_comment_prefixes=None)
    parser.read(DEPLOY / "supervisord.conf", "utf-8")
    return {
        name.removeprefix("program:"): dict(parser[name]) for name in parser.sections() if "program:" in name
    }


def commands_of_linli() -> Iterator[list[str]]:
    for program in supervised().values():
        command = EXPANDED.sub("1", program["command"])
        if found := re.search(r"\blinli ([^|']+)", command):
            yield shlex.split(found[1])
    for service in OURS.values():
        yield service["command"]


class TestTheFiles:
    def test_pass_the_linter_of_images(self) -> None:
        assert run_tool("hadolint", "deploy/Dockerfile") == (0, "")

    def test_pass_the_linter_of_yaml(self) -> None:
        assert run_tool("yamllint", "--strict", "-c", "deploy/.yamllint", "deploy") == (0, "")

    @pytest.mark.parametrize("words", list(commands_of_linli()), ids=" ".join)
    def test_have_commands_that_linli_understands(self, words: list[str]) -> None:
        parse(words)

    def test_let_valkey_keep_what_it_was_told_and_evict_nothing(self) -> None:
        composed = " ".join(COMPOSITION["services"]["valkey"]["command"])
        for command in (composed, supervised()["valkey"]["command"]):
            assert "--appendonly yes" in command
            assert "--maxmemory-policy noeviction" in command

    def test_run_the_same_programs(self) -> None:
        assert supervised().keys() == {*PROGRAMS, "postgres", "valkey", "migrate"}
        assert COMPOSITION["services"].keys() == supervised().keys()


class TestTheSupervisor:
    def test_knows_every_variable_by_a_default(self) -> None:
        text = (DEPLOY / "supervisord.conf").read_text("utf-8")
        assert set(re.findall(r"%\(ENV_(\w+)\)", text)) <= DEFAULTS.keys()

    def test_has_its_variables_in_the_readme(self) -> None:
        rows = re.findall(
            r"^\| `(DEPLOY_\w+)` \| `?([^|`]*)`? \|", (DEPLOY / "README.md").read_text("utf-8"), re.MULTILINE
        )
        said = {name: default for name, default in rows if name != "DEPLOY_SERVERS_USER"}
        assert said == {name: default for name, default in DEFAULTS.items() if name != "DEPLOY_SERVERS_USER"}

    @pytest.mark.parametrize("name", PROGRAMS)
    def test_lets_processes_drain_and_starts_them_again(self, name: str) -> None:
        program = supervised()[name]
        assert int(program["stopwaitsecs"]) > Settings().drain_seconds
        assert program["autorestart"] == "true"

    def test_listens_nowhere_but_on_a_socket_of_its_user(self) -> None:
        text = (DEPLOY / "supervisord.conf").read_text("utf-8")
        assert "[inet_http_server]" not in text
        assert "chmod = 0700" in text


class TestTheComposition:
    def test_publishes_nothing(self) -> None:
        assert [name for name, each in COMPOSITION["services"].items() if "ports" in each] == []
        assert COMPOSITION["networks"] == {"inside": {"internal": True}}
        assert {tuple(each["networks"]) for each in COMPOSITION["services"].values()} == {("inside",)}

    def test_runs_servers_and_workers_after_the_migrations(self) -> None:
        after = {name: each["depends_on"].get("migrate") for name, each in OURS.items() if name != "migrate"}
        assert after == {name: {"condition": "service_completed_successfully"} for name in PROGRAMS}
        assert OURS["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}

    def test_lets_processes_drain(self) -> None:
        assert all(
            int(each["stop_grace_period"].rstrip("s")) > Settings().drain_seconds for each in OURS.values()
        )

    def test_has_no_secret_in_it(self) -> None:
        text = (DEPLOY / "compose.yaml").read_text("utf-8")
        assert len(re.findall(r"\$\{(?:LINLI_REQUEST_KEY|POSTGRES_PASSWORD):\?[^}]+\}", text)) == 3
        example = (DEPLOY / ".env.example").read_text("utf-8")
        assert re.findall(r"^(?:LINLI_REQUEST_KEY|POSTGRES_PASSWORD)=(.*)$", example, re.MULTILINE) == [
            "",
            "",
        ]

    def test_builds_from_files_that_are_there_and_not_ignored(self) -> None:
        copied = re.findall(
            r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text("utf-8"), re.MULTILINE
        )
        sources = {source for line in copied for source in line.split()}
        let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").split() if line[0] == "!"}
        assert {source for source in sources if not (ROOT / source).exists()} == set()
        assert {source for source in sources if not any(fnmatch(source, name) for name in let_in)} == set()
