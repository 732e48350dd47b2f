import pytest

from libs.postgres.server import server_problem


@pytest.mark.parametrize(
    ("server", "available", "installed"),
    [
        (150018, "0.8.0", None),
        (160014, "0.8.5", "0.8.0"),
        (170002, "0.10.1", "0.9.0"),
        (180004, "1.0.0", None),
        # a managed server may run on with a newer one than it would install
        (180004, "0.7.4", "0.8.0"),
    ],
)
def test_a_server_that_is_new_enough_will_do(
    server: int, available: str, installed: str | None
) -> None:
    assert server_problem(server, available, installed) is None


@pytest.mark.parametrize(
    ("server", "available", "installed", "problem"),
    [
        (140023, "0.8.5", None, "the server is PostgreSQL 14, and Ibid needs 15 or newer"),
        (90624, None, None, "the server is PostgreSQL 9, and Ibid needs 15 or newer"),
        (150018, None, None, "the server has no pgvector: install version 0.8 or newer there"),
        (
            150018,
            "0.4.4",
            None,
            "pgvector is 0.4.4 here, and Ibid needs 0.8 or newer: install a newer one there",
        ),
        (
            160014,
            "0.8.5",
            "0.7.4",
            "pgvector is 0.7.4 here, and Ibid needs 0.8 or newer: let an administrator run in this"
            " database: alter extension vector update",
        ),
    ],
)
def test_an_older_server_is_told_what_to_do(
    server: int, available: str | None, installed: str | None, problem: str
) -> None:
    assert server_problem(server, available, installed) == problem
