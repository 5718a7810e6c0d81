"""The house as DESIGN draws it: plain packages of our own at the root, and a domain that stands alone."""

import ast
import importlib
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES: list[str] = PROJECT["tool"]["uv"]["build-backend"]["module-name"]
LOCKS = [ROOT / f"requirements{part}.lock" for part in ("", "-dev", "-pip")]


def imported_by(package: str) -> Iterator[tuple[str, str]]:
    """Each module file of the package with each top-level name it imports."""
    for source in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            else:
                continue
            for module in modules:
                yield str(source.relative_to(ROOT)), module.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_is_ours_and_not_one_installed_under_the_same_name(package: str) -> None:
    found = importlib.import_module(package).__file__
    assert found is not None, f"{package} has no __init__.py"
    assert Path(found).resolve() == ROOT / package / "__init__.py"


def test_every_package_that_is_built_is_linted() -> None:
    assert sorted(PROJECT["tool"]["importlinter"]["root_packages"]) == sorted(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_folder_of_modules_is_a_package(package: str) -> None:
    """import-linter does not look into a folder without __init__.py."""
    folders = {source.parent for source in (ROOT / package).rglob("*.py")}
    assert [str(folder) for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_domain_imports_nothing_but_the_standard_library_and_pydantic() -> None:
    """import-linter can only forbid libraries it is told of; this refuses those it is not."""
    known = sys.stdlib_module_names | {"domain", "pydantic", "pydantic_core"}
    assert [(where, name) for where, name in imported_by("domain") if name not in known] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_file_names_versions_and_hashes_but_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "http" not in text
    assert "file:" not in text
    assert "--index-url" not in text
    assert "--find-links" not in text
    requirements = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert requirements
    assert [line for line in requirements if "==" not in line or not line.endswith("\\")] == []


def test_the_development_lock_holds_the_runtime_lock_version_for_version() -> None:
    runtime, development = (
        {line for line in (ROOT / name).read_text(encoding="utf-8").splitlines() if "==" in line}
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert runtime <= development


def test_no_code_names_a_trial() -> None:
    """Both trials are data: only their files, the demonstration and the tests know them."""
    named = [
        f"{source.relative_to(ROOT)}: {trial}"
        for package in PACKAGES
        for source in sorted((ROOT / package).rglob("*.py"))
        if not source.name.startswith("demo")
        for trial in ("nct06984497", "mayo", "pbc")
        if trial in source.read_text(encoding="utf-8").lower()
    ]
    assert named == []


def _unbounded(source: Path) -> Iterator[int]:
    """The lines of texts that mean every digit of Unicode: outside of a pattern that is said to be ASCII."""
    tree = ast.parse(source.read_text(encoding="utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    bounded = (call for call in calls if any(ast.unparse(each) == "re.ASCII" for each in call.args))
    within = {id(node) for call in bounded for node in ast.walk(call)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if r"\d" in text and id(node) not in within:
                yield node.lineno


def test_a_pattern_that_decides_what_is_taken_asks_for_ascii_digits() -> None:
    r"""In a text, `\d` is every digit of Unicode, which another reader of the same text may refuse."""
    sources = [
        each for name in ("domain", "projections/verification") for each in (ROOT / name).rglob("*.py")
    ]
    found = [f"{each.relative_to(ROOT)}:{line}" for each in sorted(sources) for line in _unbounded(each)]
    assert found == []
