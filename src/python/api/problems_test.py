from collections.abc import Iterator

import msgspec
import psycopg
import pytest
from litestar import get
from litestar.testing import create_test_client
from psycopg_pool import PoolTimeout

from api.app import routes
from api.problems import HANDLERS, MEDIA_TYPE, STATUS, status_of
from ibid_contract import Problem
from libs.errors import DomainError, NotFound, Unavailable

SECRET = "select secret from somewhere"


def every_kind(kind: type[DomainError] = DomainError) -> Iterator[type[DomainError]]:
    for derived in kind.__subclasses__():
        yield derived
        yield from every_kind(derived)


def test_every_domain_error_has_a_status_that_a_client_can_act_on() -> None:
    assert routes()
    kinds = list(every_kind())
    assert len(kinds) > len(STATUS)
    for kind in kinds:
        assert 400 <= status_of(kind) < 500 or issubclass(kind, Unavailable)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound("There is no such document."), 404),
        (psycopg.OperationalError(SECRET), 503),
        (psycopg.errors.QueryCanceled(SECRET), 503),
        (psycopg.InterfaceError(SECRET), 503),
        (PoolTimeout(SECRET), 503),
        (psycopg.DataError(SECRET), 400),
        (RuntimeError(SECRET), 500),
    ],
)
def test_an_error_becomes_a_problem_without_its_inner_life(error: Exception, status: int) -> None:
    @get("/", sync_to_thread=False)
    def fail() -> None:
        raise error

    with create_test_client([fail], exception_handlers=HANDLERS, openapi_config=None) as client:
        response = client.get("/")
    assert response.status_code == status
    assert response.headers["content-type"] == MEDIA_TYPE
    assert "retry-after" in response.headers or status != 503
    assert SECRET not in response.text
    assert "Traceback" not in response.text
    problem = msgspec.json.decode(response.content, type=Problem)
    assert problem.status == status
    assert problem.type.startswith("/problems/")
