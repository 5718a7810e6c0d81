"""Whether the database itself is as this release made it: what alters what is read, or lets it be changed.

Whoever may alter tables can put a view, a trigger or a policy between the rows and whoever asks, or an index
that lacks some of them: then people are shown other rows than verification reads.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import lru_cache

from sqlalchemy import Column, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.dialects import sqlite

from adapters.store.connections import Link
from adapters.store.schema import APPEND_ONLY, FORMAT, REFUSAL, layout

Part = tuple[str, ...]
"""Something of a database: which kind of thing it is, its name, and everything that matters of it."""

_BEFORE_EVERY_CHANGE = "58"
"""The type of a trigger of PostgreSQL: BEFORE UPDATE OR DELETE OR TRUNCATE, for each statement."""


def altered(link: Link, dialect: str) -> list[str]:
    """What is not as this release makes it, in sentences; nothing where all is."""
    told = _other_formats(link)
    if dialect == "sqlite":
        told += _differences(_parts_of_file(link.fetch(_OF_FILE)), _made_in_memory())
        told += _marks(link)
        damage = str(link.fetch("PRAGMA integrity_check(1)")[0][0])
        return [*told, *([] if damage == "ok" else [f"the file does not fit itself: {damage}"])]
    return [*told, *_differences(_parts_of_server(link), _made_by_server()), *_unlike_their_indexes(link)]


def _other_formats(link: Link) -> list[str]:
    """Formats that the store says it had, and no release brought a store from one to the next."""
    others = [each for (each,) in link.fetch("SELECT format FROM store ORDER BY format") if each != FORMAT]
    return [f"the store says that it had the format {each}, and it was made with {FORMAT}" for each in others]


def _differences(found: Iterable[Part], made: Iterable[Part]) -> list[str]:
    """What is missing or another, and what is there besides."""
    there, due = set(found), set(made)
    named = {each[:2] for each in there}
    told = {each[:2]: "is another" if each[:2] in named else "is missing" for each in due - there}
    told |= {each[:2]: "is none of Trialog's" for each in there - due if each[:2] not in told}
    return [f"the {kind} {name} {what}" for (kind, name), what in sorted(told.items())]


# ---------------------------------------------------------------- SQLite

_OF_FILE = (  # By its words: under the name of a table of statistics a trigger could stand.
    "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE coalesce(sql, '') NOT IN"
    " ('CREATE TABLE sqlite_stat1(tbl,idx,stat)', 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')"
)


def _parts_of_file(rows: Iterable[tuple[object, ...]]) -> list[Part]:
    return [tuple(" ".join(str(each).split()) for each in row) for row in rows]


def _marks(link: Link) -> list[str]:
    """The two numbers in the file's head that are a program's own: Trialog leaves both as they are."""
    found = {mark: link.fetch(f"PRAGMA {mark}")[0][0] for mark in ("user_version", "application_id")}
    return [
        f"the file's {mark} is {number}, and Trialog sets none" for mark, number in found.items() if number
    ]


@lru_cache
def _made_in_memory() -> list[Part]:
    """What this release makes, made."""
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in layout(sqlite.dialect()):
            database.execute(statement)
        return _parts_of_file(database.execute(_OF_FILE).fetchall())


# ---------------------------------------------------------------- PostgreSQL

_NAMES = ", ".join(f"('{table.name}')" for table in APPEND_ONLY)
_OURS = f"FROM (VALUES {_NAMES}) AS known (name) JOIN pg_class c ON c.oid = to_regclass(known.name)"

_TABLES = (
    "SELECT 'table', known.name, c.relkind::text, c.relpersistence::text, c.relrowsecurity::text,"
    " EXISTS (SELECT 1 FROM pg_rewrite r WHERE r.ev_class = c.oid)::text,"
    f" EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhparent = c.oid)::text {_OURS}"
)
_COLUMNS = (
    "SELECT 'column', known.name || '.' || a.attname, format_type(a.atttypid, a.atttypmod),"
    f" a.attnotnull::text, coalesce(l.collname::text, '') {_OURS}"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " LEFT JOIN pg_collation l ON l.oid = a.attcollation"
)
_INDEXES = (
    "SELECT 'index', known.name || ' (' || coalesce((SELECT string_agg(a.attname, ', ' ORDER BY k.nth)"
    " FROM unnest(x.indkey) WITH ORDINALITY AS k (number, nth)"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number), '') || ')', x.indisunique::text,"
    f" (x.indisvalid AND x.indpred IS NULL AND x.indexprs IS NULL)::text {_OURS}"
    " JOIN pg_index x ON x.indrelid = c.oid"
)
_TRIGGERS = (
    "SELECT 'trigger', known.name || '.' || t.tgname, t.tgenabled::text, t.tgtype::text, btrim(p.prosrc)"
    f" {_OURS} JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal"
    " JOIN pg_proc p ON p.oid = t.tgfoid"
)


def _parts_of_server(link: Link) -> Iterator[Part]:
    for statement in (_TABLES, _COLUMNS, _INDEXES, _TRIGGERS):
        yield from (tuple(map(str, row)) for row in link.fetch(statement))


@lru_cache
def _made_by_server() -> list[Part]:
    """What this release makes, as PostgreSQL's catalogue tells it."""
    made: list[Part] = []
    for table in APPEND_ONLY:
        name = table.name
        made.append(("table", name, "r", "p", "false", "false", "false"))
        made += [("column", f"{name}.{column.name}", *_typed(column)) for column in table.columns]
        made += [
            ("index", f"{name} ({', '.join(columns)})", unique, "true") for columns, unique in _indexes(table)
        ]
        made.append(("trigger", f"{name}.{name}_append_only", "O", _BEFORE_EVERY_CHANGE, REFUSAL))
    return made


def _typed(column: Column[object]) -> Part:
    if isinstance(column.type, Text):
        return "text", "true", "C"
    return ("bytea" if isinstance(column.type, LargeBinary) else "bigint"), "true", ""


def _indexes(table: Table) -> Iterator[tuple[list[str], str]]:
    """The columns of each index of a table, and whether it is unique."""
    yield list(table.primary_key.columns.keys()), "true"
    for each in table.constraints:
        if isinstance(each, UniqueConstraint):
            yield list(each.columns.keys()), "true"
    for index in table.indexes:
        yield list(index.columns.keys()), "false"


def _unlike_their_indexes(link: Link) -> list[str]:
    """Tables of which an index has not every row, counted as of one instant both ways."""
    told = []
    link.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    try:
        link.run("SET LOCAL enable_sort = off")
        for table in APPEND_ONLY:
            by_row = _counted(link, f"SELECT count(*) FROM {table.name}", "on", "off")
            for columns, _ in _indexes(table):
                # Its order, which nothing may sort, makes the planner go by this index and no other.
                ordered = f"SELECT 1 FROM {table.name} ORDER BY {', '.join(columns)} OFFSET 0"
                if _counted(link, f"SELECT count(*) FROM ({ordered}) t", "off", "on") != by_row:
                    told.append(f"the index of {table.name} ({', '.join(columns)}) has not every row")
    finally:
        link.run("ROLLBACK")
    return told


def _counted(link: Link, statement: str, by_row: str, by_index: str) -> int:
    link.run(f"SET LOCAL enable_seqscan = {by_row}")
    for way in ("enable_indexscan", "enable_indexonlyscan"):
        link.run(f"SET LOCAL {way} = {by_index}")
    return int(link.fetch(statement)[0][0])
