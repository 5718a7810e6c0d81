"""Databases altered so that people are shown other rows than verification reads, or may change them.

The attacks are those of somebody who may do anything to the database but not write another server program.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters.keys.ed25519 import verified
from adapters.store import Store
from domain.errors import Broken
from projections.verification.signed import Trust
from projections.verification.store import STORE, verify_store
from tests.store.histories import known_fact, written
from tests.support.trial import TRIAL
from tests.verification.signed_store import Signed, changed, found

COPY = (
    "INSERT INTO fact SELECT trial, {0}, stream, 99, topic, data, effective_at, protocol_version, {1}, entry,"
    f" salts, nodes FROM fact WHERE trial = '{TRIAL}' AND position = 20"
)
COMMAND = (
    "INSERT INTO command SELECT trial, 0, 0, 'x', kind, digest, recorded_at, actor, name, role, site,"
    " delegation, reason_code, reason_text, origin, origin_id, session, authentication, correlation_id,"
    f" causation_id, app_version FROM command WHERE trial = '{TRIAL}' AND first = 1"
)


@pytest.mark.parametrize("rows", [(COPY.format(-5, 1),), (COMMAND, COPY.format(0, 0))])
def test_a_fact_before_the_first_is_found(file: Path, rows: tuple[str, ...]) -> None:
    """Who reads all facts begins at 1; who reads a stream took it for one of the participant's."""
    changed(file, *rows)
    assert (TRIAL, "stray") in found(file)


def test_a_reader_said_to_be_further_than_the_log_is_found(file: Path) -> None:
    """It would never be handed what comes until then."""
    changed(file, f"INSERT INTO tracking VALUES ('{TRIAL}', 'alerts', 99999)")
    assert found(file)[TRIAL, "stray"].position == 99999


def test_a_reader_of_a_log_that_is_not_there_is_found(file: Path) -> None:
    """It would wait for a trial of that name, and miss how it begins."""
    changed(file, "INSERT INTO tracking VALUES ('T-9', 'alerts', 7)")
    assert found(file)["T-9", "stray"].position == 7


SCHEMA = "PRAGMA writable_schema = ON;"
OTHER_ORDER = (
    f"{SCHEMA} UPDATE sqlite_master SET sql ="
    " replace(sql, 'stream TEXT', 'stream TEXT COLLATE NOCASE') WHERE name = 'fact'"
)
HIDDEN_KEY = (
    "DROP INDEX document_key_by_position; CREATE INDEX document_key_by_position ON document_key"
    f' (trial, model, position, "key") WHERE "key" <> \'S1-002\'; {SCHEMA} UPDATE sqlite_master SET sql ='
    " replace(sql, ' WHERE \"key\" <> ''S1-002''', '') WHERE name = 'document_key_by_position'"
)
HIDDEN_TRIGGER = (
    f"CREATE TRIGGER other AFTER INSERT ON fact BEGIN UPDATE command SET site = ''; END; {SCHEMA}"
    " UPDATE sqlite_master SET name = 'sqlite_stat_x', sql = replace(sql, 'other', 'sqlite_stat_x')"
    " WHERE name = 'other'"
)
HIDDEN_FACT = (
    f"CREATE UNIQUE INDEX other ON fact (trial, stream, version) WHERE position <> 40; {SCHEMA} UPDATE"
    " sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'other') WHERE name ="
    " 'sqlite_autoindex_fact_2'; DELETE FROM sqlite_master WHERE name = 'other'"
)


