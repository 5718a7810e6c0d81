"""What a word names and is not there is not found, whatever it names; one code has one exit code."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

from adapters.cli.faults import EXIT_CODES
from domain.errors import NotFound
from tests.cli.terminal import (
    COORDINATOR,
    DATA_MANAGER,
    INVESTIGATOR,
    LABORATORY,
    PI,
    STATISTICIAN,
    Terminal,
)
from workflows.rules import RULES

PACKAGES = ("domain", "workflows", "projections", "adapters", "scheduler", "trialog")
KINDS = {kind.__name__ for kind, _ in EXIT_CODES}
OF_TRIALOG = {"command.unknown"}
"""There is no such word in any trial: nobody could have meant one of theirs."""
TWO_KINDS = {"as_of.position"}
"""A position of which there is none, or where none is taken."""

MISTYPED = [
    ("trial status --trial T-9", ""),
    ("trial status --as-of lunch", ""),
    ("trial status --as-of 99999", ""),
    ("trial status --store nowhere.db", ""),
    ("trial activate-site S9", PI),
    ("trial adopt-version S1 9.9", PI),
    ("trial approve --reference EC-9 --version 9.9", PI),
    ("trial assumptions --version 9.9", ""),
    ("trial cut x --position 99999", STATISTICIAN),
    ("protocol show --version 9.9", ""),
    ("protocol show nowhere.toml", ""),
    ("protocol show nowhere", ""),
    ("participant show S1-009", ""),
    ("participant screen S9-001 --site S9", COORDINATOR),
    ("record visit S1-001 week-99", COORDINATOR),
    ("record results S1-001 week-99 alt=5U/L", COORDINATOR),
    ("record results S1-001 baseline alg=5U/L", COORDINATOR),
    ("record results S1-001 baseline alt=5ukat/L", COORDINATOR),
    ("record results S1-001 baseline ascites=huge", COORDINATOR),
    ("record infusion S1-001 mouth", INVESTIGATOR),
    ("record death S1-001 --site S9", INVESTIGATOR),
    ("record consent S1-001 --version 1.0 --document-language en --party participent", COORDINATOR),
    ("result correct S1-001 baseline alg 5 --reason mistyped --reason-code transcription", COORDINATOR),
    ("result list --visit week-99", ""),
    ("visit schedule S1-001 week-99 2026-06-01", COORDINATOR),
    ("infusion assign S1-001 L9 B1", LABORATORY),
    ("lot release L9", LABORATORY),
    ("query answer Q-9 mistyped", COORDINATOR),
    ("casebook freeze S1-001 week-99", DATA_MANAGER),
    ("deviation classify dev-0 --participant S1-001 --class minor", INVESTIGATOR),
    ("sample destroy S1-001 s-9 ended", COORDINATOR),
    ("endpoints --endpoint survivel", ""),
    ("audit trail --at-site S9", ""),
    ("audit proof 99999 --out p.json", ""),
    ("audit verify nowhere.zip", ""),
    ("ledger page --out nowhere/page.html", ""),
    ("restore nowhere.db --into other.db", "root:administrator"),
    ("import table nowhere.csv --mapping nowhere.toml", COORDINATOR),
]


def test_every_rule_about_what_is_not_there_is_one_of_not_found() -> None:
    said = {
        code: kind
        for code, (kind, rule) in RULES.items()
        if re.search(r"\b(is|has|names) no such\b", rule.en)
    }
    assert {code for code, kind in said.items() if kind is not NotFound} == OF_TRIALOG


def test_one_code_has_one_exit_code() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    for code, (kind, _) in RULES.items():
        kinds[code].add(kind.__name__)
    for file in (file for package in PACKAGES for file in Path(package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                said = node.args[0] if node.args else None
                if isinstance(said, ast.Constant) and isinstance(said.value, str):
                    kinds[said.value].add(node.func.id)
    assert {code for code, found in kinds.items() if len(found) > 1} <= TWO_KINDS


@pytest.mark.parametrize(("words", "by"), MISTYPED)
def test_what_is_mistyped_is_not_found(enrolled_once: Terminal, words: str, by: str) -> None:
    error = enrolled_once.fault(*words.split(), by=by)
    assert error["exit"] == 5, error


def test_a_criterion_that_is_mistyped_is_not_found(active: Terminal) -> None:
    active.do("participant", "screen", "S1-001", "--site", "S1", by=COORDINATOR)
    active.do("record", "consent", "S1-001", "--version", "1.0", "--document-language", "en", by=COORDINATOR)
    error = active.fault("participant", "answer", "S1-001", "diseese=yes", by=COORDINATOR)
    assert (error["exit"], error["code"]) == (5, "eligibility.unknown_criterion")
