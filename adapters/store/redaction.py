"""The one place that changes stored bytes: a redaction that two persons have decided.

The guards against change are lifted for the transaction that does it, and stand again when it ends. On
PostgreSQL only the tables' owner can do this; the role that the application signs in with cannot.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.store.connections import Link
from adapters.store.schema import update_guards
from adapters.store.statements import Statements
from domain.document import Document
from domain.ledger.entry import SALT_BYTES
from domain.privacy import Masked

_TABLES = ("fact", "command", "document")

DESTROYED = bytes(SALT_BYTES)
"""What stands in the place of a salt that was destroyed with the text it was for."""


def prepare(link: Link, dialect: str) -> None:
    """Before the transaction: have SQLite overwrite what it lets go of."""
    if dialect == "sqlite":
        link.fetch("PRAGMA secure_delete = ON")


def redact(
    link: Link,
    statements: Statements,
    dialect: str,
    trial: str,
    masked: Masked,
    documents: Iterable[Document],
) -> None:
    """Mask a text in a fact or its envelope, and in the versions of read models, in the open transaction.

    The salt of what the text was committed in is destroyed with it: with the salt, a short text could be
    guessed from the commitment that stays in the ledger's line.
    """
    _lift_guards(link, dialect)
    if masked.data is not None:
        fact = statements.marked("UPDATE fact SET data = ? WHERE trial = ? AND position = ?")
        link.run(fact, (masked.data, trial, masked.position))
    else:
        envelope = statements.marked(
            f"UPDATE command SET {masked.field} = ? WHERE trial = ? AND first ="
            " (SELECT command FROM fact WHERE trial = ? AND position = ?)"
        )
        link.run(envelope, (masked.text, trial, trial, masked.position))
    _destroy_salt(link, statements, trial, masked)
    version = statements.marked(
        "UPDATE document SET body = ? WHERE trial = ? AND model = ? AND key = ? AND position = ?"
    )
    for model, key, position, body in documents:
        link.run(version, (body, trial, model, key, position))
    _restore_guards(link, dialect)


def wipe(link: Link, dialect: str) -> None:
    """Leave nothing of the old bytes in the store's own files; archives and backups are for their keepers."""
    if dialect == "sqlite":
        link.fetch("PRAGMA wal_checkpoint(TRUNCATE)")
    else:
        for table in _TABLES:
            link.run(f"VACUUM FULL {table}")


def _destroy_salt(link: Link, statements: Statements, trial: str, masked: Masked) -> None:
    is_envelope = masked.data is None
    place = "(SELECT command FROM fact WHERE trial = ? AND position = ?)" if is_envelope else "?"
    where = (trial, masked.position) if is_envelope else (masked.position,)
    found = link.fetch(
        statements.marked(f"SELECT position, salts FROM fact WHERE trial = ? AND position = {place}"),
        (trial, *where),
    )
    update = statements.marked("UPDATE fact SET salts = ? WHERE trial = ? AND position = ?")
    for position, salts in found:
        kept = (salts[:SALT_BYTES], DESTROYED) if is_envelope else (DESTROYED, salts[SALT_BYTES:])
        link.run(update, (b"".join(map(bytes, kept)), trial, position))


def _lift_guards(link: Link, dialect: str) -> None:
    for table in _TABLES:
        if dialect == "sqlite":
            link.run(f"DROP TRIGGER {table}_no_update")
        else:
            link.run(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")


def _restore_guards(link: Link, dialect: str) -> None:
    if dialect == "sqlite":
        for statement in update_guards(_TABLES):
            link.run(statement)
    else:
        for table in _TABLES:
            link.run(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")
