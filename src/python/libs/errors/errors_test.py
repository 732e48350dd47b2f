import pytest

from libs.errors import Conflict, Denied, DomainError, NotFound, Rejected, Unavailable

_ALL = [DomainError, NotFound, Conflict, Rejected, Denied, Unavailable]


@pytest.mark.parametrize("error", _ALL)
def test_the_docstring_is_the_default_message(error: type[DomainError]) -> None:
    assert error().message == (error.__doc__ or "").splitlines()[0]


@pytest.mark.parametrize("error", _ALL)
def test_a_given_message_wins(error: type[DomainError]) -> None:
    assert error("No collection x.").message == "No collection x."


def test_codes_are_unique() -> None:
    assert len({error.code for error in _ALL}) == len(_ALL)
