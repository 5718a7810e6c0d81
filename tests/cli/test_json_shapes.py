"""The shapes of what `--json` writes are a contract: `shapes.json` holds every field and its kind.

To change one on purpose, delete `shapes.json` and run this test twice: the difference can be reviewed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.course import Walk, begin, enrol, follow, infuse
from tests.cli.terminal import (
    ADMINISTRATOR,
    COORDINATOR,
    INSPECTOR,
    INVESTIGATOR,
    MONITOR,
    PI,
    PROTOCOL,
    STATISTICIAN,
    Terminal,
)

SHAPES = Path(__file__).parent / "shapes.json"
MAPPING = """
name = "people"
trial = "T-1"

[participant]
code = "S1-{no:03}"
site = { column = "site" }

[row]
key = ["no"]

[dates]
enrolled = { column = "enrolled" }

[[steps]]
id = "screening"
runs = "at_start"
command = "participant.pre_screen"
at = { date = "enrolled" }
fields.sex = { column = "sex", values = { f = "female", m = "male" } }
"""
Shape = dict[str, Any] | list[Any] | str
"""An object, a list, or the name of a kind."""


def shape(value: object) -> Shape:
    """A value with every leaf replaced by its kind; the members of a list taken together."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_together([shape(each) for each in value])] if value else []
    return "null" if value is None else type(value).__name__


def _together(shapes: list[Shape]) -> Shape:
    """The shape of several members: field by field, each kind that occurs."""
    objects = [each for each in shapes if isinstance(each, dict)]
    if len(objects) == len(shapes):
        names = list(dict.fromkeys(name for each in objects for name in each))
        return {name: _together([each[name] for each in objects if name in each]) for name in names}
    lists = [each for each in shapes if isinstance(each, list)]
    if len(lists) == len(shapes):
        inner = [member for each in lists for member in each]
        return [_together(inner)] if inner else []
    kinds = sorted({each if isinstance(each, str) else "object" for each in shapes})
    return "|".join(kinds)


def _corrected(walk: Walk, value: str, why: tuple[str, ...]) -> None:
    """A value changed after unblinding: proposed, and accepted by the investigator."""
    walk(COORDINATOR, "correction", "propose", "S1-001", "baseline", "inr", value, *why)
    proposed = walk.terminal.data("correction", "list", "--waiting")["rows"][0]["correction"]
    walk(INVESTIGATOR, "correction", "accept", proposed, *why)


