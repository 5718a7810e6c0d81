"""The same table gives the same facts on PostgreSQL, rejected rows included."""

from pathlib import Path

import pytest

from adapters.app import App
from adapters.clock import SeededNames, SetClock
from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import TableImport
from domain.record import Origin
from projections.rebuild import compare
from tests.imports.tables import MAPPING, document, imported, reasons, row, text
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, entitled
from trialog.bootstrap import open_app

ROWS = [row(no, visit_day) for no in range(1, 4) for visit_day in (0, 26, 50)]
BAD = [row(2, 84, alt="forty"), row(4, sex="x")]


def facts(app: App) -> list[tuple[int, str, str, str]]:
    """Every imported fact: its place, its kind and when it happened."""
    return [
        (record.position, record.stream, record.fact.TOPIC, str(record.effective_at))
        for record, command in app.reading.entries(TRIAL)
        if command.attribution.origin is Origin.IMPORT
    ]


def test_a_table_gives_the_same_facts_on_postgresql(
    trial: Scenario, postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = imported(trial, [*ROWS, *BAD])
    expected = facts(trial.app)
    monkeypatch.setenv("TRIALOG_KEYS", str(tmp_path / "server.keys"))
    clock = SetClock(trial.clock.moment)
    app = open_app(postgresql_url, create=True, clock=clock, names=SeededNames(1))
    try:
        for command in active(document()):
            app.engine.execute(TRIAL, command, entitled(command))
        (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
        (tmp_path / "visits.csv").write_text(text([*ROWS, *BAD]), encoding="utf-8")
        mapping = read_mapping(tmp_path / "mapping.toml")
        table = read_table(tmp_path / "visits.csv", mapping)
        there = TableImport(app, mapping, table).run()
        again = TableImport(app, mapping, table).run()
        stored = facts(app)
        differences = compare(app.reading, TRIAL)[1]
    finally:
        app.close()
    assert (
        reasons(there) == reasons(here) == [(11, "alt", "result.not_a_number"), (12, "sex", "value.unknown")]
    )
    assert stored == expected
    assert again.facts == 0
    assert differences == []
