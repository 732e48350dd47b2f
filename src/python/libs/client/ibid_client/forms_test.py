import io
from pathlib import Path
from urllib.parse import unquote

import pytest

from ibid_client.forms import Form


def _bytes(form: Form) -> bytes:
    with form.opened() as body:
        return b"".join(body.pieces())


@pytest.mark.parametrize("name", ["a.txt", "a b.pdf", "..", "-rf", "a;b'c.txt"])
def test_a_plain_name_is_sent_as_it_is(name: str) -> None:
    assert f'filename="{name}"\r\n'.encode() in _bytes(Form.of(io.BytesIO(b"x"), name, {}))


@pytest.mark.parametrize("name", ['a"b', "a\\b", "50%.txt", "a\r\nb", "Übung.md", "文書", "\0"])
def test_an_odd_name_arrives_unchanged(name: str) -> None:
    body = _bytes(Form.of(io.BytesIO(b"x"), name, {})).decode()
    encoded = body.partition("filename*=utf-8''")[2].partition("\r\n")[0]
    assert encoded.isascii()
    assert unquote(encoded) == name


def test_a_name_that_is_no_unicode_is_mended() -> None:
    assert Form.of(io.BytesIO(b"x"), "a\udcff", {}).file_name == "a\N{REPLACEMENT CHARACTER}"


def test_the_name_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x")
    assert Form.of(path, None, {}).file_name == "a.txt"
    with path.open("rb") as stream:
        assert Form.of(stream, None, {}).file_name == "a.txt"
    assert Form.of(io.BytesIO(b"x"), None, {}).file_name == "document"


def test_a_document_that_grows_keeps_its_announced_length(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"first")
    with Form.of(path, None, {}).opened() as body:
        path.write_bytes(b"first and more")
        sent = b"".join(body.pieces())
    assert len(sent) == body.length
    assert b"first\r\n" in sent


def test_a_large_document_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(10 << 20)
    with Form.of(path, None, {}).opened() as body:
        assert max(len(piece) for piece in body.pieces()) <= 1 << 20
