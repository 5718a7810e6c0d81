"""Whatever writes a file for people writes a new one: what is there stays as it is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.cli.terminal import INSPECTOR, PI, STATISTICIAN, Terminal

OF_ITS_OWN = {
    "adapters/backup/manifest.py",  # beside the backup, whose name is new
    "adapters/cli/app.py",  # opens nothing but what swallows output
    "adapters/cli/output.py",  # the same
    "adapters/cli/outage.py",  # named by what it holds
    "adapters/cli/session_file.py",
    "adapters/exports/written.py",  # put in place once it is recorded
    "adapters/files/places.py",
    "adapters/held/folder.py",
    "adapters/imports/quarantine.py",  # replaces its own rows alone
    "adapters/keys/key_file.py",
    "adapters/ledger/sink.py",  # only appends
    "adapters/store/lease.py",
    "adapters/validation/run.py",  # what the run before left in its place
}
"""Modules that write what Trialog keeps for itself, and why what is handed out is not overwritten there."""


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("ledger page --out FILE", ""),
        ("ledger page --note --out FILE", ""),
        ("ledger request --witness hospital.example/pi --out FILE", ""),
        ("calendar feed --token TOKEN --out FILE", ""),
        ("audit proof 1 --out FILE", ""),
        ("export bundle --purpose inspection --out FILE", INSPECTOR),
        ("export table --purpose analysis --out FILE", STATISTICIAN),
        ("restore PROTOCOL --into FILE", ""),
    ],
)
def test_a_file_that_is_there_is_not_overwritten(enrolled: Terminal, words: str, by: str) -> None:
    file = enrolled.folder / "file"
    file.write_text("mine", "utf-8")
    held = {"FILE": str(file), "PROTOCOL": str(enrolled.store)}
    if "TOKEN" in words:
        held["TOKEN"] = enrolled.data("calendar", "issue", "S1", "--holder", "ward 3", by=PI)["secret"]
    error = enrolled.fault(*(held.get(word, word) for word in words.split()), by=by)
    assert (error["code"], error["exit"]) == ("file.exists", 2)
    assert file.read_text("utf-8") == "mine"


def _writes(node: ast.AST) -> bool:
    """Whether a call writes a file, however its mode or flags are given."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("write_text", "write_bytes"):
        return True
    given = [*node.args, *(each.value for each in node.keywords)]
    modes = [each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    flags = any("O_WRONLY" in ast.unparse(each) for each in given)
    return node.func.attr == "open" and (flags or any(set("wxa") & set(mode) for mode in modes))


def test_no_other_module_writes_a_file() -> None:
    files = (
        file for package in ("adapters", "trialog", "projections") for file in Path(package).rglob("*.py")
    )
    found = {
        str(file)
        for file in files
        if "shipped" not in file.parts and any(map(_writes, ast.walk(ast.parse(file.read_text("utf-8")))))
    }
    assert found == OF_ITS_OWN
