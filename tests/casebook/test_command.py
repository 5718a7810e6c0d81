"""The casebook on the command line: shown, verified, signed, closed, and its history after sign-off."""

from __future__ import annotations

import json
from zipfile import ZipFile

import pytest

from tests.cli.terminal import COORDINATOR, DATA_MANAGER, INSPECTOR, INVESTIGATOR, MONITOR, PI, Terminal

WHY = ("--reason-code", "transcription", "--reason", "typing error")
CODE = "S1-001"


@pytest.mark.requirement("ES-01", "ES-04", "ES-06")
def test_a_record_is_verified_signed_changed_signed_again_locked_and_unlocked_in_words(
    active: Terminal,
) -> None:
    active.enrol(CODE)
    active.do("record", "visit", CODE, by=COORDINATOR)
    active.do("record", "results", CODE, "baseline", "alt=40 U/L", "inr=1.7", by=COORDINATOR)
    active.do("sdv", "verify", CODE, "baseline/alt", "--note", "laboratory sheet", by=MONITOR)

    assert active.fault("casebook", "sign", CODE, "baseline", by=PI)["code"] == "usage.not_confirmed"
    sheet = active.data("casebook", "sheet", CODE, "baseline")
    standing = [each["value"].partition(" (taken ")[0] for each in sheet["values"]]
    assert standing[1:] == ["40 U/L", "1.7 {INR}"]
    signed = active.run("casebook", "sign", CODE, "baseline", "--sheet", sheet["digest"], by=PI)
    assert ["baseline/alt", "40", "U/L"] in [line.split()[:3] for line in signed.stderr.splitlines()]
    assert "I have reviewed these data and confirm" in signed.stderr

    active.do("result", "correct", CODE, "baseline", "alt", "41", *WHY, by=COORDINATOR)
    shown = active.do("casebook", "show", CODE)
    assert "changed" in shown
    [signature] = active.data("casebook", "show", CODE)["signatures"]
    assert (signature["stands"], signature["fits"], signature["name"]) == ("changed", True, "pi")
    other = active.fault("casebook", "sign", CODE, "baseline", "--sheet", sheet["digest"], by=PI)
    assert other["code"] == "record.other_sheet"
    told = active.run("casebook", "sign", CODE, "baseline", "--yes", by=PI).stderr
    assert "Changed since it was signed" in told
    assert "41 U/L (corrected)" in told
    stands = [each["stands"] for each in active.data("casebook", "show", CODE)["signatures"]]
    assert stands == ["changed", "current"]

    for shown_in in (
        active.do("casebook", "show", CODE),
        active.do("participant", "show", CODE),
        active.do("participant", "history", CODE),
        active.do("audit", "trail", "--kind", "record.signed", "--csv"),
    ):
        assert "pi" in shown_in
        assert "approval" in shown_in
        assert "2026-03-02" in shown_in
    bundle = active.folder / "trial.zip"
    active.do("export", "bundle", "--out", str(bundle), "--purpose", "inspection", by=INSPECTOR)
    with ZipFile(bundle) as files:
        pages = {name: files.read(name).decode() for name in files.namelist() if name.endswith(".html")}
    signed_at = "2026-03-02T12:"
    for page, words in ((r, w) for name, r in pages.items() for w in _words_of(name)):
        assert words in page
        assert signed_at in page
    [changed] = active.data("sdv", "list", "--status", "changed")["rows"]
    assert (changed["field"], changed["verified_by"]) == ("baseline/alt", "j.mo")

    after = active.data("audit", "trail", "--after-sign-off", "--participant", CODE)["rows"]
    assert [(row["topic"], [each["kind"] for each in row["sign_offs"]]) for row in after] == [
        ("lab.result_corrected.v1", ["verified", "signed"])
    ]

    rows = active.data("audit", "history", CODE, "baseline/alt")["rows"]
    assert [row["after"] for row in rows] == [None, "verified baseline/alt, signed baseline"]

    why = ("--reason", "clean and signed")
    active.do("casebook", "freeze", CODE, "baseline", *why, by=DATA_MANAGER)
    frozen = active.fault("result", "correct", CODE, "baseline", "alt", "42", *WHY, by=COORDINATOR)
    assert (frozen["code"], frozen["exit"]) == ("record.frozen", 4)
    active.do("casebook", "unfreeze", CODE, "baseline", *why, by=DATA_MANAGER)
    active.do("query", "open", CODE, "which laboratory?", by=MONITOR)
    assert [row["against"] for row in active.data("casebook", "lock-check", CODE)["rows"]] == [
        "lock.query_open"
    ]
    assert active.fault("casebook", "lock", CODE, *why, by=DATA_MANAGER)["code"] == "lock.query_open"
    [asked] = active.data("query", "list")["rows"]
    active.do("query", "cancel", asked["query"], "by mistake", by=MONITOR)
    active.do("casebook", "lock", CODE, *why, by=DATA_MANAGER)
    active.do("casebook", "request-unlock", CODE, *why, by=INVESTIGATOR)
    active.do("casebook", "unlock", CODE, *why, by=DATA_MANAGER)
    active.do("casebook", "freeze", "--whole-site", "S1", *why, by=DATA_MANAGER)
    statuses = {row["record"]: row["closed"] for row in active.data("casebook", "show", CODE)["records"]}
    assert set(statuses.values()) == {"frozen"}
    assert active.data("casebook", "overdue", "--all")["rows"] == []


def _words_of(page: str) -> tuple[str, ...]:
    """What a bundle's report says of a signature that has lapsed: its meaning, and that."""
    if ".zh." in page:
        return ("批准: 本人已审阅上述数据", "签名后记录已更改", "pi (主要研究者)", "试验参与者")
    return ("approval: I have reviewed these data", "the record changed since")


def test_what_is_wrong_is_told_in_a_line(active: Terminal) -> None:
    active.enrol(CODE)
    assert active.fault("casebook", "sign", CODE, "--meaning", "so", by=PI)["code"] == "usage.meaning"
    assert active.fault("sdv", "list", "--status", "so")["code"] == "usage.sdv_status"
    assert active.fault("casebook", "sheet", CODE, "week-9")["code"] == "record.unknown"
    assert active.fault("casebook", "freeze", "--reason", "why", by=DATA_MANAGER)["code"] == "command.invalid"
    both = ("casebook", "lock", CODE, "--whole-site", "S1", "--reason", "why")
    assert active.fault(*both, by=DATA_MANAGER)["code"] == "command.invalid"


def test_the_sheet_tells_no_allocation_to_anybody(active: Terminal) -> None:
    route = active.enrol(CODE)
    for role in ("investigator", "statistician", "outcome_assessor"):
        told = json.dumps(active.data("casebook", "sheet", CODE, "--role", role), ensure_ascii=False)
        assert route not in told
        assert "▮▮▮" in told


def test_who_may_not_sign_is_told_so_before_the_sheet_is_shown(active: Terminal) -> None:
    active.enrol(CODE)
    ended = active.run("casebook", "sign", CODE, "--yes", by=COORDINATOR)
    assert (ended.exit_code, ended.stderr.count("\n")) == (7, 1)
