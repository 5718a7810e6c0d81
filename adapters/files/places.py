"""Files that people are handed: whether one may be written is asked before it is made."""

from __future__ import annotations

from pathlib import Path

from domain.errors import Invalid, NotFound


def check_folder(folder: Path) -> None:
    """Raise NotFound where there is no such folder to write into, Invalid where it is a file."""
    if not folder.exists():
        raise NotFound("file.no_folder", "there is no such folder", where=str(folder))
    if not folder.is_dir():
        raise Invalid("file.other_kind", "this is a file, where a folder is wanted", where=str(folder))


def check_new(out: Path) -> None:
    """Raise Invalid or NotFound where a new file cannot be written: nothing is overwritten."""
    if out.is_dir():
        raise Invalid("file.other_kind", "this is a folder, where a file is wanted", where=str(out))
    if out.exists():
        raise Invalid("file.exists", "there is a file already", where=str(out), remedy="Name a new one.")
    check_folder(out.parent)


def write_new(out: Path, content: str | bytes) -> None:
    """Write a new file. Raises Invalid or NotFound where it cannot be one."""
    check_new(out)
    with out.open("xb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
