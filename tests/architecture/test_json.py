"""Every command answers in JSON, in a shape that is written down and described; errors too."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from adapters.cli.commands import RECORDING
from tests.docs.test_json import SECTIONS
from tests.support.shapes import ANY_COMMAND, SHAPES, hold, hold_error
from trialog.command_line import whole_command_line

TESTS = Path(__file__).parents[1]
ANY_ERROR = "any error"
MAKES_ITS_STORE = {"demo"}
NEEDS_NO_STORE = {"validation requirements", "witness init", "ledger init-signer", "score"}


def commands(group: Any, *words: str) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - typer's own
    """Every command of the tree with its words."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, *words, name)
        else:
            yield (*words, name), command


GROUP = get_command(whole_command_line())
COMMANDS = dict(commands(GROUP))
ANSWERS = sorted({" ".join(words) for words in COMMANDS} - RECORDING)
"""The commands with an answer of their own; all others tell what any command tells."""


def test_every_command_answers_in_json() -> None:
    without = [words for words, command in COMMANDS.items() if "--json" not in options(command)]
    assert without == []


def test_every_answer_has_its_shape_and_no_shape_is_left_over() -> None:
    assert sorted(SHAPES) == sorted([*ANSWERS, ANY_COMMAND, ANY_ERROR])


def test_every_answer_is_described() -> None:
    assert [name for name in ANSWERS if name not in SECTIONS] == []


def test_every_answer_is_one_that_a_test_gets() -> None:
    """A shape holds only what is held against it: some test must run the command."""
    sources = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("*.py"))
    run = {name for name in ANSWERS if re.search(in_a_test(name), sources)}
    assert sorted(set(ANSWERS) - run) == []


def test_a_command_that_says_it_records_tells_what_any_command_tells() -> None:
    assert {" ".join(words) for words in COMMANDS} >= RECORDING


@pytest.mark.parametrize("wrong", ["an option of no command", "a store that is not there"])
def test_every_error_of_every_command_is_json(
    wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command is run with what is wrong for it: it errs in JSON and answers nothing, or answers."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TRIALOG_STORE", "" if wrong == "an option of no command" else "nowhere.db")
    monkeypatch.setenv("TRIALOG_AS", "zhao:principal_investigator")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    failed: set[str] = set()
    for words, command in COMMANDS.items():
        given = ["--nonsense"] if wrong == "an option of no command" else needed(command)
        if words[0] in MAKES_ITS_STORE:
            given = ["--nonsense"]
        exit_code, stdout, stderr = run(*words, *given, "--json")
        if exit_code:
            failed.add(" ".join(words))
            assert stdout == "", words
            hold_error(stderr, exit_code)
        elif stdout:
            hold(words, json.loads(stdout))
    assert failed >= {" ".join(words) for words in COMMANDS} - NEEDS_NO_STORE


def run(*words: str) -> tuple[int, str, str]:
    """The exit code of these words, and what they write."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with redirect_stdout(stdout), redirect_stderr(stderr), pytest.raises(SystemExit) as ended:
        GROUP.main(list(words))
    code = ended.value.code
    assert isinstance(code, int)
    return code, stdout.getvalue(), stderr.getvalue()


def in_a_test(name: str) -> str:
    """The words of a command as a test writes them, beside each other."""
    return r'",\s*"'.join(map(re.escape, name.split()))


def options(command: Any) -> list[str]:  # noqa: ANN401 - typer's own classes
    return [name for parameter in command.params for name in parameter.opts]


def needed(command: Any) -> list[str]:  # noqa: ANN401 - typer's own classes
    """Words for everything that a command cannot do without."""
    given: list[str] = []
    for each in command.params:
        if each.required:
            value = (each.type_descriptor.choices or ("1",))[0]
            given += [value] if each.param_type_name == "argument" else [each.opts[0], value]
    return given
