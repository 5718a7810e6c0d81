"""The README does what it says: its walk-through is executed as it stands, and its refusal is refused."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def block(mark: str) -> str:
    """The shell block that follows a mark."""
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block marked {mark}"
    return found[1]


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with this environment's `trialog` first on the path."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for name in ("TRIALOG_STORE", "TRIALOG_AS", "TRIALOG_KEYS"):
        environment.pop(name, None)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],  # noqa: S607 - the shell of whoever runs the tests
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the walk-through is written for a POSIX shell")
def test_the_walk_through_takes_a_participant_through_the_trial_and_the_refusal_reads_as_printed(
    tmp_path: Path,
) -> None:
    walked = shell(block("executed"), tmp_path)
    assert walked.returncode == 0, walked.stderr
    assert "all are stored so, to the byte" in walked.stdout
    refused = shell(block("refused"), tmp_path)
    assert refused.returncode == 4
    printed = re.search(r"<!-- refused -->.*?```\n\n```\n(.*?)```", README, re.DOTALL)
    assert printed
    assert refused.stderr == printed[1]


def test_the_test_command_of_the_readme_is_what_ci_calls() -> None:
    assert "make test" in README
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


def test_every_document_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
