"""The yardstick: one row of JSON per action in an append-only table, with the same durability."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import psycopg

from benchmarks.workload import Action

Table = dict[tuple[int, str, str], str]
"""The laboratory table: participant, visit and item to the standing value or grade."""


_TABLE = "SELECT participant,kind,data FROM event"


class Raw(Protocol):
    """A plain event table."""

    def apply(self, action: Action) -> None:
        """Insert one action durably."""

    def bulk(self, actions: Iterable[Action]) -> None:
        """Insert many in one transaction."""

    def table(self, upto: int) -> Table:
        """Fold the laboratory table from the rows up to a row number."""

    def rows(self) -> int:
        """How many rows there are."""

    def close(self) -> None:
        """Let go of the database."""


def _row(action: Action) -> tuple[Any, ...]:
    data = json.dumps(action.data, separators=(",", ":"))
    return (time.time_ns() // 1000, action.actor, action.reason, action.participant, action.kind, data)


def _fold(rows: Iterable[tuple[int, str, Any]]) -> Table:
    table: Table = {}
    for participant, kind, data in rows:
        if kind == "visit":
            visit = data["visit"]
            for item, value in data["values"].items():
                table[participant, visit, item] = value
            for item, grade in data["grades"].items():
                table[participant, visit, item] = grade
        else:
            table[participant, data["visit"], data["item"]] = data["value"]
    return table


class RawSQLite:
    """The event table in SQLite: WAL, synchronous=FULL."""

    _INSERT = "INSERT INTO event(ts,actor,reason,participant,kind,data) VALUES(?,?,?,?,?,?)"

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute(
            "CREATE TABLE event(seq INTEGER PRIMARY KEY, ts INTEGER NOT NULL, actor TEXT NOT NULL,"
            " reason TEXT NOT NULL, participant INTEGER NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL)"
        )

    def apply(self, action: Action) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute(self._INSERT, _row(action))
        self._db.execute("COMMIT")

    def bulk(self, actions: Iterable[Action]) -> None:
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(self._INSERT, map(_row, actions))
        self._db.execute("COMMIT")

    def table(self, upto: int) -> Table:
        query = f"{_TABLE} WHERE seq<=? AND kind IN ('visit','correct') ORDER BY seq"
        return _fold((p, k, json.loads(d)) for p, k, d in self._db.execute(query, (upto,)))

    def rows(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM event").fetchone()[0])

    def close(self) -> None:
        self._db.close()


class RawPostgreSQL:
    """The event table in PostgreSQL: jsonb, fsync and synchronous_commit as the server has them."""

    _INSERT = "INSERT INTO event(ts,actor,reason,participant,kind,data) VALUES(%s,%s,%s,%s,%s,%s)"

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(url, autocommit=True)
        self._db.execute(
            "CREATE TABLE event(seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ts bigint NOT NULL,"
            " actor text NOT NULL, reason text NOT NULL, participant int NOT NULL, kind text NOT NULL,"
            " data jsonb NOT NULL)"
        )

    def apply(self, action: Action) -> None:
        self._db.execute(self._INSERT, _row(action))

    def bulk(self, actions: Iterable[Action]) -> None:
        with self._db.transaction(), self._db.cursor() as cursor:
            cursor.executemany(self._INSERT, map(_row, actions))

    def table(self, upto: int) -> Table:
        query = f"{_TABLE} WHERE seq<=%s AND kind IN ('visit','correct') ORDER BY seq"
        return _fold(self._db.execute(query, (upto,)))

    def rows(self) -> int:
        row = self._db.execute("SELECT count(*) FROM event").fetchone()
        return int(row[0]) if row else 0

    def close(self) -> None:
        self._db.close()
