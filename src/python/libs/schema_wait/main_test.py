import pytest

from libs.schema_wait.__main__ import main


def test_what_is_missing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["1"], {}) == 2
    assert capsys.readouterr().err == "ibid: IBID_DATABASE_URL: not set\n"


@pytest.mark.parametrize("arguments", [[], ["soon"], ["1", "2"]])
def test_wrong_arguments_are_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments, {}) == 2
    assert capsys.readouterr().err == "ibid: usage: python -m libs.schema_wait SECONDS\n"


def test_a_database_that_does_not_answer_is_waited_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # nobody listens on port 1
    environ = {"IBID_DATABASE_URL": "postgresql://ibid_api:secret@127.0.0.1:1/ibid"}
    assert main(["0.1"], environ) == 3
    waiting, given_up = capsys.readouterr().err.splitlines()
    assert waiting.removeprefix("ibid: waiting: ") == given_up.removeprefix("ibid: ")
    assert "secret" not in given_up
