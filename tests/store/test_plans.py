"""Every reading statement walks an index, whatever statistics the database has; what is asked as of an early
instant takes no more work when much has come since.
"""

import sqlite3
from contextlib import closing
from functools import partial

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


KEYS = 200
"""Documents when it is asked; ten times as many come later, and ten later versions of each of the first."""

_FIRST = "SELECT 'T', 'values.v2', printf('k/%05d', n), n{} FROM n"
_VERSIONS = "SELECT 'T', 'values.v2', printf('k/%05d', n % 200 + 1), 5000 + n{} FROM n"


def _numbers(first: int, last: int) -> str:
    return f"WITH RECURSIVE n (n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM n WHERE n < {last})"  # noqa: S608 - numbers


def _rows(first: int, last: int, what: str) -> list[str]:
    """Statements that add keys and versions of documents, of the length that those of tables have."""
    body = ", printf('%0700d', n)"
    told = [f"{_numbers(first, last)} INSERT INTO document {what.format(body)}"]
    if what == _FIRST:
        told.append(f"{_numbers(first, last)} INSERT INTO document_key {what.format('')}")
    return told


EARLY = _rows(1, KEYS, _FIRST)
LATER = [*_rows(KEYS + 1, 10 * KEYS, _FIRST), *_rows(1, 10 * KEYS, _VERSIONS)]
ASKED = ("T", "values.v2", KEYS)


def test_sqlite_takes_no_more_steps_for_an_early_table_late_in_a_history(sqlite_url: str) -> None:
    Store(sqlite_url, create=True).close()
    known, steps = statements("sqlite"), []
    with closing(sqlite3.connect(sqlite_url, isolation_level=None)) as connection:
        for rows in (EARLY, LATER):
            for statement in rows:
                connection.execute(statement)
            taken = [0]
            connection.set_progress_handler(partial(taken.append, 1), 10)
            told = connection.execute(known.documents_before, (*ASKED, *known.newest(*ASKED))).fetchall()
            connection.set_progress_handler(None, 0)
            steps.append(len(taken))
            assert [int(body) for _, body in told] == list(range(1, KEYS + 1))
    assert steps[1] <= 1.1 * steps[0], steps


def test_postgresql_touches_hardly_more_blocks_for_an_early_table_late_in_a_history(
    postgresql_url: str,
) -> None:
    Store(postgresql_url, create=True).close()
    known, blocks = statements("postgresql"), []
    options = " ".join(f"-c {setting}" for setting in _POSTGRESQL_SETTINGS)
    with psycopg.connect(postgresql_url, autocommit=True, options=options) as connection:
        for rows in (EARLY, LATER):
            for statement in rows:
                text = statement.replace("printf('k/%05d', ", "format('k/%s', 10000 + ")
                connection.execute(text.replace("printf('%0700d', n)", "lpad(n::text, 700, '0')"))
            explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {known.documents_before}"
            [[[told]]] = connection.execute(explained, (*ASKED, *known.newest(*ASKED))).fetchall()
            assert told["Plan"]["Actual Rows"] == KEYS
            blocks.append(told["Plan"]["Shared Hit Blocks"] + told["Plan"]["Shared Read Blocks"])
    assert blocks[1] <= 1.5 * blocks[0], blocks  # An index may have got a level deeper.
