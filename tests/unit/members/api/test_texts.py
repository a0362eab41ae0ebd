from pathlib import Path

from services.chassis.texts import Language, read_texts
from services.members.api import codes

FOLDER = Path(codes.__file__).parent / "texts"


def test_every_fault_of_the_register_has_words() -> None:
    told = read_texts(FOLDER, Language.CHINESE)
    reasons = {kind.reason for kind in codes.CODES if kind.__module__.startswith("services.members.")}
    missing = sorted(reasons - told.keys())
    assert not missing, f"write a text into services/members/api/texts/zh-CN.toml for {', '.join(missing)}"
