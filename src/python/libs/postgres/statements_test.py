from psycopg import sql

from libs.postgres.statements import kept, written_out


def test_values_are_written_where_their_names_stand() -> None:
    statement = "select %(a)s, %(b)s::int[], %(a)s || %(c)s"
    assert written_out(statement, {"a": "it's", "b": [1, 2], "c": r"\n"}).as_string() == (
        r"select 'it''s', '{1,2}'::int2[]::int[], 'it''s' ||  E'\\n'"
    )


def test_values_that_others_share_are_written_the_same() -> None:
    statement = "select %(a)s, %(b)s::int[], %(c)s"
    for a in ("one", "two"):
        for b in (None, 7):
            written = written_out(statement, {"a": a, "c": 1.5}, b=b)
            alone = written_out(statement, {"a": a, "b": b, "c": 1.5})
            assert written.as_string() == alone.as_string()
    assert written_out("select %(a)s", {}, a="it's").as_string() == "select 'it''s'"


def test_what_is_kept_is_no_template_again() -> None:
    statement = kept(sql.SQL("select {}").format("{0} %s"))
    assert sql.SQL("; ").join([statement, statement]).as_string() == (
        "select '{0} %s'; select '{0} %s'"
    )
