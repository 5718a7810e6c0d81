"""Answers in JSON that no other test asks for: each is held against its shape as it comes."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cli.terminal import (
    ADMINISTRATOR,
    COORDINATOR,
    DATA_MANAGER,
    INVESTIGATOR,
    LABORATORY,
    PI,
    Terminal,
)
from tests.support.shapes import hold

CODE = "S1-001"


def test_of_one_participant(enrolled: Terminal) -> None:
    terminal = enrolled
    terminal.do("record", "deviation", CODE, "sample stored warm", by=COORDINATOR)
    [deviation] = terminal.data("deviation", "list", "--rule", "noted")["rows"]
    whose = (deviation["deviation"], "--participant", CODE)
    terminal.do("deviation", "explain", *whose[:1], "a holiday", *whose[1:], by=INVESTIGATOR)
    terminal.do(
        "deviation", "act", *whose[:1], "earlier calls", "--kind", "preventive", *whose[1:], by=COORDINATOR
    )
    terminal.do("deviation", "report", *whose, "--to", "ethics", by=COORDINATOR)
    terminal.do("deviation", "hazard-notice", *whose, "--to", "sponsor", by=COORDINATOR)
    assert terminal.data("deviation", "show", *whose)["explanations"][0]["cause"] == "a holiday"


def test_of_sources_and_feeds(enrolled: Terminal) -> None:
    terminal = enrolled
    register = ("originator", "register", "lab-1")
    terminal.do(*register, "import", "central laboratory", by=DATA_MANAGER)
    terminal.do("originator", "retire", "lab-1", "closed", by=DATA_MANAGER)
    assert terminal.data("originator", "list")["rows"][0]["retired"]
    given = terminal.data("calendar", "issue", "S1", "--holder", "ward", by=PI)
    out = terminal.folder / "visits.ics"
    assert terminal.data("calendar", "feed", "--token", given["secret"], "--out", str(out))["events"]
    terminal.do("calendar", "revoke", given["feed"], "--why", "left the ward", by=PI)
    assert terminal.data("calendar", "list")["rows"][0]["revoked"]


def test_of_a_lot_that_expires(active: Terminal) -> None:
    active.do("lot", "register", "L8", "B8", "--expires", "2027-01-01", by=LABORATORY)
    later = ("--axis", "effective", "--as-of", "2027-01-02T00:00:00Z")
    for words, expired in (((), False), (later, True)):
        [row] = [each for each in active.data("lot", "list", *words)["rows"] if each["lot"] == "L8"]
        assert row["expired"] is expired


def test_of_backups(active: Terminal) -> None:
    made = active.data("backup", "--out", str(active.folder / "backups"), by=ADMINISTRATOR)
    restored = active.folder / "restored.db"
    told = active.run("restore", made["file"], "--into", str(restored))
    assert (told.exit_code, told.stderr.count("\n")) == (0, 1)
    assert f"No keys are at {restored}.keys: put the key file there" in told.stderr


def test_of_requirements(terminal: Terminal) -> None:
    assert len(terminal.data("validation", "requirements")["rows"]) > 100


def test_of_witnesses(active: Terminal) -> None:
    terminal, folder = active, active.folder
    [_, log] = terminal.data("ledger", "init-signer", f"{terminal.store}.signer")["policy"]
    terminal.data("ledger", "sign")
    made = terminal.data("witness", "init", str(folder / "witness"), "--name", "hospital.example/pi")
    key = log.removeprefix("log ")
    trusted = terminal.data("witness", "trust", key, "--witness", str(folder / "witness"))
    assert trusted["trusted"] == [key]
    asked, cosigned = str(folder / "request.txt"), str(folder / "cosigned.txt")
    terminal.data("ledger", "request", "--witness", "hospital.example/pi", "--out", asked)
    terminal.data("witness", "sign", asked, "--witness", made["folder"], "--out", cosigned)
    policy = folder / "policy.txt"
    policy.write_text(f"log {key}\nwitness pi {made['key']}\nquorum pi\n", "utf-8")
    [kept] = terminal.data("ledger", "cosign", cosigned, "--policy", str(policy))["cosignatures"]
    assert kept["witness"] == "hospital.example/pi"
    assert terminal.data("ledger", "status", "--policy", str(policy))["logs"][0]["policy_met"] is True


def test_of_deliveries(active: Terminal) -> None:
    assert active.data("delivery", "run")["contacts"] == 0
    assert active.data("delivery", "list")["rows"] == []


def test_of_the_scheduler(active: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    told: list[dict[str, Any]] = []

    class Asked:
        def wait(self, _seconds: float) -> bool:
            told.append(Terminal(active.folder).data("scheduler", "health", "--listen", listen))
            return bool(told[-1]["beats"]["sweep"]["last"])

    @contextmanager
    def asked() -> Iterator[Asked]:
        yield Asked()

    monkeypatch.setattr("trialog.scheduler_command._told_to_end", asked)
    assert active.data("scheduler", "run", "--listen", listen)["stopped"] is True
    assert told[-1]["status"] == "ok"


def test_of_scores() -> None:
    """They are answered line by line, so that there are several answers."""
    from adapters.cli.score import answer

    measured = {name: {"value": "1.2", "unit": "mg/dL"} for name in ("bilirubin", "creatinine")}
    asked: list[dict[str, Any]] = [
        {"id": "a", "score": "meld.unos2002", "inr": "1.7", "dialysis": False, **measured},
        {"score": "meld.unos2002", "inr": "1.7", **measured},
        {"score": "meld.unos2002", "inr": True},
    ]
    hold(("score",), [json.loads(answer(json.dumps(each).encode())) for each in asked])
