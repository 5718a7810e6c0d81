"""Consent on the command line, and the answers about it in JSON."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import COORDINATOR, PI, Terminal

CODE = "S1-001"


def walked(terminal: Terminal, folder: Path) -> Terminal:
    """Documents registered and withdrawn, and one participant who consents on one of them."""
    document, changed = folder / "icf.pdf", folder / "changed.pdf"
    document.write_bytes(b"%PDF-1.7 consent")
    changed.write_bytes(b"%PDF-1.7 consent.")
    at_site = ("--site", "S1", "--document-language", "zh-CN")
    approval = ("--reference", "EC-1", "--at", "2026-02-20")
    terminal.do(
        "consent", "register", *at_site, "--version", "1.0", "--document", str(document), *approval, by=PI
    )
    later = ("--version", "0.9", "--sha256", "1f" * 32, "--valid-until", "2026-12-31")
    terminal.do("consent", "register", *at_site[:2], "--document-language", "en", *later, *approval, by=PI)
    terminal.do(
        "consent",
        "withdraw",
        *at_site[:2],
        "--document-language",
        "en",
        "--version",
        "0.9",
        "--ground",
        "misprint",
        by=PI,
    )
    screen = ("participant", "screen", CODE, "--site", "S1", "--sex", "female", "--age", "54")
    terminal.do(*screen, by=COORDINATOR)
    on = ("--version", "1.0", "--document-language", "zh-CN")
    fault = terminal.fault("consent", "sign", CODE, *on, "--document", str(changed), by=COORDINATOR)
    assert (fault["exit"], fault["code"]) == (4, "consent.document_changed")
    granted = ("--grant", "cross_border")
    bytes_of = ("--document", str(document))
    fault = terminal.fault("consent", "sign", CODE, *on, *bytes_of, by=COORDINATOR)
    assert fault["code"] == "consent.party_unsigned"
    shown = ("--method", "handwritten", "--evidence", str(changed))
    terminal.do("consent", "sign-as", CODE, "participant", *on, *bytes_of, *shown, by=COORDINATOR)
    terminal.do("consent", "sign", CODE, *on, *bytes_of, *granted, by=COORDINATOR)
    again = ("--method", "one_time_code", "--evidence-sha256", "2f" * 32)
    terminal.do("consent", "sign-as", CODE, "participant", *on, *bytes_of, *again, by=COORDINATOR)
    terminal.do("sample", "take", CODE, "T-17", "serum", by=COORDINATOR)
    terminal.do("sample", "hand-out", CODE, "T-17", "central laboratory", "--for", "trial", by=COORDINATOR)
    terminal.do("sample", "record", CODE, "T-18", "dna", "--genetic", by=COORDINATOR)
    told = terminal.data(
        "sample", "record-hand-out", CODE, "T-18", "a lab", "--for", "genetic", by=COORDINATOR
    )
    assert {each["rule"] for each in told["deviations"]} == {
        "samples.left_without_consent",
        "samples.left_without_permit",
    }
    by_mistake = ("--reason-code", "transcription", "--reason", "it never left")
    terminal.do("sample", "void", CODE, "T-18", "--part", "hand_out", *by_mistake, by=COORDINATOR)
    terminal.do("sample", "destroy", CODE, "T-18", "not asked for", by=COORDINATOR)
    why = ("--reason-code", "transcription", "--reason", "the tube says so")
    terminal.do("sample", "correct", CODE, "T-17", "--material", "plasma", *why, by=COORDINATOR)
    terminal.do("sample", "correct-hand-out", CODE, "T-17", "--recipient", "biobank", *why, by=COORDINATOR)
    terminal.do("sample", "void", CODE, "T-18", "--part", "destruction", *why, by=COORDINATOR)
    terminal.do("sample", "void", CODE, "T-18", *why, by=COORDINATOR)
    terminal.do("record", "withdrawal", CODE, "--scope", "future_use", by=COORDINATOR)
    terminal.do("consent", "birth", CODE, "1971-11", by=COORDINATOR)
    terminal.do("participant", "request-reconsent", CODE, "2.0", by=COORDINATOR)
    return terminal


def test_consent_is_given_on_the_registered_document_by_words(active: Terminal, tmp_path: Path) -> None:
    walked(active, tmp_path)
    rows = active.data("consent", "list")["rows"]
    assert [(row["version"], row["language"], row["status"]) for row in rows] == [
        ("1.0", "zh-CN", "offered"),
        ("0.9", "en", "withdrawn"),
    ]
    (given,) = active.data("consent", "show", CODE)["consents"]
    assert (given["document"], given["fault"], given["lacking"]) == (rows[0]["sha256"], None, [])
    head = active.data("consent", "list")["position"]
    before = active.data("consent", "list", "--as-of", str(head - 19))["rows"]
    assert [row["status"] for row in before] == ["offered", "offered"]
    _shapes(active)


def test_dates_of_the_parties_are_told_one_by_one(active: Terminal) -> None:
    screen = ("participant", "screen", CODE, "--site", "S1", "--sex", "female", "--age", "54")
    active.do(*screen, by=COORDINATOR)
    on = (
        "record",
        "consent",
        CODE,
        "--version",
        "1.0",
        "--document-language",
        "zh-CN",
        "--at",
        "2026-03-02T09:00",
    )
    dated = ("--signed", "participant=2026-03-02T09:00", "--signed", "investigator=2026-03-02T09:40")
    assert active.fault(*on, "--signed", "participant", by=COORDINATOR)["code"] == "usage.signed"
    active.do(*on, *dated, by=COORDINATOR)
    (given,) = active.data("consent", "show", CODE)["consents"]
    assert given["signed"][1] == {
        "party": "investigator",
        "at": "2026-03-02T09:40+08:00[Asia/Shanghai]",
        "method": None,
    }


def _shapes(active: Terminal) -> None:
    """Every answer has its shape: the terminal sees to it."""
    active.data("consent", "list")
    active.data("consent", "show", CODE)
    active.data("consent", "due")
    active.data("sample", "list")
    marked = active.do("sample", "list").splitlines()[0]
    assert marked.split()[-2:] == ["voided", "replaced"]
