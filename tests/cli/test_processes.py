"""The command line as a process: its streams, its exit code, a terminal, and one line on a fault."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.cli.output import Answer, show
from domain.errors import Broken
from tests.cli.terminal import INSPECTOR, PI, PROTOCOL, Terminal
from tests.support import ready

TRIALOG = (sys.executable, "-m", "trialog")


def run(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the words in a process of their own."""
    done = ready.run("trialog.__main__", words, environment=environment(folder, **env))
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def started(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The same from Python's own start."""
    return subprocess.run(
        [*TRIALOG, *words], env=environment(folder, **env), capture_output=True, text=True, check=False
    )


def environment(folder: Path, **env: str) -> dict[str, str]:
    """The environment of a process: the store in the folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRIALOG")}
    return {**kept, "TRIALOG_STORE": str(folder / "trial.db"), **env}


@pytest.fixture
def folder(active: Terminal) -> Path:
    """A folder with an active trial's store."""
    return active.folder


def test_data_go_to_stdout_and_faults_to_stderr(folder: Path) -> None:
    done = run(folder, "trial", "status", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["status"] == "active"
    wrong = run(folder, "participant", "show", "S1-001")
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (5, "", 1)


def test_the_store_may_be_named_on_the_command_line(folder: Path) -> None:
    done = run(folder, "trial", "status", "--store", str(folder / "trial.db"), TRIALOG_STORE="")
    assert done.returncode == 0


def test_a_store_on_postgresql_is_named_by_its_url(tmp_path: Path, postgresql_url: str) -> None:
    where = {"TRIALOG_STORE": postgresql_url, "TRIALOG_KEYS": str(tmp_path / "keys.json")}
    whole = ("--confirm-assumptions", "--ethics", "E-1", "--sealed-by", "h.zhou", "--as", PI)
    assert run(tmp_path, "trial", "activate", str(PROTOCOL), *whole, **where).stderr == ""
    words = ("participant", "screen", "S1-001", "--site", "S1", "--as", "an.li:coordinator")
    assert run(tmp_path, *words, **where).returncode == 0
    assert run(tmp_path, *words, **where).returncode == 4
    assert run(tmp_path, "replay", **where).returncode == 0


def test_a_database_that_does_not_answer_is_one_line_without_the_password(tmp_path: Path) -> None:
    wrong = run(tmp_path, "trial", "status", "--store", "postgresql://li:secret@127.0.0.1:1/trialog")
    assert wrong.returncode == 1
    assert wrong.stderr.count("\n") == 1
    assert "(store.unavailable)" in wrong.stderr
    assert "secret" not in wrong.stderr


def test_the_version_is_told(tmp_path: Path) -> None:
    done = started(tmp_path, "--version")
    assert (done.returncode, done.stdout) == (0, "trialog 0.1.0\n")


def test_words_that_are_no_text_are_refused(folder: Path) -> None:
    wrong = subprocess.run(
        [*TRIALOG, "participant", "show", b"\xff"], env=environment(folder), capture_output=True, check=False
    )
    assert wrong.returncode == 2
    assert wrong.stderr == b"trialog: '\\udcff' is no text in UTF-8 (usage.not_text)\n"


def test_a_full_disk_under_stdout_is_one_line(folder: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*TRIALOG, "trial", "status"],
            env=environment(folder) | {"PYTHONUNBUFFERED": ""},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "could not be written: No space left on device. What was to be recorded is recorded" in done.stderr


def test_a_command_whose_stdout_is_closed_is_carried_out(folder: Path) -> None:
    words = "participant screen S1-001 --site S1 --as an.li:coordinator"
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {words} >&-', "sh", *TRIALOG],
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "S1-001" in started(folder, "participant", "list").stdout


@pytest.mark.parametrize(
    ("words", "exit_code"),
    [
        ("trial status", 141),
        ("audit trail --csv", 141),
        ("--help", 141),
        ("participant screen S1-001 --site S1 --as an.li:coordinator", 0),
    ],
)
def test_a_reader_that_goes_away_is_no_fault_worth_a_word(folder: Path, words: str, exit_code: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*TRIALOG, *words.split()],
        env=environment(folder),
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (exit_code, "")


def test_a_failed_verification_ends_with_3_though_nobody_reads_either_stream(folder: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = [*TRIALOG, "audit", "verify", str(folder)]
    done = subprocess.run(words, env=environment(folder), stdout=writing, stderr=writing, check=False)
    os.close(writing)
    assert done.returncode == 3


def test_what_a_verification_has_found_is_told_though_its_reader_has_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        found = Answer({}, ("a page " * 9000,), Broken("ledger.root", "the root is another"))
        with pytest.raises(Broken, match="another"):
            show(found, as_json=False)


def test_chinese_is_told_even_where_the_terminal_has_no_letters_for_it(folder: Path) -> None:
    run(folder, "participant", "screen", "S1-001", "--site", "S1", "--as", "an.li:coordinator")
    words = ("participant", "history", "S1-001", "--language", "zh")
    done = started(folder, *words, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    data = json.loads(started(folder, *words, "--json", PYTHONIOENCODING="ascii").stdout)
    assert "预筛选" in data["rows"][0]["sentence"]


def test_a_fault_of_the_program_is_one_line_and_a_traceback_only_on_request(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from adapters.cli.app import command_line\n"
        "def open_app(location, **how):\n    raise KeyError('by-vein')\n"
        "sys.argv = ['trialog', 'trial', 'status']\n"
        "command_line(open_app, '0')()\n"
    )
    for debug, lines in (("0", 1), ("1", 10)):
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment(tmp_path, TRIALOG_DEBUG=debug),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert done.stderr.count("\n") >= lines
        assert ("Traceback" in done.stderr) is (debug == "1")
        last = done.stderr.splitlines()[-1]
        assert last.startswith("trialog: unexpected KeyError in open_app, line 4.")
        assert "by-vein" not in last


class AtTerminal:
    """A process whose streams are a terminal, answering what it asks."""

    def __init__(self, folder: Path, *words: str, answer: str = "", **env: str) -> None:
        ours, theirs = pty.openpty()
        told = environment(folder, TERM="xterm-256color", COLUMNS="100", **env)
        with ready.asked("trialog.__main__", words, (theirs,) * 3, environment=told) as process:
            ready.answer(process)
            os.close(theirs)
            if answer:
                os.write(ours, answer.encode())
            seen = b""
            while True:
                try:
                    part = os.read(ours, 65536)
                except OSError:  # Linux says so when the other end is closed
                    break
                if not part:
                    break
                seen += part
            self.exit_code = ready.answer(process)
        os.close(ours)
        self.seen = seen.decode()


def test_a_terminal_gets_a_drawn_table_and_no_colour_where_none_is_wanted(folder: Path) -> None:
    plain = AtTerminal(folder, "trial", "assumptions", NO_COLOR="1")
    assert plain.exit_code == 0
    assert "─" in plain.seen
    assert "\x1b[3" not in plain.seen
    assert "─" not in run(folder, "trial", "assumptions").stdout


def test_confirming_asks_at_a_terminal_and_takes_no_for_an_answer(tmp_path: Path) -> None:
    run(tmp_path, "trial", "adopt", str(PROTOCOL), "--as", PI)
    no = AtTerminal(tmp_path, "trial", "confirm", "--as", PI, answer="n\n")
    assert no.exit_code == 1
    assert "nothing was confirmed (confirm.declined)" in no.seen
    assert json.loads(run(tmp_path, "trial", "status", "--json").stdout)["assumptions_open"] == 3
    yes = AtTerminal(tmp_path, "trial", "confirm", "--as", PI, answer="y\n")
    assert yes.exit_code == 0
    assert "Confirm these 3 assumptions of version 1.0?" in yes.seen
    assert json.loads(run(tmp_path, "trial", "status", "--json").stdout)["assumptions_open"] == 0


WORK = {
    "replay": ("Replaying", "all are stored so, to the byte"),
    "audit verify": ("Verifying", "verified"),
    "audit verify BUNDLE": ("Verifying", "verified"),
    "audit conformance": ("Replaying", "facts"),
    "audit compare 1 4": ("Comparing", "reason"),
}
"""Words that go over a history, the bar that says so, and something of their answer."""


@pytest.mark.parametrize("words", WORK)
def test_what_goes_over_a_history_shows_at_a_terminal_how_far_it_is(folder: Path, words: str) -> None:
    bundle = str(folder / "bundle.zip")
    if "BUNDLE" in words:
        to = ("--out", bundle, "--purpose", "inspection", "--as", INSPECTOR)
        assert run(folder, "export", "bundle", *to).returncode == 0
    bar, answer = WORK[words]
    told = AtTerminal(folder, *words.replace("BUNDLE", bundle).split(), TRIALOG_AS=INSPECTOR)
    assert bar in told.seen
    assert answer in told.seen
    assert bar not in run(folder, *words.replace("BUNDLE", bundle).split(), TRIALOG_AS=INSPECTOR).stderr


STOPPED_ON_THE_WAY_IN = """
import signal, sys

class Stopping:
    def find_spec(self, name, path, target=None):
        if name == "typer":
            sys.meta_path.remove(self)
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Stopping())
from trialog.__main__ import main
main()
"""
"""Ctrl-C at one place while modules are imported, whatever time that takes."""


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_ctrl_c_is_told_in_one_line_also_while_modules_are_imported(form: tuple[str, ...]) -> None:
    words = (sys.executable, "-c", STOPPED_ON_THE_WAY_IN, "trial", "status", *form)
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (130, "")
    if form:
        assert json.loads(done.stderr)["error"]["code"] == "interrupted"
    else:
        assert done.stderr == "trialog: stopped before it was done (interrupted)\n"
