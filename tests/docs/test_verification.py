"""docs/verification.md does what it says: its commands are executed as they stand, on a demonstration."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from tests.docs.test_readme import ROOT, shell
from tests.support import ready

PAGE = (ROOT / "docs" / "verification.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"<!-- ([^>]+) -->\n```sh\n(.*?)```", PAGE, re.DOTALL))

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the page is written for a POSIX shell")


def test_what_is_held_at_home_is_written_out_and_verifies_what_is_handed_over(tmp_path: Path) -> None:
    assert PAGE.count("```sh") == len(BLOCKS)
    ready.command("trialog.__main__", tmp_path / "trialog")
    order = ("when the trial begins", "a bundle", "at home", "on a store", "one fact")
    script = "\n".join(BLOCKS[each] for each in order)
    walked = shell(f"trialog demo --store trial.db --participants 3\n{script}", tmp_path, first=tmp_path)
    assert walked.returncode == 0, walked.stderr
    assert walked.stdout.count("verified") == 3
    assert (tmp_path / "checkpoint.txt").read_text("utf-8").startswith("trialog/NCT06984497\n")
    told = shell("python3 verify.py SY01-003.zip --policy policy.txt", tmp_path)
    assert told.returncode == 0, told.stdout
