import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.chassis.setting_sources import PER_SERVICE, READERS, load_settings
from services.chassis.settings import LogFormat, Settings, SettingsInvalid

SERVICES = ("members", "points")
KEY = "0123456789abcdef0123456789abcdef"


def load(
    environment: dict[str, str] | None = None, *, file: Path | None = None, **options: object
) -> Settings:
    return load_settings(services=SERVICES, environment=environment or {}, file=file, options=options)


def problems(
    environment: dict[str, str] | None = None, *, file: Path | None = None, **options: object
) -> list[str]:
    with pytest.raises(SettingsInvalid) as refusal:
        load(environment, file=file, **options)
    return [problem.name for problem in refusal.value.problems]


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    return tmp_path / "linli.toml"


class TestSettings:
    def test_have_defaults_for_one_machine(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.chdir(tmp_path)
        settings = load()
        assert settings == Settings()
        assert (settings.host, settings.trust_network) == ("127.0.0.1", False)
        assert settings.time_zone == ZoneInfo("Asia/Shanghai")
        assert settings.database_url("members") == "sqlite:///linli-data/members.sqlite"

    def test_come_from_the_environment(self) -> None:
        settings = load(
            {
                "LINLI_DATA_DIR": "/srv/linli",
                "LINLI_PORT": "7000",
                "LINLI_TIME_ZONE": "Asia/Urumqi",
                "LINLI_LOG_FORMAT": "JSON",
                "LINLI_REFLECTION": "false",
                "LINLI_CALL_SECONDS_MAX": "2.5",
                "LINLI_REQUEST_KEY": KEY,
                "LINLI_REDIS_URL": "redis://127.0.0.1/0",
                "LINLI_POINTS_DATABASE_URL": "postgresql://linli@db/points",
                "LINLI_TARGET": "127.0.0.1:7000",
                "OTHER_PORT": "x",
            }
        )
        assert settings == Settings(
            data_dir=Path("/srv/linli"),
            port=7000,
            time_zone=ZoneInfo("Asia/Urumqi"),
            log_format=LogFormat.JSON,
            reflection=False,
            call_seconds_max=2.5,
            request_key=KEY.encode(),
            redis_url="redis://127.0.0.1/0",
            database_urls={"points": "postgresql://linli@db/points"},
            target="127.0.0.1:7000",
        )
        assert settings.database_url("members") == "sqlite:////srv/linli/members.sqlite"

    def test_come_from_the_file(self, toml: Path) -> None:
        toml.write_text('port = 7000\nreflection = false\n[points]\ndatabase_url = "sqlite:///p.sqlite"\n')
        settings = load(file=toml)
        assert (settings.port, settings.reflection) == (7000, False)
        assert settings.database_url("points") == "sqlite:///p.sqlite"

    def test_of_the_environment_win_over_the_file_and_options_over_both(self, toml: Path) -> None:
        toml.write_text("port = 1\ncalls_max = 1\ndrain_seconds = 1\n")
        environment = {"LINLI_PORT": "2", "LINLI_CALLS_MAX": "2"}
        settings = load(environment, file=toml, port=3, host=None)
        assert (settings.port, settings.calls_max, settings.drain_seconds) == (3, 2, 1.0)

    def test_that_are_empty_count_as_not_set(self) -> None:
        assert load({"LINLI_PORT": "", "LINLI_REDIS_URL": ""}).port == Settings().port

    def test_never_show_their_secrets(self) -> None:
        shown = repr(
            load(
                {
                    "LINLI_REQUEST_KEY": KEY,
                    "LINLI_REDIS_URL": "redis://:hush@db",
                    "LINLI_POINTS_DATABASE_URL": "postgresql://u:hush@db/p",
                }
            )
        )
        assert "hush" not in shown
        assert KEY not in shown

    def test_all_have_a_reader_and_every_reader_a_setting(self) -> None:
        names = {setting.name for setting in fields(Settings)}
        assert names == READERS.keys() | {f"{name}s" for name in PER_SERVICE}

    def test_load_without_anything_heavy(self) -> None:
        program = (
            "import sys, services.chassis.setting_sources; "
            "sys.exit(any(name in sys.modules for name in ('grpc', 'sqlalchemy', 'structlog', 'pydantic')))"
        )
        subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


class TestWhatIsWrong:
    def test_is_reported_all_at_once(self, toml: Path) -> None:
        toml.write_text('prot = 7000\ncalls_max = 0\n[members]\ncolour = "red"\n[villages]\nx = 1\n')
        names = problems(
            {
                "LINLI_TIME_ZONE": "Asia/Nowhere",
                "LINLI_POTR": "1",
                "LINLI_TRUST_NETWORK": "perhaps",
                "LINLI_POINTS_DATABASE_URL": "mysql://u:hush@db",
            },
            file=toml,
            port=70000,
        )
        assert sorted(names) == [
            "--port",
            "LINLI_POINTS_DATABASE_URL",
            "LINLI_POTR",
            "LINLI_TIME_ZONE",
            "LINLI_TRUST_NETWORK",
            "calls_max in linli.toml",
            "members.colour in linli.toml",
            "prot in linli.toml",
            "villages in linli.toml",
        ]

    def test_says_what_to_do_and_repeats_no_secret(self) -> None:
        with pytest.raises(SettingsInvalid) as refusal:
            load(
                {
                    "LINLI_POTR": "1",
                    "LINLI_PORT": "70000",
                    "LINLI_POINTS_DATABASE_URL": "mysql://u:hush@db",
                    "LINLI_REQUEST_KEY": "hush",
                }
            )
        message = str(refusal.value)
        assert "LINLI_POTR: There is no such setting. Did you mean LINLI_PORT?" in message
        assert "LINLI_PORT: 70000 is out of range. Give a whole number from 0 to 65535." in message
        assert "hush" not in message

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HOST", "example.com"),
            ("HOST", "0.0.0.0"),  # noqa: S104
            ("HOST", "::"),
            ("PORT", "-1"),
            ("PORT", "65536"),
            ("PORT", "7e3"),
            ("TIME_ZONE", "../etc/passwd"),
            ("TIME_ZONE", "Asia"),
            ("REDIS_URL", "http://x"),
            ("MESSAGE_BYTES_MAX", "10"),
            ("CALL_SECONDS_MAX", "nan"),
            ("CALL_SECONDS_MAX", "inf"),
            ("LOG_LEVEL", "loud"),
            ("REQUEST_KEY", "short"),
            ("TARGET", "nowhere"),
            ("DATA_DIR", __file__),
        ],
    )
    def test_is_refused_by_name(self, name: str, value: str) -> None:
        assert problems({f"LINLI_{name}": value}) == [f"LINLI_{name}"]

    def test_is_one_port_for_calls_and_for_metrics(self) -> None:
        assert problems({"LINLI_METRICS_PORT": "7000"}, port=7000) == ["LINLI_METRICS_PORT"]
        assert load({"LINLI_METRICS_PORT": "0"}, port=0).metrics_port == 0

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
    def test_is_not_a_host_of_this_machine(self, host: str) -> None:
        assert load({"LINLI_HOST": host}).host == host

    def test_is_not_another_host_in_a_trusted_network(self) -> None:
        assert load({"LINLI_HOST": "10.0.0.7", "LINLI_TRUST_NETWORK": "true"}).host == "10.0.0.7"

    @pytest.mark.parametrize("content", [b"port = ", b"\xff", b"port = 1\nport = 2"])
    def test_is_a_file_that_is_no_toml(self, toml: Path, content: bytes) -> None:
        toml.write_bytes(content)
        assert problems(file=toml) == [str(toml)]

    def test_is_a_file_that_was_named_and_is_not_there(self, toml: Path) -> None:
        assert problems(file=toml) == [str(toml)]

    def test_is_a_list_where_a_value_belongs(self, toml: Path) -> None:
        toml.write_text("port = [1]\n")
        assert problems(file=toml) == ["port in linli.toml"]
