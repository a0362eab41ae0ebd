from pathlib import Path

import pytest

from services.console.folder import FolderUnusable, read_target, request_secret

HALF_A_KEY = "0" * 32


class TestTheKeyOfRequests:
    def test_is_made_once(self, tmp_path: Path) -> None:
        assert request_secret(tmp_path, key=None) == request_secret(tmp_path, key=None)

    @pytest.mark.parametrize("content", [b"", b"no key", b"\xff", HALF_A_KEY.encode()])
    def test_is_refused_where_it_is_damaged(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "request.key").write_bytes(content)
        with pytest.raises(FolderUnusable, match=r"request\.key is damaged"):
            request_secret(tmp_path, key=None)
        assert (tmp_path / "request.key").read_bytes() == content

    def test_is_refused_where_it_cannot_be_read(self, tmp_path: Path) -> None:
        (tmp_path / "request.key").mkdir()
        with pytest.raises(FolderUnusable, match=r"request\.key cannot be used"):
            request_secret(tmp_path, key=None)


class TestTheAnnouncement:
    @pytest.mark.parametrize("content", ["", "[]", "5", "{}", '{"target": "127.0.0.1:1"}'])
    def test_of_another_form_is_none(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "server.json").write_text(content)
        assert read_target(tmp_path) is None
        assert read_target(tmp_path, process_id=1) is None

    def test_is_believed_of_the_process_that_is_meant(self, tmp_path: Path) -> None:
        (tmp_path / "server.json").write_text('{"target": "127.0.0.1:1", "process_id": 7}')
        assert read_target(tmp_path) == "127.0.0.1:1"
        assert read_target(tmp_path, process_id=7) == "127.0.0.1:1"
        assert read_target(tmp_path, process_id=8) is None