@pytest.mark.parametrize(
    ("alteration", "what"),
    [
        ("DROP TRIGGER fact_no_update", "trigger fact_no_update is missing"),
        (
            "CREATE TRIGGER other AFTER INSERT ON fact BEGIN UPDATE command SET site = ''; END",
            "trigger other is none",
        ),
        (
            "ALTER TABLE document RENAME TO kept; CREATE VIEW document AS SELECT * FROM kept",
            "document",
        ),
        (
            OTHER_ORDER,
            "table fact is another",
        ),
        (HIDDEN_KEY, "document_key_by_position"),
        (HIDDEN_FACT, "does not fit itself"),
        (HIDDEN_TRIGGER, "trigger sqlite_stat_x is none"),
        ("INSERT INTO store VALUES (2)", "it had the format 2"),
        ("PRAGMA user_version = 7", "user_version is 7"),
        ("PRAGMA application_id = 7", "application_id is 7"),
    ],
)
def test_a_file_that_is_not_as_it_was_made_is_found(file: Path, alteration: str, what: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(alteration)
    assert what in found(file)[STORE, "layout"].what


def test_a_table_without_types_is_found_though_its_rows_cannot_be_read(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.executescript(
            f"{SCHEMA} UPDATE sqlite_master SET sql = replace(replace(sql, 'STRICT', ''), 'NOT NULL', '')"
            " WHERE name = 'fact'"
        )
    changed(file, f"UPDATE fact SET entry = NULL WHERE trial = '{TRIAL}' AND position = 20")
    assert {(STORE, "layout"), (TRIAL, "line")} <= set(found(file))


def test_what_is_no_text_is_told_as_broken(file: Path) -> None:
    changed(file, f"UPDATE fact SET topic = CAST(x'ff' AS TEXT) WHERE trial = '{TRIAL}' AND position = 20")
    with pytest.raises(Broken, match="is no text"):
        found(file)


def test_a_server_that_is_not_as_it_was_made_is_found(postgresql_url: str) -> None:
    """Each alteration after the other, in one database: what is found adds up."""
    alterations = {
        "INSERT INTO store VALUES (2)": "it had the format 2",
        "ALTER TABLE command DISABLE TRIGGER command_append_only": "trigger command.command_append_only",
        "CREATE RULE other AS ON INSERT TO anchor DO INSTEAD NOTHING": "table anchor is another",
        "ALTER TABLE document ENABLE ROW LEVEL SECURITY": "table document is another",
        "CREATE TABLE kept () INHERITS (tracking)": "table tracking is another",
        'ALTER TABLE fact ALTER stream TYPE text COLLATE "POSIX"': "column fact.stream is another",
        (
            "DROP INDEX document_key_by_position; CREATE INDEX document_key_by_position ON document_key"
            " (trial, model, position, key) WHERE position < 0; UPDATE pg_index SET indpred = NULL WHERE"
            " indexrelid = 'document_key_by_position'::regclass"
        ): "index of document_key (trial, model, position, key) has not every row",
        (
            "CREATE OR REPLACE FUNCTION trialog_refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NULL; END $$"
        ): "trigger fact.fact_append_only is another",
    }
    with known_fact(), Store(postgresql_url, create=True) as store:
        written(store, 3, 2)
        with psycopg.connect(postgresql_url, autocommit=True) as superuser:
            superuser.execute(
                "INSERT INTO document_key SELECT 'T', 'm', n::text, n FROM generate_series(1, 9) n"
            )
            assert store.altered() == []
            for alteration, what in alterations.items():
                superuser.execute(alteration)
                assert [each for each in store.altered() if what in each], alteration
        whole = verify_store(store, store, Trust(verified))
        assert (STORE, "layout") in {(each.log, str(each.check)) for each in whole.findings}


@pytest.mark.parametrize(
    "edit",
    [
        "holder = 'site.example/other' WHERE holder = 'site.example/witness'",
        "size = -size WHERE holder = 'sponsor.example/witness'",
        "kept_at = '' WHERE holder = 'trialog/T-1'",
        "note = replace(note, '— site.example/', '— site.elsewhere/') WHERE holder LIKE 'site%'",
    ],
)
def test_what_others_signed_is_kept_under_their_names_and_none_of_it_out_of_sight(
    signed: Signed, file: Path, edit: str
) -> None:
    assert changed(file, f"UPDATE anchor SET {edit} AND trial = '{TRIAL}' AND size = {signed.last}") == 1
    assert {each for log, each in found(file) if log == TRIAL} == {"checkpoint"}
