"""A whole trial on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.core import TyperGroup

from domain.record import Role
from tests.cli.course import Walk, begin, end, enrol, follow, infuse, others
from tests.cli.terminal import PROTOCOL, Terminal
from workflows.command import COMMANDS
from workflows.policy import PERMITTED

ELSEWHERE = {
    "access",
    "account",
    "alert",
    "audit",
    "backup",
    "calendar",
    "consent",
    "correction",
    "casebook",
    "delegation",
    "delivery",
    "demo",
    "endpoints",
    "import",
    "ledger",
    "privacy",
    "prove",
    "restore",
    "safety",
    "sample",
    "scheduler",
    "score",
    "sdv",
    "token",
    "training",
    "unblinding",
    "validation",
    "incident",
    "outage",
    "originator",
    "transcription",
    "capture",
    "witness",
}
"""Nouns whose commands are tested with what they are about."""


def test_a_trial_is_led_from_its_protocol_to_its_archive_with_every_command(
    terminal: Terminal, tmp_path: Path
) -> None:
    amended = tmp_path / "amended.toml"
    text = PROTOCOL.read_text("utf-8")
    text = text.replace('version = { value = "1.0"', 'version = { value = "2.0"')
    amended.write_text(
        text.replace("day = 28, before = 7, after = 7", "day = 28, before = 7, after = 14"), "utf-8"
    )
    walk = Walk(terminal)
    begin(walk)
    enrol(walk, "S1-001")
    infuse(walk, "S1-001", "B1", whole=True)
    enrol(walk, "S1-002")
    infuse(walk, "S1-002", "B2", whole=False)
    follow(walk, "S1-001")
    others(walk, amended)
    end(walk)

    assert walk.terminal.data("trial", "status")["status"] == "archived"
    shown = walk.terminal.data("participant", "show", "S1-001")
    assert shown["participant"]["status"] == "completed"
    assert [(each["rule"], each["classification"], each["state"]) for each in shown["deviations"]] == [
        ("visit.out_of_window", "minor", "reported"),
        ("visit.missed", None, "unclassified"),
        ("randomization.error_noted", None, "unclassified"),
        ("masking.broken_by_accident", None, "unclassified"),
        ("noted", "minor", "explained"),
    ]
    # Randomization is recorded for a trial that is allocated elsewhere: see below. The change of an adverse
    # event is tested with safety.
    walked = walk.walked | {"record randomization", "record adverse-event-change"}
    assert walked == {name for name in command_names(terminal.line) if name.split()[0] not in ELSEWHERE}


def test_an_allocation_made_elsewhere_is_recorded_and_sealed(terminal: Terminal) -> None:
    pi = "m:principal_investigator"
    terminal.do("trial", "activate", "mayo-pbc", "--confirm-assumptions", "--ethics", "E", by=pi)
    protocol = terminal.data("protocol", "show")["values"]
    ids = {each["path"]: each["value"] for each in protocol if each["path"].endswith(".id")}
    site = next(name for path, name in ids.items() if path.startswith("sites."))
    arm = next(name for path, name in ids.items() if path.startswith("arms."))
    terminal.do("participant", "screen", "MAYO-001", "--site", site, "--age", "58", by="x:coordinator")
    told = terminal.do("record", "randomization", "MAYO-001", arm, by="x:randomization_manager")
    assert "allocation ▮▮▮" in told
    assert arm not in told
    seen = terminal.data("participant", "show", "MAYO-001", "--role", "statistician")
    assert seen["allocation"]["arm"] == arm


def test_every_command_of_the_workflow_has_words(terminal: Terminal) -> None:
    """Those that a person may issue, by their kind or by a door that makes them."""
    source = "".join(
        file.read_text("utf-8") for file in (Path(__file__).parents[2] / "adapters").rglob("*.py")
    )
    unspoken = [
        kind
        for kind, command in COMMANDS.items()
        if PERMITTED[command] - {Role.SYSTEM, Role.ADMINISTRATOR}
        and f'"{kind}"' not in source
        and not re.search(rf"{command.__name__}\(|\bchecked\(\s*{command.__name__}\b", source)
    ]
    assert unspoken == []


def command_names(line: typer.Typer) -> Iterator[str]:
    """Every command as people type it, without `trialog`."""
    group = typer.main.get_command(line)
    assert isinstance(group, TyperGroup)
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from (f"{name} {each}" for each in command.commands)
        else:
            yield name
