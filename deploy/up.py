"""Prepare a deployment on one machine, and become its supervisor.

    python deploy/up.py

Prepared is what is not there yet: the folder, the key of request digests, the cluster of PostgreSQL with its
roles and its database. `linli.toml` in the folder is written anew at every start, from the variables below;
`linli` finds the servers by it when it is run there. Settings of Linli may stand in the environment too.

Exit codes: 1 it cannot start, with a line that says why; after the start those of supervisord.
"""

import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

PRESENT_USER = pwd.getpwuid(os.getuid()).pw_name
DEFAULTS = {
    # Everything that stays: data, sockets, logs, the key. Sockets lie in it, so its path is short.
    "DEPLOY_FOLDER": "/var/lib/linli",
    # Where `initdb` and `postgres` are, and Valkey or Redis.
    "DEPLOY_POSTGRES_BIN": "/usr/lib/postgresql/18/bin",
    "DEPLOY_VALKEY": "/usr/bin/valkey-server",
    # Runs PostgreSQL and Valkey; another than the present user only if that is root: PostgreSQL refuses root.
    "DEPLOY_SERVERS_USER": PRESENT_USER,
    # Of the district; fixed when the databases are made.
    "DEPLOY_TIME_ZONE": "Asia/Shanghai",
    "DEPLOY_MEMBERS_PORT": "50051",
    "DEPLOY_EVENTS_PORT": "50052",
    "DEPLOY_POINTS_PORT": "50053",
    # How ports of metrics begin: 9500 to 9502 the servers, 9510, 9520 and 9530 onwards the workers.
    "DEPLOY_METRICS_PORTS": "95",
    # For each service, 1 to 5: each process holds up to 10 of the 200 connections.
    "DEPLOY_WORKERS": "2",
}
SERVICES = ("members", "events", "points")
CONFIGURATION = Path(__file__).resolve().with_name("supervisord.conf")
SOCKET_PATH_BYTES_MAX = 107
LONGEST_SOCKET = "run/supervisor.sock.12345678"
"""Supervisor listens on a draft of its name first."""
KEY_BYTES = 32
PRIVATE = 0o077
ROLES_AND_DATABASE = """\
CREATE ROLE linli LOGIN;
CREATE DATABASE linli OWNER linli;
"""
WHO_MAY_CONNECT = "local all all peer map=deployment\n"
"""Nobody by the network. On the socket the system says who it is, so that there is no password to keep."""
WHO_IS_WHO = f"deployment {PRESENT_USER} linli\ndeployment {PRESENT_USER} postgres\n"


class CannotStart(Exception):  # noqa: N818 - reads as what happened
    """The deployment cannot start; the message says what to do."""


NUMBERS = {
    **{f"DEPLOY_{service}_PORT": (1, 65535) for service in ("MEMBERS", "EVENTS", "POINTS")},
    "DEPLOY_METRICS_PORTS": (1, 654),
    "DEPLOY_WORKERS": (1, 5),
}
"""The least and the most of each variable that is a number."""


