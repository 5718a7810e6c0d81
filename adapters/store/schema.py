"""The tables, the same on SQLite and PostgreSQL, and the guards that let rows only be added.

Every table is keyed by trial first: a trial is the unit of locking, of the ledger and of sharding.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql.type_api import TypeEngine

from domain.errors import Invalid

FORMAT = 3
"""The number of this layout. A store holds the one that it was made with; none was brought to another."""

METADATA = MetaData()

# Text compares by code point on both: keys sort alike, prefixes are ranges, instants are in order of time.
_TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
_NUMBER: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")


def _text(name: str) -> Column[str]:
    return Column(name, _TEXT, nullable=False)


def _number(name: str) -> Column[int]:
    return Column(name, _NUMBER, nullable=False, autoincrement=False)


STORE = Table(
    "store",
    METADATA,
    _number("format"),
    PrimaryKeyConstraint("format"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)

COMMAND = Table(
    "command",
    METADATA,
    _text("trial"),
    _number("first"),
    _number("last"),
    _text("command_id"),
    _text("kind"),
    _text("digest"),
    _text("recorded_at"),
    _text("actor"),
    _text("name"),
    _text("role"),
    _text("site"),
    _text("delegation"),
    _text("reason_code"),
    _text("reason_text"),
    _text("origin"),
    _text("origin_id"),
    _text("session"),
    _text("authentication"),
    _text("correlation_id"),
    _text("causation_id"),
    _text("app_version"),
    PrimaryKeyConstraint("trial", "first"),
    UniqueConstraint("trial", "command_id", name="command_once"),
    CheckConstraint("first >= 1 AND last >= first", name="command_holds_facts"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""The journal: one row per command; its facts are the positions `first` to `last`.

`recorded_at` never goes back, so the order of positions finds an instant: no index of its own.
"""

FACT = Table(
    "fact",
    METADATA,
    _text("trial"),
    _number("position"),
    _text("stream"),
    _number("version"),
    _text("topic"),
    Column("data", LargeBinary, nullable=False),
    _text("effective_at"),
    _text("protocol_version"),
    _number("command"),
    _text("entry"),
    Column("salts", LargeBinary, nullable=False),
    Column("nodes", LargeBinary, nullable=False),
    PrimaryKeyConstraint("trial", "position"),
    UniqueConstraint("trial", "stream", "version", name="fact_version_once"),
    # Not on PostgreSQL: there the check took 50 µs a fact, and one statement writes a command with its facts.
    ForeignKeyConstraint(["trial", "command"], ["command.trial", "command.first"]).ddl_if(dialect="sqlite"),
    CheckConstraint("position >= command", name="fact_in_its_command"),
    sqlite_strict=True,
)
"""The facts, bytes as written, each with its line of the ledger; `command` is the first position of the
command that wrote them.

`entry` is the line as written, hashed verbatim; `salts` the salt of its commitment, and on the line that
opens a command the envelope's too; `nodes` the nodes of the tree that the line completes, itself first. Rows
are long and come in order: a rowid table fills one page after the other.
"""

DOCUMENT = Table(
    "document",
    METADATA,
    _text("trial"),
    _text("model"),
    _text("key"),
    _number("position"),
    _text("body"),
    PrimaryKeyConstraint("trial", "model", "key", "position"),
    sqlite_strict=True,
)
"""Versions of read-model rows. Bodies are long: a rowid table keeps them out of the index that finds them."""

