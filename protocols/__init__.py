"""Trials written as data: one TOML file for each protocol, found by the file's name without its ending.

`<name>.mapping.toml` beside it says how a published data set of the trial is imported.
"""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The names of the bundled protocols, in order."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.toml") if "." not in file.stem))


def path_of(name: str) -> Path:
    """The file of the bundled protocol of that name. Raises LookupError naming those there are."""
    if name not in names():
        raise LookupError(f"there is no bundled protocol '{name}': {', '.join(names())}")
    return _FOLDER / f"{name}.toml"
