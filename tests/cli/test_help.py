"""Help is there for every command and every option, with an example, and it is there at once."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import typer
from typer.core import TyperGroup
from typer.testing import CliRunner

from adapters.cli.options import LANGUAGE
from trialog.command_line import whole_command_line

HEAVY = ("sqlalchemy", "eventsourcing", "transitions", "cryptography", "psycopg", "workflows", "projections")


def commands() -> Iterator[tuple[str, Any]]:
    """Every command and group, by its words."""
    top = typer.main.get_command(whole_command_line())
    assert isinstance(top, TyperGroup)
    for name, command in top.commands.items():
        yield name, command
        if isinstance(command, TyperGroup):
            yield from ((f"{name} {each}", sub) for each, sub in command.commands.items())


COMMANDS = dict(commands())
WITHOUT_STORE = {"score"}
"""What only reads its standard input."""
RUN = {words: each for words, each in COMMANDS.items() if not isinstance(each, TyperGroup)}


@pytest.mark.parametrize("words", COMMANDS)
def test_a_command_says_what_it_does(words: str) -> None:
    assert COMMANDS[words].help.strip().split("\n")[0].endswith(".")


@pytest.mark.parametrize("words", RUN)
def test_every_argument_and_option_of_a_command_has_help(words: str) -> None:
    lacking = [each.name for each in RUN[words].params if not getattr(each, "help", None)]
    assert lacking == []


@pytest.mark.parametrize("words", RUN)
def test_the_example_of_a_command_is_of_this_command_and_can_be_parsed(words: str) -> None:
    told = RUN[words].epilog.removeprefix("Example: trialog ")
    assert told.startswith(words)
    given = shlex.split(told.partition(" < ")[0])[len(words.split()) :]
    RUN[words].make_context(words, given).close()


def test_a_list_of_commands_tells_what_each_does_to_the_end_and_an_example_is_one_line() -> None:
    line, narrow = whole_command_line(), {"COLUMNS": "80"}
    for words in ((), ("participant",), ("audit",)):
        assert (
            "..."
            not in CliRunner(env=narrow).invoke(line, [*words, "--help"]).stdout.partition("Commands")[2]
        )
    shown = CliRunner(env=narrow).invoke(line, ["participant", "screen", "--help"]).stdout
    assert RUN["participant screen"].epilog in shown


@pytest.mark.parametrize("words", RUN)
def test_every_command_takes_a_store_a_language_and_json_after_its_words(words: str) -> None:
    options = {option: each for each in RUN[words].params for option in each.opts}
    needed = {"--json", "--language"} | (set() if words in WITHOUT_STORE else {"--store", "--trial"})
    assert needed <= set(options)
    asked = options["--language"]
    assert (asked.type_descriptor.annotation, asked.envvar) == (Literal["en", "zh"], LANGUAGE)


@pytest.mark.parametrize("words", RUN)
def test_what_the_help_of_an_option_names_the_command_takes(words: str) -> None:
    taken = {option for each in RUN[words].params for option in each.opts}
    named = {
        option for each in RUN[words].params for option in re.findall(r"--[a-z][a-z-]*", each.help or "")
    }
    assert named <= taken


@pytest.mark.parametrize("words", [(), ("--help",), ("participant", "show", "-h")], ids=" ".join)
def test_help_loads_nothing_heavy(words: tuple[str, ...]) -> None:
    program = (
        "import sys\n"
        "from trialog.__main__ import main\n"
        f"sys.argv = ['trialog', *{words!r}]\n"
        "try:\n    main()\n"
        "except SystemExit as end:\n"
        f"    loaded = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "    print(loaded, end.code, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr == "[] 0\n"
    assert "Usage: trialog" in done.stdout


def test_a_time_is_asked_for_where_the_command_takes_one_and_refused_elsewhere() -> None:
    import workflows.policy  # noqa: F401 - makes every command known
    from adapters.cli.commands import KINDS
    from adapters.cli.options import UNTIMED
    from workflows.command import COMMANDS as OF_WORKFLOW

    offered = {words for words in KINDS if any("--at" in each.opts for each in RUN[words].params)}
    taken = {words for words, kind in KINDS.items() if "at" in OF_WORKFLOW[kind].model_fields}
    assert offered == taken
    assert {KINDS[words] for words in set(KINDS) - taken} <= UNTIMED <= set(KINDS.values())


def test_a_correction_of_a_time_does_not_take_the_present_for_the_right_one() -> None:
    for words in ("trial correct-activation SY01", "trial correct-activation"):
        answered = CliRunner().invoke(whole_command_line(), [*words.split(), "--store", "none.db"])
        assert answered.exit_code == 2
        assert "Missing option '--at'" in answered.output


@pytest.mark.parametrize(
    "words",
    [
        'result correct SY01-001 week-4 tbil "45 umol/L"',
        "infusion correct-dose SY01-001 --cells-million 60",
        "lot correct L7 --expires 2027-01-10",
        "export bundle --out b.zip --purpose inspection",
    ],
)
def test_what_takes_no_time_refuses_one(words: str) -> None:
    given = [*shlex.split(words), "--at", "2026-06-01", "--store", "none.db"]
    answered = CliRunner().invoke(whole_command_line(), given)
    assert answered.exit_code == 2
    assert "No such option: --at" in answered.output
