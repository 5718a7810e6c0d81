"""`trialog ledger …` as people use it: signing, how it stands, and a store that is behind."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import ADMINISTRATOR, COORDINATOR, INSPECTOR, PI, PROTOCOL, Terminal

SCREEN = ("participant", "screen", "S1-007", "--site", "S1", "--sex", "male", "--age", "50")


@pytest.fixture
def signed(active: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal on a small trial that is signed, its signer beside the store."""
    for name in ("TRIALOG_SIGNER", "TRIALOG_WITNESS", "TRIALOG_POLICY"):
        monkeypatch.delenv(name, raising=False)
    told = active.data("ledger", "init-signer", f"{active.store}.signer")
    assert [line.split("+")[0] for line in told["policy"]] == ["log trialog/_system", "log trialog/T-1"]
    active.do("ledger", "sign")
    return active


def behind(terminal: Terminal) -> Path:
    """Put an old copy of the store in its place; a copy of what is lost."""
    old, lost = terminal.folder / "old.db", terminal.folder / "lost.db"
    shutil.copy(terminal.store, old)
    terminal.do(*SCREEN, by=COORDINATOR)
    terminal.do("ledger", "sign")
    shutil.copy(terminal.store, lost)
    shutil.copy(old, terminal.store)
    return lost


def test_what_is_signed_is_told_and_there_is_nothing_to_sign_twice(signed: Terminal) -> None:
    trial, system = signed.data("ledger", "status")["logs"]
    assert (trial["log"], trial["signed"], trial["unsigned"]) == ("T-1", trial["head"], 0)
    assert (system["log"], system["unsigned"]) == ("_system", 0)
    assert trial["keys"][0].startswith("trialog/T-1+")
    assert signed.data("ledger", "sign")["checkpoints"] == []
    rotated = signed.data("ledger", "rotate", by=ADMINISTRATOR)
    assert [each["origin"] for each in rotated["checkpoints"]] == ["trialog/T-1", "trialog/_system"]
    assert len(signed.data("ledger", "status")["logs"][0]["keys"]) == 2


def test_a_trial_that_is_named_is_signed_and_told_alone(signed: Terminal) -> None:
    for command in (("sign",), ("status",)):
        told = signed.fault("ledger", *command, "--trial", "T-9")
        assert (told["code"], told["exit"]) == ("trial.unknown", 5)
    other = signed.folder / "other.toml"
    other.write_text(PROTOCOL.read_text("utf-8").replace('trial = "T-1"', 'trial = "T-2"'), "utf-8")
    signed.do("trial", "adopt", str(other), by=PI)
    told = signed.data("ledger", "status", "--trial", "T-2")["logs"]
    assert [(each["log"], each["signed"]) for each in told] == [("T-2", 0), ("_system", told[1]["head"])]
    signed.do(*SCREEN, "--trial", "T-1", by=COORDINATOR)
    made = signed.data("ledger", "sign", "--trial", "T-1")["checkpoints"]
    assert [each["origin"] for each in made] == ["trialog/T-1", "trialog/_system"]
    assert signed.data("ledger", "status", "--trial", "T-2")["logs"][0]["signed"] == 0


def test_a_second_signer_is_told_that_the_store_has_one(signed: Terminal) -> None:
    second = str(signed.folder / "second")
    told = signed.do("ledger", "init-signer", second)
    assert "Another signer has signed this store" in told
    refused = signed.fault("ledger", "sign", "--signer", second)
    assert (refused["code"], refused["exit"]) == ("log.other_key", 4)
    away = signed.fault("ledger", "sign", "--signer", str(signed.folder / "nowhere"))
    assert (away["code"], "TRIALOG_SIGNER" in away["remedy"]) == ("signer.none", True)


def test_a_signer_from_before_its_key_was_changed_is_told_what_to_do(signed: Terminal) -> None:
    folder = Path(f"{signed.store}.signer")
    old = shutil.copytree(folder, signed.folder / "old")
    signed.do("ledger", "rotate", by=ADMINISTRATOR)
    shutil.rmtree(folder)
    shutil.copytree(old, folder)
    refused = signed.fault("ledger", "sign")
    assert (refused["code"], refused["exit"]) == ("signer.outdated", 4)
    done = signed.run("ledger", "sign")
    assert (done.exit_code, done.stderr.count("\n")) == (4, 1)
    assert "Put its newest copy in its place" in done.stderr
    assert "最新副本" in signed.run("ledger", "sign", "--language", "zh").stderr


