"""A Python package that is not there is named, with what installs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from adapters.cli.faults import FAULT, report

WITHOUT = "import sys; sys.modules[sys.argv.pop(1)] = None; from trialog.__main__ import main; main()"


@pytest.mark.parametrize("package", ["typer", "pydantic"])
def test_without_what_the_command_line_is_made_of_one_line_says_what_to_install(package: str) -> None:
    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT, package, "trial", "status", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        return done.stderr

    assert run().startswith(f"trialog: the Python package {package} is not installed")
    assert json.loads(run("--json"))["error"]["code"] == "install.package_missing"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ModuleNotFoundError("", name="rfc3161_client"), "rfc3161-client is not installed"),
        (ModuleNotFoundError("", name="sqlalchemy.engine"), "sqlalchemy is not the one that is needed"),
        (ImportError("", name="typst"), "typst is not the one that is needed"),
        (ModuleNotFoundError("", name="annotated_types"), "annotated-types is not installed"),
    ],
)
def test_a_package_missed_by_one_command_is_told_alike(
    error: ImportError, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, ()) == FAULT
    line = capsys.readouterr().err
    assert line.startswith(f"trialog: the Python package {told}")
    assert "python -m pip install '" in line
    assert "fault of Trialog" not in line
    report(error, ("--json",))
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "install.package_missing"


def test_a_module_of_trialog_that_is_missing_is_its_own_fault(capsys: pytest.CaptureFixture[str]) -> None:
    report(ModuleNotFoundError("", name="adapters.cli.gone"), ())
    assert "(fault.unexpected)" in capsys.readouterr().err
