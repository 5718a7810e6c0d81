"""A test run as a record: which tests ran, what they show, how they ended, and on what installation."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from domain.errors import Invalid, NotFound

PACKAGES = ("trialog", "domain", "workflows", "projections", "adapters", "scheduler", "protocols")
"""The packages of the product: every file of theirs is hashed."""


class Shown(NamedTuple):
    """One test of a run: its name, the requirements it shows, how it ended and how many seconds it took."""

    name: str
    requirements: tuple[str, ...]
    outcome: str
    seconds: float


class Run(NamedTuple):
    """A whole run and the installation it ran on."""

    release: str
    started: str
    finished: str
    installation: dict[str, Any]
    tests: tuple[Shown, ...]

    def showing(self, requirement: str) -> list[Shown]:
        """The tests that show a requirement."""
        return [test for test in self.tests if requirement in test.requirements]


_RUN = TypeAdapter(Run)


def installation() -> dict[str, Any]:
    """What is installed here: interpreter, platform, every distribution, and the product's files by hash."""
    names = {each.metadata["Name"]: each.version for each in distributions()}
    return {
        "python": sys.version.split()[0],
        "platform": platform.platform(),
        "distributions": dict(sorted(names.items(), key=lambda item: item[0].lower())),
        "files": dict(_hashed(PACKAGES)),
    }


def _hashed(packages: Iterable[str]) -> Iterable[tuple[str, str]]:
    for package in packages:
        folder = Path(str(import_module(package).__file__)).parent
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                name = f"{package}/{file.relative_to(folder).as_posix()}"
                yield name, hashlib.sha256(file.read_bytes()).hexdigest()


def write_run(file: Path, run: Run) -> None:
    """Keep a run as JSON."""
    told = {**run._asdict(), "tests": [test._asdict() for test in run.tests]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(told, indent=1) + "\n", "utf-8")


def read_run(file: Path) -> Run:
    """The run that a file keeps. Raises NotFound, Invalid."""
    try:
        return _RUN.validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(
            "validation.no_run",
            "there is no record of a test run",
            where=str(file),
            remedy="Make one with 'make validation'.",
        ) from error
    except ValueError as error:
        raise Invalid("validation.run", "this is no record of a test run", where=str(file)) from error
