"""Generate the Python modules of the contract into `proto/gen` (or another folder).

    python proto/generate.py [FOLDER]

The result is committed; a test generates it anew and compares.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

PROTO = Path(__file__).resolve().parent
VENDOR = PROTO / "vendor"


def generate(*, into: Path) -> None:
    """Replace everything in the folder with freshly generated modules."""
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    contracts = sorted(str(path.relative_to(PROTO)) for path in (PROTO / "linli").rglob("*.proto"))
    services = [path for path in contracts if "\nservice " in (PROTO / path).read_text("utf-8")]
    includes = [f"-I{PROTO}", f"-I{VENDOR}"]
    messages = ["--python_out", str(into), "--mypy_out", f"quiet:{into}"]
    stubs = ["--grpc_python_out", str(into), "--mypy_grpc_out", f"quiet:{into}"]
    protoc(*includes, *messages, *contracts, "buf/validate/validate.proto")
    protoc(*includes, *stubs, *services)


def protoc(*arguments: str) -> None:
    """Run the protocol compiler that grpcio-tools carries."""
    # It looks for its plugins on the path; ours lie beside this interpreter, activated or not.
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)))
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", *arguments], check=True, env={**os.environ, "PATH": path}
    )


if __name__ == "__main__":
    generate(into=Path(sys.argv[1]) if len(sys.argv) > 1 else PROTO / "gen")
