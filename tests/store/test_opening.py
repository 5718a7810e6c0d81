"""What may be opened, what is made, and what is refused in one clear sentence."""

import os
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from adapters.store import Store
from adapters.store.schema import FORMAT
from domain.errors import Broken, Invalid, NotFound, TrialogError, Unavailable
from tests.store.histories import TRIAL, written


def refused(url: str, *, create: bool = False) -> TrialogError:
    with pytest.raises(TrialogError) as error:
        Store(url, create=create)
    return error.value


def test_a_missing_file_is_not_made_unasked(sqlite_url: str) -> None:
    error = refused(sqlite_url)
    assert isinstance(error, NotFound)
    assert error.code == "store.missing"
    assert error.where == sqlite_url
    assert not Path(sqlite_url).exists()


def test_a_store_can_be_made_twice_and_keeps_its_history(store_url: str) -> None:
    with Store(store_url, create=True) as store:
        written(store, 2)
    with Store(store_url, create=True) as store:
        assert store.head(TRIAL).position == 2
    with Store(store_url) as store:
        assert store.head(TRIAL).position == 2


def test_no_store_is_made_in_a_missing_folder(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none" / "trialog.db"), create=True).code == "file.no_folder"


@pytest.mark.parametrize("create", [False, True])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Not a database, but long enough for one to be looked for in it.\n" * 50)
    before = path.read_bytes()
    error = refused(str(path), create=create)
    assert isinstance(error, Invalid)
    assert error.code == "store.foreign"
    assert path.read_bytes() == before


@pytest.mark.parametrize("create", [False, True])
@pytest.mark.parametrize("table", ["account (id)", "store (id)", "fact (id)"])
def test_a_file_of_another_program_is_refused_and_left_as_it_is(
    tmp_path: Path, table: str, create: bool
) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE {table}")
    before = path.read_bytes()
    assert refused(str(path), create=create).code == "store.foreign"
    assert path.read_bytes() == before


def test_an_empty_file_is_no_store_until_one_is_made_in_it(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    assert refused(str(path)).code == "store.foreign"
    Store(path, create=True).close()
    Store(path).close()


def test_a_database_without_our_tables_is_no_store_until_one_is_made_in_it(postgresql_url: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE account (id int)")
    assert refused(postgresql_url).code == "store.foreign"
    Store(postgresql_url, create=True).close()
    Store(postgresql_url).close()


@pytest.mark.parametrize("table", ["store", "fact"])
def test_a_database_with_another_table_of_our_name_is_refused(postgresql_url: str, table: str) -> None:
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE TABLE {table} (id int)")
    assert refused(postgresql_url, create=True).code == "store.foreign"


def test_a_missing_database_is_not_found(postgresql_url: str) -> None:
    error = refused(postgresql_url.replace("/trialog_", "/none_"))
    assert isinstance(error, NotFound)
    assert error.code == "store.missing"


def test_a_server_that_does_not_answer_is_unavailable(tmp_path: Path) -> None:
    error = refused(f"postgresql://investigator:secret@/trialog?host={tmp_path}")
    assert isinstance(error, Unavailable)
    assert error.code == "store.unavailable"
    assert "secret" not in str(error)


@pytest.mark.parametrize("create", [False, True])
def test_a_store_of_a_newer_format_is_refused(store_url: str, create: bool) -> None:
    with Store(store_url, create=True) as store, store._connections.reading() as link:
        link.run("INSERT INTO store (format) SELECT max(format) + 1 FROM store")
    error = refused(store_url, create=create)
    assert isinstance(error, Invalid)
    assert error.code == "store.newer"
    assert f"format {FORMAT + 1}" in error.message


def test_a_store_from_before_the_ledger_is_refused(sqlite_url: str) -> None:
    Store(sqlite_url, create=True).close()
    with closing(sqlite3.connect(sqlite_url)) as file, file:
        file.execute("DROP TRIGGER store_no_update")
        file.execute("UPDATE store SET format = 1")
    error = refused(sqlite_url)
    assert isinstance(error, Invalid)
    assert error.code == "store.older"


@pytest.mark.parametrize(
    "url", ["", "mysql://host/trialog", "https://trialog.example", "postgresql://h:port/x"]
)
def test_only_a_path_or_a_postgresql_url_names_a_store(url: str) -> None:
    assert refused(url).code == "store.location"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+psycopg"])
def test_other_spellings_of_a_postgresql_url_are_understood(postgresql_url: str, scheme: str) -> None:
    Store(postgresql_url.replace("postgresql:", f"{scheme}:"), create=True).close()


def test_a_file_is_safe_against_power_loss_and_shared_between_readers_and_a_writer(sqlite_url: str) -> None:
    with Store(sqlite_url, create=True) as store:
        settings = ["journal_mode", "synchronous", "foreign_keys", "busy_timeout"]
        assert [store.rows(f"PRAGMA {each}") for each in settings] == [[("wal",)], [(2,)], [(1,)], [(30000,)]]


def test_readers_go_on_while_a_command_is_written(store: Store) -> None:
    written(store, 1)
    with store.writing(TRIAL):
        assert store.head(TRIAL).position == 1


def test_a_connection_that_the_server_ended_is_told_once_and_then_replaced(postgresql_url: str) -> None:
    with Store(postgresql_url, create=True) as store:
        written(store, 1)
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        with pytest.raises(Unavailable) as error:
            written(store, 1)
        assert error.value.code == "store.unavailable"
        written(store, 1)
        assert store.head(TRIAL).position == 2


def test_a_closed_store_leaves_one_file(sqlite_url: str) -> None:
    with Store(sqlite_url, create=True) as store:
        written(store, 1)
    assert [each.name for each in Path(sqlite_url).parent.iterdir()] == [Path(sqlite_url).name]
    assert stat.S_ISREG(Path(sqlite_url).stat().st_mode)


@pytest.fixture
def archive() -> Iterator[Path]:
    """A store with one fact in a folder that nobody may write to, read by somebody who is not root."""
    with tempfile.TemporaryDirectory() as name:
        folder, file = Path(name), Path(name, "trialog.db")
        with Store(file, create=True) as store:
            written(store, 1)
        file.chmod(0o444)
        folder.chmod(0o555)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(65534)
        try:
            yield file
        finally:
            if is_root:
                os.seteuid(0)
            folder.chmod(0o755)


def test_a_store_that_others_may_write_is_not_read_without_its_locks(archive: Path) -> None:
    """Read as if nothing changed, it could be read half before and half after another's command."""
    user = os.geteuid()
    os.seteuid(os.getuid())
    archive.parent.chmod(0o755)
    archive.chmod(0o644)
    os.seteuid(user)
    if os.access(archive.parent, os.W_OK, effective_ids=True):
        pytest.skip("only root can be somebody else")
    error = refused(str(archive))
    assert error.code == "store.read_only"
    assert "may write to its folder" in error.remedy


def test_a_store_on_a_medium_that_cannot_be_written_is_read_and_nothing_else(archive: Path) -> None:
    with Store(archive) as store:
        assert [record.position for record in store.replay(TRIAL)] == [1]
        with pytest.raises(Unavailable) as refused:
            written(store, 1)
    assert refused.value.code == "store.read_only"
    assert [each.name for each in archive.parent.iterdir()] == [archive.name]


@pytest.mark.parametrize("create", [False, True])
def test_a_folder_is_told_from_a_store(tmp_path: Path, create: bool) -> None:
    error = refused(str(tmp_path), create=create)
    assert (error.code, error.message) == ("store.foreign", "this is a folder, no store")


def test_a_journal_of_an_earlier_state_is_not_folded_into_the_store(tmp_path: Path) -> None:
    """As SQLite does with it: the facts since then would be gone from the file."""
    path, journal = tmp_path / "trialog.db", tmp_path / "trialog.db-wal"
    with Store(str(path), create=True) as store:
        written(store, 2)
        earlier = journal.read_bytes()
        assert earlier
    with Store(str(path)) as store:
        written(store, 400)
    journal.write_bytes(earlier)
    before = path.read_bytes()
    error = refused(str(path))
    assert (type(error), error.code) == (Broken, "store.older_journal")
    assert (path.read_bytes(), journal.read_bytes()) == (before, earlier)
    assert not Path(f"{path}-shm").exists()
    journal.unlink()
    with Store(str(path)) as store:
        assert store.head(TRIAL).position == 402


def test_a_journal_that_a_killed_process_left_is_folded_in(tmp_path: Path) -> None:
    path, copy = tmp_path / "trialog.db", tmp_path / "copy.db"
    with Store(str(path), create=True) as store:
        written(store, 3)
        for end in ("", "-wal"):
            Path(f"{copy}{end}").write_bytes(Path(f"{path}{end}").read_bytes())
    with Store(str(copy)) as store:
        assert store.head(TRIAL).position == 3
