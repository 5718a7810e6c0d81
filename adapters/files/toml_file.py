"""A TOML file as people write it: read exactly, and every fault told with its file and line."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.errors import Invalid, NotFound

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")


def read_toml(path: Path, kind: str) -> dict[str, Any]:
    """Read a TOML file, numbers with a point as decimals: 17.1 stays 17.1.

    Raises NotFound when there is no such file, Invalid for all else, under codes beginning with `kind`.
    """
    text = _text(path, kind)
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (RecursionError, ArithmeticError) as error:
        told = "a value is nested too deep or too large"
        raise Invalid(f"{kind}.extreme", told, where=str(path)) from error
    except ValueError as error:
        found = _AT_LINE.search(str(error))
        line = found[1] if found else text.rstrip().count("\n") + 1  # else it is the end of the document
        reason = _AT_LINE.sub(r" (column \2)", str(error))
        raise Invalid(f"{kind}.not_toml", f"this is not TOML: {reason}", where=f"{path}:{line}") from error


def _text(path: Path, kind: str) -> str:
    where = str(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"{kind}.missing", "there is no such file", where=where) from error
    except IsADirectoryError as error:
        raise Invalid(f"{kind}.directory", "this is a directory, not a file", where=where) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", error)
        raise Invalid(f"{kind}.unreadable", f"the file cannot be read: {reason}", where=where) from error
    try:
        text = data.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Invalid(
            f"{kind}.not_utf8",
            "the file is not UTF-8",
            where=f"{path}:{line}",
            remedy="Save it as UTF-8.",
        ) from error
    if not text.strip():
        raise Invalid(f"{kind}.empty", "the file is empty", where=where)
    return text
