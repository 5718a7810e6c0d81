"""A data cut is a name for a position and a root: what it names can be made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.ledger.tree import root_at
from domain.trial import DataCutNamed
from tests.cli.terminal import COORDINATOR, STATISTICIAN, Terminal


@pytest.mark.requirement("DR-08")
def test_a_cut_is_kept_with_the_root_of_the_ledger_and_gives_the_same_root_and_rows_again(
    tmp_path: Path,
) -> None:
    terminal = Terminal(tmp_path)
    terminal.activate()
    terminal.enrol("S1-001")
    terminal.do("record", "visit", "S1-001", by=COORDINATOR)
    terminal.do("record", "results", "S1-001", "baseline", "alt=40 U/L", by=COORDINATOR)
    terminal.do("trial", "cut", "interim", by=STATISTICIAN)
    before = terminal.data("result", "list", "--as-of", "interim")
    terminal.do("record", "results", "S1-001", "baseline", "inr=1.7", by=COORDINATOR)
    assert terminal.data("result", "list", "--as-of", "interim")["rows"] == before["rows"]
    [cut] = terminal.data("audit", "cuts")["rows"]
    app = terminal._open(str(terminal.store))
    try:
        again = root_at(cut["position"], lambda places: app.ledger.nodes("T-1", places)).hex()
    finally:
        app.close()
    assert cut["root"] == again
    assert len(again) == 64


def test_the_sentence_of_a_cut_tells_its_root_where_it_has_one() -> None:
    assert DataCutNamed(name="old", position=3).sentence() == "Data cut 'old' at position 3"
    told = DataCutNamed(name="new", position=3, root="ab" * 32)
    assert told.sentence() == f"Data cut 'new' at position 3 (root {'ab' * 32})"
    assert told.sentence("zh") == f"数据截点“new”，位置 3（根哈希 {'ab' * 32}）"
