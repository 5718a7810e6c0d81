"""Which requirements a run of the tests shows: markers are checked on collection, outcomes kept as JSON."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.validation.catalogue import catalogue
from adapters.validation.run import Run, Shown, installation, write_run
from tests.workflows.refusals_shown import SHOWS
from trialog import __version__

MARKER = "requirement"
TESTS = Path(__file__).parents[1]


def add_option(parser: pytest.Parser) -> None:
    """Let a run be recorded."""
    parser.addoption(
        "--validation-run", metavar="FILE", default=None, help="keep the record of this run as JSON"
    )


def configure(config: pytest.Config) -> None:
    """Record the run on the process that sees every report."""
    file = config.getoption("--validation-run")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(Path(file)), "validation-recorder")


def mark(items: list[pytest.Item]) -> None:
    """Note on each test what it shows. Raises UsageError for an id that the catalogue does not hold."""
    known = catalogue()
    for item in items:
        for marker in item.iter_markers(MARKER):
            for requirement in marker.args:
                if requirement not in known:
                    raise pytest.UsageError(f"{item.nodeid}: there is no requirement {requirement}")
                item.user_properties.append((MARKER, requirement))


class Recorder:
    """Collects how every test ended."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._started = _now()
        self._tests: dict[str, Shown] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the worst that happened to a test in its three phases."""
        known = self._tests.get(report.nodeid)
        shows = tuple(str(value) for name, value in report.user_properties if name == MARKER)
        outcome: str = "error" if report.failed and report.when != "call" else report.outcome
        if known is not None and known.outcome in ("failed", "error", "skipped"):
            outcome = known.outcome
        seconds = round(report.duration + (known.seconds if known else 0), 3)
        self._tests[report.nodeid] = Shown(report.nodeid, shows, outcome, seconds)

    def pytest_sessionfinish(self) -> None:
        """Write the record."""
        tests = tuple(self._tests[name] for name in sorted(self._tests))
        write_run(self._file, Run(__version__, self._started, _now(), installation(), tests))


def marked() -> Iterator[tuple[str, str]]:
    """Every requirement that a marker names, with its file, from the source: whatever tests are chosen."""
    for file in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{MARKER}":
                for argument in node.args:
                    if isinstance(argument, ast.Constant):
                        yield str(argument.value), str(file.relative_to(TESTS))
    for requirements in SHOWS.values():
        for requirement in requirements:
            yield requirement, "workflows/test_refusals.py"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
