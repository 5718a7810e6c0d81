"""The reading statements, made once per dialect and run without SQLAlchemy's compiler.

What is written differs more between the databases, and is in `sqlite.py` and `postgresql.py`.
"""

from __future__ import annotations

from functools import lru_cache

from adapters.store.schema import COMMAND

COMMAND_COLUMNS = ", ".join(column.name for column in COMMAND.columns if column.name != "trial")
RECORD_COLUMNS = "position, stream, version, effective_at, protocol_version, topic, data"

END = 2**62
"""Past every position."""

_FAR = 2**40
"""The first step in search of an instant: longer than any history."""

STRAYS = 13
"""How often the statement that looks for strays asks for the log."""

LATE = 32
"""The last of so many parts of the history is where the newest version of a document is looked for first."""


class Statements:
    """SQL text with the placeholders of one driver; parameters are given in the order of the text."""

    def __init__(self, dialect: str) -> None:
        self._mark = "%s" if dialect == "postgresql" else "?"

        self.trials = f"SELECT trial FROM ({_each_trial('command')}) t ORDER BY trial"
        every = " UNION ".join(
            f"SELECT trial FROM ({_each_trial(table)}) {table}_t"
            for table in ("command", "fact", "anchor", "document", "document_key", "tracking")
        )
        self.every_log = f"SELECT trial FROM ({every}) t ORDER BY trial"
        self.head = self.marked(
            "SELECT last, recorded_at FROM command WHERE trial = ? ORDER BY first DESC LIMIT 1"
        )
        newest_command = (
            "SELECT * FROM (SELECT trial, last, recorded_at FROM command WHERE trial = ?"
            " ORDER BY first DESC LIMIT 1) t"
        )
        self.heads = self.marked(f"{newest_command} UNION ALL {newest_command}")
        # Commands are in order of time: ever smaller steps ahead, taken unless they lead past the instant.
        self.position_at = self.marked(
            f"WITH RECURSIVE s (place, step) AS (SELECT CAST(0 AS BIGINT), CAST({_FAR} AS BIGINT) UNION ALL"
            " SELECT CASE WHEN (SELECT recorded_at FROM command WHERE trial = ? AND first <= place + step"
            " ORDER BY first DESC LIMIT 1) <= ? THEN place + step ELSE place END, step / 2"
            " FROM s WHERE step > 0) SELECT last FROM command WHERE trial = ?"
            " AND first <= (SELECT max(place) FROM s) ORDER BY first DESC LIMIT 1"
        )
        self.command = self.marked(
            f"SELECT {COMMAND_COLUMNS} FROM command WHERE trial = ? AND command_id = ?"
        )
        self.records = self.marked(
            f"SELECT {RECORD_COLUMNS} FROM fact WHERE trial = ? AND position > ? AND position <= ?"
            " ORDER BY position LIMIT ?"
        )
        self.stream = self.marked(
            f"SELECT {RECORD_COLUMNS} FROM fact WHERE trial = ? AND stream = ? AND version >= 0"
            " AND position <= ? ORDER BY version"
        )
        # Entries take two statements, facts and then their commands: a join was planned badly for trials that
        # PostgreSQL's statistics did not know yet, and would send each command once per fact.
        facts = f"SELECT {RECORD_COLUMNS}, command FROM fact WHERE trial = ?"
        page = " AND position > ? AND position <= ? ORDER BY position LIMIT ?"
        self.entries = self.marked(facts + page)
        # `+ 0` and the version keep SQLite from walking the whole trial by position instead of the stream.
        of_stream = " AND stream = ? AND version >= 0" + page.replace("position", "position + 0")
        self.entries_of_stream = self.marked(facts + of_stream)
        commands = f"SELECT {COMMAND_COLUMNS} FROM command WHERE trial = ?"
        self.commands = self.marked(commands + " AND first >= ? AND first <= ? ORDER BY first")
        self.commands_of_stream = self.marked(
            commands + " AND first IN (SELECT command FROM fact WHERE trial = ? AND stream = ?"
            " AND version >= 0 AND position + 0 >= ? AND position + 0 <= ?)"
        )

        self.anchors = self.marked(
            "SELECT size, holder, note, kept_at FROM anchor WHERE trial = ? AND size >= ?"
            " ORDER BY size, holder"
        )
        self.add_anchor = self.marked(
            "INSERT INTO anchor (trial, size, holder, note, kept_at) SELECT ?, ?, ?, ?, ?"
            " WHERE NOT EXISTS (SELECT 1 FROM anchor WHERE trial = ? AND size = ? AND holder = ?)"
        )
        # Facts, lines and nothing else: the commands of the journal are read beside them.
        self.ledger = self.marked(
            "SELECT position, stream, version, topic, effective_at, protocol_version, command, data, entry,"
            f" salts, nodes FROM fact WHERE trial = ?{page}"
        )

        def beyond(table: str, place: str = "position") -> str:
            return (
                f" UNION ALL SELECT '{table}', max({place}) FROM {table} WHERE trial = ? AND {place} >"
                " (SELECT coalesce(max(last), 0) FROM command WHERE trial = ?) HAVING count(*) > 0"
            )

        def before(table: str, place: str = "position") -> str:
            """Before the first position nothing reads all facts, but a stream is read with what is there."""
            return (
                f" UNION ALL SELECT '{table}', max({place}) FROM {table} WHERE trial = ? AND {place} < 1"
                " HAVING count(*) > 0"
            )

        self.strays = self.marked(
            "SELECT 'command', first FROM command c WHERE trial = ? AND NOT EXISTS"
            " (SELECT 1 FROM fact f WHERE f.trial = c.trial AND f.position = c.first AND f.command = c.first)"
            f"{beyond('fact')}{beyond('document')}{beyond('document_key')}"
            f"{beyond('tracking', 'notification_id')}{before('command', 'first')}{before('fact')}"
            f"{before('document')}{before('document_key')}"
        )

        version = (
            "(SELECT d.body FROM document d WHERE d.trial = ? AND d.model = ? AND d.key = k.key"
            " AND d.position <= ?{} ORDER BY d.position DESC LIMIT 1)"
        )
        # PostgreSQL takes all that matches from a page of the index before it hands out the first: late in a
        # long history that is a page full of older versions. So it looks among the latest positions first.
        self._looks_late_first = dialect == "postgresql"
        newest = version.format("")
        if self._looks_late_first:
            newest = f"COALESCE({version.format(' AND d.position > ?')}, {newest})"
        # In order of key, which is quickest, when every key counts. Else by position: keys that came later
        # are not looked at, and `key || ''` keeps the planner from looking at them to spare the sort.
        # PostgreSQL would go by position anyhow, and look up each key in another place of the index.
        self.newest_key = self.marked(
            "SELECT position FROM document_key WHERE trial = ? AND model = ? ORDER BY position DESC LIMIT 1"
        )
        self.documents_before = self.marked(
            "WITH k AS MATERIALIZED (SELECT key FROM document_key WHERE trial = ? AND model = ?"
            f" AND position <= ? ORDER BY key || '') SELECT k.key, {newest} FROM k"
        )
        in_order = self.marked(
            f"SELECT k.key, {newest} FROM document_key k"
            " WHERE k.trial = ? AND k.model = ? AND k.position <= ? ORDER BY k.key"
        )
        self.documents = self.documents_before if dialect == "postgresql" else in_order
        self.documents_under = self.marked(
            "WITH k AS MATERIALIZED (SELECT key FROM document_key WHERE trial = ? AND model = ?"
            f" AND key >= ? AND key < ? AND position <= ? ORDER BY key) SELECT k.key, {newest} FROM k"
        )
        self.document = self.marked(
            "SELECT body FROM document WHERE trial = ? AND model = ? AND key = ? AND position <= ?"
            " ORDER BY position DESC LIMIT 1"
        )

        versions = " FROM {} WHERE trial = ? AND (model, key, position) > (?, ?, ?) AND position <= ?"
        in_order = " ORDER BY model, key, position LIMIT ?"
        self.versions = self.marked(
            "SELECT model, key, position, body" + versions.format("document") + in_order
        )
        self.keys = self.marked("SELECT model, key, position" + versions.format("document_key") + in_order)

        self.add_tracking = self.marked(
            "INSERT INTO tracking (trial, application, notification_id) SELECT ?, ?, CAST(? AS BIGINT)"
            " WHERE NOT EXISTS"
            " (SELECT 1 FROM tracking WHERE trial = ? AND application = ? AND notification_id >= ?)"
        )

    def nodes(self, count: int) -> str:
        """The nodes that the lines at so many positions complete."""
        some = ", ".join("?" * count)
        return self.marked(f"SELECT position, nodes FROM fact WHERE trial = ? AND position IN ({some})")

    def newest(self, trial: str, model: str, upto: int) -> tuple[str | int, ...]:
        """The parameters for the newest version at or before a position, in the statements that list keys."""
        whole = (trial, model, upto)
        return (*whole, upto - upto // LATE, *whole) if self._looks_late_first else whole

    def marked(self, text: str) -> str:
        """The text with the driver's own placeholders for its question marks."""
        return text.replace("?", self._mark)


def _each_trial(table: str) -> str:
    """The trials of a table, from one to the next in its index, past all rows of each."""
    return (
        f"WITH RECURSIVE t (trial) AS (SELECT min(trial) FROM {table} UNION ALL"
        f" SELECT (SELECT min(trial) FROM {table} WHERE trial > t.trial) FROM t WHERE trial IS NOT NULL)"
        " SELECT trial FROM t WHERE trial IS NOT NULL"
    )


@lru_cache
def statements(dialect: str) -> Statements:
    """The statements for `sqlite` or `postgresql`."""
    return Statements(dialect)
