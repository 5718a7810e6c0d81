"""A whole course, and every answer about it in JSON: each is held against its shape as it comes."""

from __future__ import annotations

from pathlib import Path

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


def _corrected(walk: Walk, value: str, why: tuple[str, ...]) -> None:
    """A value changed after unblinding: proposed, and accepted by the investigator."""
    walk(COORDINATOR, "correction", "propose", "S1-001", "baseline", "inr", value, *why)
    proposed = walk.terminal.data("correction", "list", "--waiting")["rows"][0]["correction"]
    walk(INVESTIGATOR, "correction", "accept", proposed, *why)


def _of_stores(terminal: Terminal, other: Terminal) -> None:
    """What is answered of a store as a whole: how it is signed, a copy of it, and a table brought into it."""
    folder = terminal.folder
    terminal.do("ledger", "init-signer", f"{terminal.store}.signer")
    terminal.do("ledger", "sign")
    table, mapping = folder / "people.csv", folder / "mapping.toml"
    table.write_text("no,site,sex,enrolled\n1,S1,f,2026-03-02\n2,S1,x,2026-03-02\n", "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    assert other.run("import", "table", str(table), "--mapping", str(mapping), "--json").exit_code == 4
    terminal.data("ledger", "status")
    terminal.data("audit", "proof", "1", "--out", str(folder / "one.tlog-proof"))
    terminal.data("audit", "verify", str(folder / "one.tlog-proof"))
    made = terminal.data("backup", "--out", str(folder / "backups"), by=ADMINISTRATOR)
    assert terminal.data("restore", made["file"], "--into", str(folder / "restored.db"))["proved"] is True


def test_every_answer_about_a_whole_course_has_its_shape(
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
    terminal.data("protocol", "show")
    terminal.data("protocol", "check", str(PROTOCOL))
    terminal.data("protocol", "diff", "1.0", str(changed))
    terminal.data("trial", "status")
    terminal.data("trial", "assumptions")
    activation.data("trial", "activate", str(PROTOCOL), *ready, by=PI)
    terminal.data("participant", "list")
    terminal.data("participant", "show", "S1-001")
    terminal.data("participant", "history", "S1-001")
    terminal.data("participant", "scores", "S1-001")
    terminal.data("endpoints")
    terminal.data("visit", "list")
    terminal.data("result", "list")
    terminal.data("query", "list")
    terminal.data("query", "show", terminal.data("query", "list")["rows"][0]["query"])
    terminal.data("casebook", "show", "S1-001")
    terminal.data("casebook", "sheet", "S1-001", "baseline")
    terminal.data("casebook", "overdue", "--all")
    terminal.data("casebook", "lock-check")
    terminal.data("sdv", "list")
    terminal.data("deviation", "list")
    terminal.data("lot", "list")
    terminal.data("randomization", "status")
    terminal.data("randomization", "verify")
    terminal.data("replay")
    terminal.data("audit", "compare", "interim", str(terminal.head))
    terminal.data("audit", "history", "S1-001", "week-4/alt")
    terminal.data("audit", "trail", "--after-sign-off")
    terminal.data("audit", "cuts")
    terminal.data("audit", "review", "--role", "monitor")
    terminal.data("audit", "reviews", "--role", "monitor")
    terminal.data("audit", "what-if", str(changed))
    terminal.data("record", "dialysis", "S1-001", by=COORDINATOR)
    assert terminal.fault("participant", "show", "S1-999")["code"] == "participant.unknown"
    walk(COORDINATOR, "record", "visit", "S1-001", "--at", "2026-03-01")  # before the consent
    out = ("--out", str(tmp_path / "bundle.zip"), "--role", "outcome_assessor", "--purpose", "inspection")
    terminal.data("export", "bundle", *out, by=INSPECTOR)
    table = ("--out", str(tmp_path / "table.zip"), "--purpose", "registry", "--for", "future_use")
    terminal.do("participant", "screen", "S1-009", "--site", "S1", by=COORDINATOR)
    why = ("--reason-code", "other_participant", "--reason", "it was S1-008 who withdrew")
    walk(COORDINATOR, "record", "withdrawal", "S1-009", "--scope", "samples")
    terminal.data("participant", "show", "S1-009")
    walk(COORDINATOR, "participant", "void", "S1-009", "withdrawal", *why)
    terminal.data("participant", "show", "S1-009")
    later = ("record", "consent", "S1-001", "--version", "1.0", "--document-language", "zh-CN")
    terminal.do(*later, "--grant", "future_use", by=COORDINATOR)
    terminal.data("export", "table", *table, by=INSPECTOR)
    terminal.data("audit", "verify")
    terminal.data("audit", "verify", str(tmp_path / "bundle.zip"))
    terminal.data("audit", "conformance")
    _of_stores(terminal, activation)


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