DOCUMENT_KEY = Table(
    "document_key",
    METADATA,
    _text("trial"),
    _text("model"),
    _text("key"),
    _number("position"),
    PrimaryKeyConstraint("trial", "model", "key"),
    Index("document_key_by_position", "trial", "model", "position", "key"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""Each key once, at the position of its first version: what is listed as of then does not see later keys."""

ANCHOR = Table(
    "anchor",
    METADATA,
    _text("trial"),
    _number("size"),
    _text("holder"),
    _text("note"),
    _text("kept_at"),
    PrimaryKeyConstraint("trial", "size", "holder"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""What is signed of the tree at a size: the signer's checkpoint, witnesses' cosignatures, time stamps."""

TRACKING = Table(
    "tracking",
    METADATA,
    _text("trial"),
    _text("application"),
    _number("notification_id"),
    PrimaryKeyConstraint("trial", "application", "notification_id"),
    sqlite_with_rowid=False,
    sqlite_strict=True,
)
"""How far readers of the notification log have come; the highest counts, and it only grows."""

APPEND_ONLY = (STORE, COMMAND, FACT, ANCHOR, DOCUMENT, DOCUMENT_KEY, TRACKING)


REFUSAL = "BEGIN RAISE restrict_violation USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END"
"""What PostgreSQL does instead of a change."""


def create(connection: Connection) -> None:
    """Make the tables and their guards in the connection's open transaction, and note the format."""
    for statement in layout(connection.dialect):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"INSERT INTO {STORE.name} (format) VALUES ({FORMAT})")


_LAYOUTS: dict[str, tuple[str, ...]] = {}


def layout(dialect: Dialect) -> tuple[str, ...]:
    """The statements that make the tables and their guards, put into words once: that takes longer than
    carrying them out.
    """
    if dialect.name not in _LAYOUTS:
        made = []
        for table in METADATA.sorted_tables:
            made.append(str(CreateTable(table).compile(dialect=dialect)))
            made += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]
        _LAYOUTS[dialect.name] = (*made, *_guards(dialect.name))
    return _LAYOUTS[dialect.name]


def grant_append_only(connection: Connection, role: str) -> None:
    """Let a PostgreSQL role read and add rows, and nothing else. Raises Invalid on SQLite: it has no roles.

    The tables' owner should not be the role that the application signs in with.
    """
    if connection.dialect.name != "postgresql":
        raise Invalid("store.no_roles", "only PostgreSQL has roles to grant to")
    quote = connection.dialect.identifier_preparer.quote
    tables = ", ".join(table.name for table in APPEND_ONLY)
    connection.exec_driver_sql(
        f"REVOKE ALL ON {tables} FROM {quote(role)}; GRANT SELECT, INSERT ON {tables} TO {quote(role)}"
    )


def update_guards(tables: Iterable[str]) -> list[str]:
    """The statements that make SQLite refuse updates of these tables."""
    return [_sqlite_guard(table, "UPDATE") for table in tables]


def _sqlite_guard(table: str, change: str) -> str:
    refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    return f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {refuse}"


def _guards(dialect: str) -> list[str]:
    return _postgresql_guards() if dialect == "postgresql" else _sqlite_guards()


def _postgresql_guards() -> list[str]:
    refuse = f"CREATE FUNCTION trialog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ {REFUSAL} $$"
    return [refuse] + [
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table.name}"
        " FOR EACH STATEMENT EXECUTE FUNCTION trialog_refuse_change()"
        for table in APPEND_ONLY
    ]


def _sqlite_guards() -> list[str]:
    guards = []
    for table in APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
        guards += [_sqlite_guard(table.name, change) for change in ("UPDATE", "DELETE")]
        # INSERT OR REPLACE deletes the row in its way without firing the delete trigger: hence these guards.
        unique = [list(table.primary_key.columns.keys())] + [
            list(each.columns.keys()) for each in table.constraints if isinstance(each, UniqueConstraint)
        ]
        if table.dialect_options["sqlite"]["with_rowid"]:
            unique.append(["rowid"])
        for number, columns in enumerate(unique):
            same = " AND ".join(f"{column} = NEW.{column}" for column in columns)
            guards.append(
                f"CREATE TRIGGER {table.name}_no_replace_{number} BEFORE INSERT ON {table.name}"
                f" WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {same}) {refuse}"
            )
    return guards
