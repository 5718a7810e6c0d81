"""Every reading statement walks an index, whatever statistics the database has."""

import psycopg
import pytest

from adapters.store import Store
from adapters.store.database import _POSTGRESQL_SETTINGS
from adapters.store.statements import statements

READING = [
    name for name, text in vars(statements("sqlite")).items() if str(text).startswith(("SELECT", "WITH"))
]

_OF_ITS_OWN = ("SCAN k", "SCAN t", "SCAN s", "SEARCH s", "SCAN CONSTANT ROW")
"""Steps through what a statement itself has made: keys, trials, the steps towards an instant."""


@pytest.mark.parametrize("name", READING)
def test_sqlite_searches_by_trial_and_key(sqlite_url: str, name: str) -> None:
    statement: str = getattr(statements("sqlite"), name)
    with Store(sqlite_url, create=True) as store:
        plan = [row[3] for row in store.rows(f"EXPLAIN QUERY PLAN {statement}", *[1] * statement.count("?"))]
    searches = [step for step in plan if step.startswith(("SCAN", "SEARCH")) and step not in _OF_ITS_OWN]
    assert searches
    assert [step for step in searches if "USING" not in step] == []
    if name not in ("trials", "every_log", "head", "heads", "strays"):
        assert [step for step in searches if "(trial=? AND" not in step] == []
    if "stream" in name:
        assert any("stream=?" in step for step in searches)


@pytest.mark.parametrize("name", READING)
def test_postgresql_searches_by_index(postgresql_url: str, name: str) -> None:
    Store(postgresql_url, create=True).close()
    statement: str = getattr(statements("postgresql"), name)
    for number in range(statement.count("%s")):
        statement = statement.replace("%s", f"${number + 1}", 1)
    options = " ".join(f"-c {setting}" for setting in _POSTGRESQL_SETTINGS)
    with psycopg.connect(postgresql_url, autocommit=True, options=options) as connection:
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute(f"PREPARE asked AS {statement}")
        given = connection.execute(
            "SELECT unnest(parameter_types)::text FROM pg_prepared_statements WHERE name = 'asked'"
        ).fetchall()
        values = ", ".join("'1'" if kind == "text" else "1" for (kind,) in given)
        plan = connection.execute(f"EXPLAIN EXECUTE asked{f'({values})' if values else ''}").fetchall()
    text = "\n".join(line for (line,) in plan)
    assert "Seq Scan" not in text
    assert "Index" in text