def _of_stores(terminal: Terminal, other: Terminal) -> dict[str, Any]:
    """What is answered of a store as a whole: how it is signed, a copy of it, and a table brought into it."""
    folder = terminal.folder
    terminal.do("ledger", "init-signer", f"{terminal.store}.signer")
    terminal.do("ledger", "sign")
    table, mapping = folder / "people.csv", folder / "mapping.toml"
    table.write_text("no,site,sex,enrolled\n1,S1,f,2026-03-02\n2,S1,x,2026-03-02\n", "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    brought = other.run("import", "table", str(table), "--mapping", str(mapping), "--json")
    return {
        "ledger status": terminal.data("ledger", "status"),
        "audit proof": terminal.data("audit", "proof", "1", "--out", str(folder / "one.tlog-proof")),
        "audit verify PROOF": terminal.data("audit", "verify", str(folder / "one.tlog-proof")),
        "backup": terminal.data("backup", "--out", str(folder / "backups"), by=ADMINISTRATOR),
        "import table": json.loads(brought.stdout),
    }


def test_json_answers_have_the_shapes_that_are_written_down(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TRIALOG_SIGNER", "TRIALOG_WITNESS", "TRIALOG_POLICY"):
        monkeypatch.delenv(name, raising=False)
    walk = Walk(terminal)
    begin(walk)
    enrol(walk, "S1-001")
    infuse(walk, "S1-001", "B1", whole=True)
    follow(walk, "S1-001")
    walk(STATISTICIAN, "trial", "cut", "interim")
    why = ("--reason-code", "transcription", "--reason", "typing error")
    _corrected(walk, "1.8", why)
    walk(PI, "casebook", "sign", "S1-001", "baseline", "--yes")
    _corrected(walk, "1.9", why)
    walk(MONITOR, "sdv", "verify", "S1-001", "baseline")
    walk(MONITOR, "query", "open", "S1-001", "which laboratory?", "--visit", "baseline")
    changed = tmp_path / "changed.toml"
    changed.write_text(PROTOCOL.read_text("utf-8").replace("target = 8", "target = 9"), "utf-8")
    activation = Terminal(tmp_path)
    activation.store = tmp_path / "second.db"
    ready = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou")
    found = {
        "protocol show": terminal.data("protocol", "show"),
        "protocol check": terminal.data("protocol", "check", str(PROTOCOL)),
        "protocol diff": terminal.data("protocol", "diff", "1.0", str(changed)),
        "trial status": terminal.data("trial", "status"),
        "trial assumptions": terminal.data("trial", "assumptions"),
        "trial activate FILE": activation.data("trial", "activate", str(PROTOCOL), *ready, by=PI),
        "participant list": terminal.data("participant", "list"),
        "participant show": terminal.data("participant", "show", "S1-001"),
        "participant history": terminal.data("participant", "history", "S1-001"),
        "participant scores": terminal.data("participant", "scores", "S1-001"),
        "endpoints": terminal.data("endpoints"),
        "visit list": terminal.data("visit", "list"),
        "result list": terminal.data("result", "list"),
        "query list": terminal.data("query", "list"),
        "query show": terminal.data("query", "show", terminal.data("query", "list")["rows"][0]["query"]),
        "casebook show": terminal.data("casebook", "show", "S1-001"),
        "casebook sheet": terminal.data("casebook", "sheet", "S1-001", "baseline"),
        "casebook overdue": terminal.data("casebook", "overdue", "--all"),
        "casebook lock-check": terminal.data("casebook", "lock-check"),
        "sdv list": terminal.data("sdv", "list"),
        "deviation list": terminal.data("deviation", "list"),
        "lot list": terminal.data("lot", "list"),
        "randomization status": terminal.data("randomization", "status"),
        "randomization verify": terminal.data("randomization", "verify"),
        "replay": terminal.data("replay"),
        "audit compare": terminal.data("audit", "compare", "interim", str(terminal.head)),
        "audit history": terminal.data("audit", "history", "S1-001", "week-4/alt"),
        "audit trail": terminal.data("audit", "trail", "--after-sign-off"),
        "audit cuts": terminal.data("audit", "cuts"),
        "audit review": terminal.data("audit", "review", "--role", "monitor"),
        "audit reviews": terminal.data("audit", "reviews", "--role", "monitor"),
        "audit what-if": terminal.data("audit", "what-if", str(changed)),
        "any command": terminal.data("record", "dialysis", "S1-001", by=COORDINATOR),
        "any error": json.loads(terminal.run("participant", "show", "S1-999", "--json").stderr),
    }
    walk(COORDINATOR, "record", "visit", "S1-001", "--at", "2026-03-01")  # before the consent
    out = ("--out", str(tmp_path / "bundle.zip"), "--role", "outcome_assessor", "--purpose", "inspection")
    found["export bundle"] = terminal.data("export", "bundle", *out, by=INSPECTOR)
    table = ("--out", str(tmp_path / "table.zip"), "--purpose", "registry", "--for", "future_use")
    terminal.do("participant", "screen", "S1-009", "--site", "S1", by=COORDINATOR)
    later = ("record", "consent", "S1-001", "--version", "1.0", "--language", "zh-CN")
    terminal.do(*later, "--grant", "future_use", by=COORDINATOR)
    found["export table"] = terminal.data("export", "table", *table, by=INSPECTOR)
    found["audit verify"] = terminal.data("audit", "verify")
    found["audit verify BUNDLE"] = terminal.data("audit", "verify", str(tmp_path / "bundle.zip"))
    found["audit conformance"] = terminal.data("audit", "conformance")
    found |= _of_stores(terminal, activation)
    shapes = {name: shape(each) for name, each in found.items()}
    if not SHAPES.exists():
        SHAPES.write_text(json.dumps(shapes, indent=2) + "\n", "utf-8")
        pytest.fail("the shapes were not written down; they are now")
    assert shapes == json.loads(SHAPES.read_text("utf-8"))


@pytest.mark.parametrize(
    "words",
    [
        ("participant", "list"),
        ("participant", "history", "S1-001"),
        ("visit", "list"),
        ("result", "list"),
        ("deviation", "list"),
        ("query", "list"),
        ("lot", "list"),
        ("trial", "assumptions"),
        ("audit", "trail"),
        ("audit", "cuts"),
    ],
    ids=" ".join,
)
def test_every_list_says_what_it_was_true_of(enrolled_once: Terminal, words: tuple[str, ...]) -> None:
    data = enrolled_once.data(*words)
    assert list(data) == ["trial", "as_of", "position", "axis", "rows"]
    assert data["trial"] == "T-1"
    assert data["position"] == enrolled_once.head
    assert data["axis"] == "recorded"
    assert data["as_of"].endswith("Z")
