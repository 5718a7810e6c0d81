"""The README does what it says: its commands are executed as they stand, and tell what it prints."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ready

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
INSTALLED = Path(sys.executable).parent
DATA = ROOT.parent / "shared" / "data" / "pbcseq.csv"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the README is written for a POSIX shell")


def block(mark: str) -> str:
    """The shell block that follows a mark."""
    found = re.search(rf"<!-- {mark} -->\n```sh\n(.*?)```", README, re.DOTALL)
    assert found, f"the README has no block marked {mark}"
    return found[1]


def printed(mark: str) -> str:
    """What the README prints at a mark: the block there, or the one after the commands there."""
    found = re.search(rf"<!-- {mark} -->\n(?:```sh\n.*?```\n\n)?```\n(.*?)```", README, re.DOTALL)
    assert found, f"the README prints nothing at {mark}"
    return found[1]


def shell(script: str, folder: Path, first: Path = INSTALLED) -> subprocess.CompletedProcess[str]:
    """Run a script, with the installed `trialog` or that of another folder first on the path."""
    environment = {**os.environ, "PATH": os.pathsep.join([str(first), str(INSTALLED), os.environ["PATH"]])}
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


@pytest.fixture(scope="module")
def ready_at_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a `trialog` that need not import itself: some fifty commands are run below."""
    folder = tmp_path_factory.mktemp("bin")
    ready.command("trialog.__main__", folder / "trialog")
    return folder


def test_the_plain_lines_install_where_the_build_backend_finds_its_command() -> None:
    if not (INSTALLED / "activate").exists():
        pytest.skip("these tests run outside a virtual environment")
    begun, installing, _ = block("plain pip").partition("pip install --no-deps --no-build-isolation -e .")
    assert installing
    script = begun.partition("pip install")[0].replace("python -m venv .venv\n", "")
    script = script.replace(".venv/bin", str(INSTALLED)) + "command -v uv-build"
    environment = {**os.environ, "PATH": "/usr/bin:/bin"}
    found = subprocess.run(
        ["/bin/bash", "-euc", script], env=environment, capture_output=True, text=True, check=False
    )
    assert found.stdout == f"{INSTALLED / 'uv-build'}\n", found.stderr


def test_the_demonstration_ends_as_printed_and_can_be_looked_around_in(
    tmp_path: Path, ready_at_once: Path
) -> None:
    script = f"trialog demo --store demo.db\n{block('looking around')}"
    walked = shell(script, tmp_path, first=ready_at_once)
    assert walked.returncode == 0, walked.stderr
    assert printed("demonstration") in walked.stdout
    assert "all are stored so, to the byte" in walked.stdout


def test_the_walk_through_takes_a_participant_through_the_trial_and_the_refusal_reads_as_printed(
    tmp_path: Path, ready_at_once: Path
) -> None:
    walked = shell(block("executed"), tmp_path, first=ready_at_once)
    assert walked.returncode == 0, walked.stderr
    assert "all are stored so, to the byte" in walked.stdout
    refused = shell(block("refused"), tmp_path)
    assert refused.returncode == 4
    assert refused.stderr == printed("refused")


@pytest.mark.skipif(not DATA.exists(), reason="the data set is not at ../shared/data/pbcseq.csv")
def test_the_real_trial_is_evaluated_as_printed(tmp_path: Path, ready_at_once: Path) -> None:
    shutil.copy(DATA, tmp_path)
    (tmp_path / "protocols").symlink_to(ROOT / "protocols")
    walked = shell(block("real trial"), tmp_path, first=ready_at_once)
    assert walked.returncode == 0, walked.stderr
    picture = ROOT / "docs" / "img" / "mayo-survival.svg"
    assert (tmp_path / "plots" / "survival-overall.svg").read_bytes() == picture.read_bytes()
    told = iter(walked.stdout.splitlines())
    for line in printed("found in the real trial").splitlines():
        # Each line stands in what is told, after the one before it; "..." are lines left out.
        assert line == "..." or line in told, line
    # The page on importing prints the same import.
    page = (ROOT / "docs" / "import.md").read_text("utf-8")
    (counted,) = re.findall(r"\$ trialog import table pbcseq\.csv .+\n((?:[a-z].*\n)+)```", page)
    assert counted in walked.stdout


def test_a_score_reads_as_printed(tmp_path: Path) -> None:
    assert shell(block("score"), tmp_path).stdout == printed("score")


def test_the_randomization_of_the_demonstration_is_proved_as_told(
    tmp_path: Path, ready_at_once: Path
) -> None:
    script = f"trialog demo --store demo.db --participants 3\n{block('proof')}"
    walked = shell(script, tmp_path, first=ready_at_once)
    assert walked.returncode == 0, walked.stderr
    assert walked.stdout.count("agrees") == 4
    assert "Secret of the allocation list revealed" in walked.stdout


def test_what_an_inspector_asks_is_answered(tmp_path: Path, ready_at_once: Path) -> None:
    script = f"trialog demo --store demo.db --participants 3\n{block('inspector')}"
    walked = shell(script, tmp_path, first=ready_at_once)
    assert walked.returncode == 0, walked.stderr
    assert "trialog/NCT06984497" in walked.stdout
    assert "child_pugh.si_34_51" in walked.stdout


def test_the_test_command_of_the_readme_is_what_ci_calls() -> None:
    assert "make test" in README
    assert re.search(r"^make test$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)


def test_every_document_the_readme_links_to_is_there() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