def main() -> None:
    """Prepare and become supervisord: the same process, so that a signal reaches it."""
    os.umask(PRIVATE)
    chosen = {name: os.environ.get(name) or default for name, default in DEFAULTS.items()}
    # The commands of this very installation are found first.
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    os.environ.update(chosen, PATH=path)
    try:
        refuse_unfit(chosen)
        prepare(chosen)
        supervisord = found("supervisord", remedy="install Linli with its extra `deploy`")
    except (CannotStart, OSError) as error:
        sys.exit(f"Cannot start: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"Cannot start: {error.cmd[0]} ended with {error.returncode}: {error.stderr.strip()}")
    # Its programs find `linli.toml` where they start.
    os.chdir(chosen["DEPLOY_FOLDER"])
    os.execv(supervisord, [supervisord, "--nodaemon", "-c", str(CONFIGURATION)])  # noqa: S606 - no shell is wanted


def refuse_unfit(chosen: dict[str, str]) -> None:
    """Look at the numbers, and for names that nobody reads.

    Raises:
        CannotStart: Names the first variable that is wrong.
    """
    for name in sorted(os.environ):
        if name.startswith("DEPLOY_") and name not in DEFAULTS:
            raise CannotStart(f"there is no variable {name}; the README beside this file lists them")
    for name, (least, most) in NUMBERS.items():
        if not chosen[name].isdecimal() or not least <= int(chosen[name]) <= most:
            raise CannotStart(f"{name} is {chosen[name]!r}; give a number from {least} to {most}")


def prepare(chosen: dict[str, str]) -> None:
    """Make what is not there yet.

    Raises:
        CannotStart: A program is not there, the user or the folder does not fit.
        CalledProcessError: PostgreSQL refused to make a cluster.
    """
    user, folder = chosen["DEPLOY_SERVERS_USER"], Path(chosen["DEPLOY_FOLDER"])
    initdb = found("initdb", chosen["DEPLOY_POSTGRES_BIN"], remedy="set DEPLOY_POSTGRES_BIN")
    postgres = found("postgres", chosen["DEPLOY_POSTGRES_BIN"], remedy="set DEPLOY_POSTGRES_BIN")
    found(chosen["DEPLOY_VALKEY"], remedy="set DEPLOY_VALKEY")
    if not folder.is_absolute() or len(os.fsencode(folder / LONGEST_SOCKET)) > SOCKET_PATH_BYTES_MAX:
        raise CannotStart(f"{folder} is no absolute path, or too long for a socket in it; set DEPLOY_FOLDER")
    try:
        account = pwd.getpwnam(user)
    except KeyError:
        raise CannotStart(f"there is no user {user}; set DEPLOY_SERVERS_USER") from None
    if account.pw_uid == 0:
        raise CannotStart("PostgreSQL refuses root; start as another user, or set DEPLOY_SERVERS_USER")
    make_folder(folder, user=PRESENT_USER, mode=0o711)
    make_folder(folder / "logs", user=PRESENT_USER)
    for name in ("run", "postgres", "valkey"):
        make_folder(folder / name, user=user)
    make_cluster(folder / "postgres", initdb=initdb, postgres=postgres, user=user)
    write_settings(folder, chosen)


def found(program: str, folder: str | None = None, *, remedy: str) -> str:
    """Find a program, in the folder or on the path."""
    place = shutil.which(program, path=folder)
    if place is None:
        raise CannotStart(f"no {program} was found{f' in {folder}' if folder else ''}; {remedy}")
    return place


def make_folder(folder: Path, *, user: str, mode: int = 0o700) -> None:
    """Make a folder for its user alone, or for others to pass through only."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.chown(folder, user=user)
    folder.chmod(mode)


def make_cluster(folder: Path, *, initdb: str, postgres: str, user: str) -> None:
    """Make the cluster whole or not at all: under another name first."""
    cluster, draft = folder / "cluster", folder / "draft"
    if cluster.exists():
        return
    shutil.rmtree(draft, ignore_errors=True)
    # The C locale sorts text by code point, as SQLite and Python do.
    shape = ("--username=postgres", "--encoding=UTF8", "--no-locale", "--auth=peer")
    run_as(user, initdb, "-D", draft, *shape)
    (draft / "pg_hba.conf").write_text(WHO_MAY_CONNECT, "utf-8")
    (draft / "pg_ident.conf").write_text(WHO_IS_WHO, "utf-8")
    run_as(user, postgres, "--single", "-D", draft, "postgres", given=ROLES_AND_DATABASE)
    draft.rename(cluster)


def run_as(user: str, *command: str | Path, given: str = "") -> None:
    """Run a program of the servers to its end."""
    account = pwd.getpwnam(user)
    # Only root may become another user, and who becomes one leaves root's groups behind.
    other: dict[str, Any] = {"user": user, "group": account.pw_gid, "extra_groups": []}
    subprocess.run(
        list(command),
        input=given,
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
        **(other if os.getuid() == 0 else {}),
    )


def write_settings(folder: Path, chosen: dict[str, str]) -> None:
    """Write the settings of all processes, and of `linli` in this folder, which nobody else may read."""
    key = folder / "request.key"
    if not key.exists():
        write(key, secrets.token_hex(KEY_BYTES) + "\n")
    lines = [
        "# Written at every start by deploy/up.py from its environment: change that, not this.",
        f"request_key = {json.dumps(key.read_text('utf-8').strip())}",
        f"time_zone = {json.dumps(chosen['DEPLOY_TIME_ZONE'])}",
        f"redis_url = {json.dumps(f'unix://{folder}/run/valkey.sock')}",
    ]
    for service in SERVICES:
        target = f"127.0.0.1:{chosen[f'DEPLOY_{service.upper()}_PORT']}"
        database_url = f"postgresql://linli@/linli?host={folder}/run"
        lines += [f"[{service}]", f"target = {json.dumps(target)}"]
        lines += [f"database_url = {json.dumps(database_url)}"]
    write(folder / "linli.toml", "\n".join(lines) + "\n")


def write(path: Path, content: str) -> None:
    """Put a file in place as a whole; the umask keeps it private."""
    draft = path.with_suffix(".draft")
    draft.write_text(content, "utf-8")
    draft.replace(path)


if __name__ == "__main__":
    main()
