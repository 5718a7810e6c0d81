"""Each requirement is shown by tests or stated as not covered, and the record of a run says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.validation.catalogue import Requirement, catalogue
from adapters.validation.defects import defects
from adapters.validation.matrix import Standing, matrix
from adapters.validation.report import html, pdf, summary
from adapters.validation.run import PACKAGES, Run, Shown, installation, read_run, write_run
from domain.errors import Invalid, NotFound
from tests.cli.terminal import Terminal
from tests.support.traceability import marked

ROOT = Path(__file__).parents[2]
NEEDS = {
    "AA-01": Requirement("AA-01", "is shown", "a clause"),
    "AA-02": Requirement("AA-02", "fails", "a clause"),
    "AA-03": Requirement("AA-03", "has no test", "a clause", "nobody can"),
    "AA-04": Requirement("AA-04", "was not run", "a clause"),
}
RUN = Run(
    "0.1.0",
    "2026-11-26T08:00:00+00:00",
    "2026-11-26T08:05:00+00:00",
    {"python": "3.11", "platform": "Linux", "distributions": {"a": "1"}, "files": {"x/y.py": "00"}},
    (
        Shown("tests/a.py::test_one", ("AA-01",), "passed", 0.5),
        Shown("tests/a.py::test_two", ("AA-01", "AA-02"), "failed", 0.25),
        Shown("tests/a.py::test_<three>", ("AA-01",), "passed", 0.125),
        Shown("tests/a.py::test_four", (), "passed", 0.1),
    ),
)


def test_the_catalogue_holds_every_requirement_of_the_inspection_list() -> None:
    known = catalogue()
    assert len(known) == 119
    assert all(each.asks and each.source for each in known.values())


def test_no_marker_names_a_requirement_that_nobody_asks() -> None:
    assert [(name, file) for name, file in marked() if name not in catalogue()] == []


@pytest.mark.requirement("VA-01")
def test_each_requirement_is_shown_by_a_test_or_says_why_none_does() -> None:
    shown = {name for name, _ in marked()}
    wrong = [name for name, each in catalogue().items() if (name in shown) == bool(each.not_covered)]
    assert wrong == []


@pytest.mark.requirement("VA-01")
def test_a_run_with_an_unknown_requirement_ends_in_an_error(tmp_path: Path) -> None:
    wrong = tmp_path / "test_wrong.py"
    wrong.write_text("import pytest\n\n@pytest.mark.requirement('ZZ-99')\ndef test_it() -> None:\n    pass\n")
    ended = _pytest(wrong)
    assert ended.returncode != 0
    assert "there is no requirement ZZ-99" in ended.stdout + ended.stderr


def test_a_recorded_run_names_each_test_and_what_it_shows(tmp_path: Path) -> None:
    source = tmp_path / "test_some.py"
    source.write_text(
        "import pytest\n\n@pytest.mark.requirement('AT-01', 'AT-02')\ndef test_good() -> None:\n    pass\n\n"
        "@pytest.mark.requirement('AT-02')\ndef test_bad() -> None:\n    assert 1 == 2\n\n"
        "@pytest.mark.skip\ndef test_left_out() -> None:\n    pass\n"
    )
    _pytest(source, "--validation-run", str(tmp_path / "run.json"))
    run = read_run(tmp_path / "run.json")
    found = {test.name.rpartition("::")[2]: (test.requirements, test.outcome) for test in run.tests}
    assert found == {
        "test_good": (("AT-01", "AT-02"), "passed"),
        "test_bad": (("AT-02",), "failed"),
        "test_left_out": ((), "skipped"),
    }


@pytest.mark.requirement("VA-01")
def test_a_requirement_stands_as_its_worst_test_does() -> None:
    found = {line.requirement.id: line.standing for line in matrix(NEEDS, RUN).lines}
    assert found == {
        "AA-01": Standing.FAILED,
        "AA-02": Standing.FAILED,
        "AA-03": Standing.NOT_COVERED,
        "AA-04": Standing.NOT_RUN,
    }
    passed = RUN._replace(tests=(RUN.tests[0], RUN.tests[2]))
    assert matrix(NEEDS, passed).lines[0].standing is Standing.SHOWN


@pytest.mark.requirement("VA-02")
def test_the_installation_is_told_by_versions_and_hashes() -> None:
    told = installation()
    assert "pydantic" in told["distributions"]
    packages = {name.partition("/")[0] for name in told["files"]}
    assert packages == set(PACKAGES)
    assert "protocols/nct06984497.toml" in told["files"]
    assert all(len(digest) == 64 for digest in told["files"].values())


def test_the_page_holds_every_requirement_and_lets_nothing_through() -> None:
    page = html(matrix(NEEDS, RUN), RUN)
    for name in NEEDS:
        assert f"<tr id={name}>" in page
    assert "test_&lt;three&gt;" in page
    assert "nobody can" in page


def test_the_pdf_of_a_run_is_the_same_bytes_again(tmp_path: Path) -> None:
    found = matrix(NEEDS, RUN)
    first = pdf(found, RUN)
    assert first.startswith(b"%PDF")
    assert first == pdf(found, RUN)
    assert summary(found, RUN)["outcomes"] == {"passed": 3, "failed": 1}


def test_what_is_no_record_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_run(tmp_path / "run.json")
    (tmp_path / "run.json").write_text(json.dumps({"tests": 1}))
    with pytest.raises(Invalid):
        read_run(tmp_path / "run.json")
    write_run(tmp_path / "run.json", RUN)
    assert read_run(tmp_path / "run.json") == RUN


REGISTER = """
[D-7]
found = "2026-11-27"
what = "An <arm> shows"
severity = "{severity}"
risk = "unmasking"
status = "{status}"
{more}
"""


def registered(folder: Path, severity: str, status: str, more: str = "") -> Path:
    file = folder / "defects.toml"
    file.write_text(REGISTER.format(severity=severity, status=status, more=more), "utf-8")
    return file


@pytest.mark.requirement("VA-06")
def test_the_register_of_this_release_is_whole_and_blocks_nothing() -> None:
    known = defects(ROOT / "docs" / "defects.toml")
    assert known
    assert [each.id for each in known if each.blocks] == []


@pytest.mark.requirement("VA-06")
@pytest.mark.parametrize(
    ("severity", "status", "more", "code"),
    [
        ("critical", "open", "", 3),
        ("critical", "accepted", "", 0),
        ("critical", "fixed", 'fixed_in = "0.1.1"', 0),
        ("major", "open", "", 0),
    ],
)
def test_a_release_with_an_open_critical_defect_fails_its_record(
    tmp_path: Path, severity: str, status: str, more: str, code: int
) -> None:
    shown = tuple(
        Shown("tests/a.py::test_all", (each.id,), "passed", 0.1)
        for each in catalogue().values()
        if not each.not_covered
    )
    write_run(tmp_path / "run.json", RUN._replace(tests=shown))
    register = registered(tmp_path, severity, status, more)
    words = ("validation", "report", "--run", str(tmp_path / "run.json"), "--out", str(tmp_path))
    ended = Terminal(tmp_path).run(*words, "--defects", str(register), "--json")
    assert ended.exit_code == code, ended.output
    page = (tmp_path / "validation.html").read_text("utf-8")
    assert "An &lt;arm&gt; shows" in page
    assert (tmp_path / "validation.pdf").stat().st_size > 5000


@pytest.mark.parametrize(
    ("severity", "status", "more"),
    [("grave", "open", ""), ("minor", "closed", ""), ("minor", "fixed", ""), ("minor", "open", "who = 'me'")],
)
def test_a_register_that_leaves_something_open_is_refused(
    tmp_path: Path, severity: str, status: str, more: str
) -> None:
    with pytest.raises(Invalid):
        defects(registered(tmp_path, severity, status, more))
    with pytest.raises(NotFound):
        defects(tmp_path / "none.toml")


def _pytest(file: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest on one file of its own, with the markers and hooks of these tests."""
    conftest = file.with_name("conftest.py")
    conftest.write_text(
        "from tests.support.traceability import add_option, configure, mark\n\n"
        "def pytest_addoption(parser):\n    add_option(parser)\n\n"
        "def pytest_configure(config):\n    configure(config)\n\n"
        "def pytest_collection_modifyitems(items):\n    mark(items)\n"
    )
    settings = (
        "-c",
        str(ROOT / "pyproject.toml"),
        "--rootdir",
        str(ROOT),
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
    )
    words = [sys.executable, "-m", "pytest", *settings, "-n", "0", str(file), *options]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