def test_one_fact_is_proved_in_a_file_and_the_file_checked_alone(signed: Terminal) -> None:
    out = signed.folder / "fact.tlog-proof"
    told = signed.data("audit", "proof", "3", "--out", str(out), by=INSPECTOR)
    assert told["proof"] == out.read_text("utf-8") == signed.do("audit", "proof", "3", by=INSPECTOR)
    said = signed.data("audit", "verify", str(out))
    assert (said["verified"], said["proof"]["says"]["position"], said["proof"]["signed_to"]) == (
        True,
        3,
        told["size"],
    )
    assert "verified" in signed.do("audit", "verify", str(out))
    refused = signed.fault("audit", "proof", str(signed.head), "--as-of", "3", by=INSPECTOR)
    assert (refused["code"], refused["exit"]) == ("proof.no_position", 5)
    signed.do(*SCREEN, by=COORDINATOR)
    refused = signed.fault("audit", "proof", str(signed.head), by=INSPECTOR)
    assert (refused["code"], refused["exit"]) == ("ledger.no_checkpoint", 5)
    assert "trialog ledger sign" in refused["remedy"]
    out.write_text(told["proof"].replace("index 2", "index 4"), "utf-8")
    done = signed.run("audit", "verify", str(out))
    assert done.exit_code == 3
    assert "this is no proof of a fact, or it is damaged" in done.stderr


def test_a_store_that_is_behind_refuses_commands_and_answers_questions_saying_so(signed: Terminal) -> None:
    behind(signed)
    fault = signed.fault(*SCREEN, by=COORDINATOR)
    assert (fault["code"], fault["exit"]) == ("ledger.behind", 4)
    asked = signed.run("trial", "status", "--json", by=COORDINATOR)
    assert asked.exit_code == 0
    assert "read-only" in asked.stderr
    assert signed.fault("ledger", "sign")["exit"] == 3
    assert signed.data("ledger", "status")["read_only"] is not None


def test_a_store_that_is_behind_its_signer_does_not_verify(signed: Terminal) -> None:
    behind(signed)
    done = signed.run("audit", "verify")
    assert done.exit_code == 3
    assert "this is not what its signer has signed: it was signed at " in done.stderr
    assert "\nverified" not in done.stdout
    assert (done.stderr.count("\n"), "trialog ledger replay --from" in done.stderr) == (1, True)
    assert signed.run("audit", "verify", "--trial", "T-1").exit_code == 3


def test_what_is_lost_is_brought_back_by_a_command(signed: Terminal) -> None:
    lost = behind(signed)
    brought = signed.data("ledger", "replay", "--from", str(lost))["brought"]
    assert [each["log"] for each in brought] == ["T-1", "_system"]
    assert signed.data("ledger", "status")["read_only"] is None
    assert "S1-007" in signed.do("participant", "list", by=COORDINATOR)
    assert signed.run("replay").exit_code == 0


def test_a_copy_that_is_itself_behind_brings_back_what_it_has_and_tells_what_is_missing(
    signed: Terminal,
) -> None:
    old, between = signed.folder / "old.db", signed.folder / "between.db"
    shutil.copy(signed.store, old)
    signed.do(*SCREEN, by=COORDINATOR)
    signed.do("ledger", "sign")
    shutil.copy(signed.store, between)
    signed.do(*(each.replace("S1-007", "S1-008") for each in SCREEN), by=COORDINATOR)
    signed.do("ledger", "sign")
    newest = signed.folder / "newest.db"
    shutil.copy(signed.store, newest)
    shutil.copy(old, signed.store)
    said = signed.do("ledger", "replay", "--from", str(between))
    assert "T-1 still lacks the signed entries" in said
    assert signed.fault(*SCREEN, by=COORDINATOR)["code"] == "ledger.behind"
    assert "S1-007" in signed.do("participant", "list", by=COORDINATOR)
    none = signed.fault("ledger", "replay", "--from", str(between))
    assert (none["code"], none["exit"]) == ("ledger.nothing_to_bring", 4)
    told = signed.data("ledger", "replay", "--from", str(newest))
    assert ([each["log"] for each in told["brought"]], told["left"]) == (["T-1", "_system"], [])
    assert signed.data("audit", "verify")["verified"]


def test_what_is_lost_is_declared_by_a_command_of_two_persons(signed: Terminal) -> None:
    behind(signed)
    words = ("ledger", "declare", "--reason", "the disk failed", "--approved-by")
    alone = signed.fault(*words, "root", by=ADMINISTRATOR)
    assert (alone["code"], alone["exit"]) == ("incarnation.one_person", 4)
    told = signed.data(*words, "zhao.pi", by=ADMINISTRATOR)
    assert told["declared"] == ["trialog/T-1/2", "trialog/_system/2"]
    unsigned = signed.fault("audit", "verify")
    assert (unsigned["code"], unsigned["exit"]) == ("audit.not_verified", 3)
    assert "Run 'trialog ledger sign'" in unsigned["remedy"]
    signed.do(*SCREEN, by=COORDINATOR)
    made = signed.data("ledger", "sign")["checkpoints"]
    assert [each["origin"] for each in made] == told["declared"]
    assert signed.data("audit", "verify")["verified"]
    assert signed.run("replay").exit_code == 0


def test_a_checkpoint_is_written_as_a_page(signed: Terminal) -> None:
    out = signed.folder / "checkpoint.html"
    told = signed.data("ledger", "page", "--out", str(out))
    assert told["size"] == signed.data("ledger", "status")["logs"][0]["signed"]
    assert "trialog/T-1" in out.read_text("utf-8")


def test_a_checkpoint_is_written_as_the_note_that_a_verification_takes(signed: Terminal) -> None:
    out = signed.folder / "checkpoint.txt"
    signed.do("ledger", "page", "--note", "--out", str(out))
    assert out.read_text("utf-8") == signed.data("ledger", "status")["logs"][0]["note"]
    assert signed.data("audit", "verify", "--note", str(out))["verified"]


def test_a_proof_is_renewed_by_a_command_and_then_believed_alone(signed: Terminal) -> None:
    out = signed.folder / "renewals"
    words = ("ledger", "renew", "--algorithm", "sha3-256", "--out", str(out))
    told = signed.data(*words, by=ADMINISTRATOR)["renewed"]
    assert [each["log"] for each in told] == ["T-1", "_system"]
    held = [word for file in sorted(out.glob("*.note")) for word in ("--renewal", str(file))]
    assert len(held) == 4
    found = signed.data("audit", "verify", "--broken", "sha256", *held)
    assert found["verified"]
    assert [each["renewed"][0]["algorithm"] for each in found["logs"]] == ["sha3-256", "sha3-256"]
    assert signed.fault("audit", "verify", "--broken", "sha256", "--broken", "sha3-256")["exit"] == 3


def test_the_security_log_is_copied_and_a_review_recorded_by_commands(signed: Terminal) -> None:
    file = signed.folder / "security.jsonl"
    assert signed.data("ledger", "sink", str(file))["copied"] == []
    told = signed.data("audit", "reviewed", "--findings", "in order", by="m.mo:monitor")
    assert told["command"] == "review.audit_trail"
    reviews = signed.data("audit", "reviews", by="m.mo:monitor")
    assert (reviews["plan"]["reviews"], reviews["rows"][0]["reviewer"]) == (1, "m.mo")


def test_a_bundle_that_was_handed_out_brings_back_what_it_holds_and_the_rest_is_declared(
    signed: Terminal,
) -> None:
    """Its own export came after it, and was signed at once."""
    old, bundle = signed.folder / "old.db", signed.folder / "trial.zip"
    shutil.copy(signed.store, old)
    signed.do(*SCREEN, by=COORDINATOR)
    signed.do("ledger", "sign")
    signed.do("export", "bundle", "--purpose", "copy", "--out", str(bundle), by="m.wu:inspector")
    signed.do("ledger", "sign")
    shutil.copy(old, signed.store)
    told = signed.data("ledger", "replay", "--from", str(bundle))
    assert [each["log"] for each in told["brought"]] == ["T-1"]
    assert [each["log"] for each in told["left"]] == ["T-1", "_system"]
    assert "S1-007" in signed.do("participant", "list", by=COORDINATOR)
    words = ("ledger", "declare", "--reason", "the disk failed", "--approved-by", "zhao.pi")
    signed.do(*words, by=ADMINISTRATOR)
    signed.do("ledger", "sign")
    found = signed.data("audit", "verify")
    assert found["verified"]
    assert [log["declared_anew"][0]["lost"] for log in found["logs"] if log["log"] == "T-1"] == [1]
