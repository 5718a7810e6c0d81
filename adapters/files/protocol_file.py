"""A protocol file: TOML as people write and sign it, read into a protocol document.

The file's comments and order are for its readers; the canonical document read from it is what is kept.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

from domain.errors import Invalid, NotFound
from domain.protocol_document import ProtocolDocument, canonical, read_document

_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")


def read_protocol(path: Path) -> ProtocolDocument:
    """Read a protocol file.

    Raises NotFound when there is no such file, and Invalid for everything else that is wrong with it;
    `where` names the file, with the line where the text is no TOML, or with the path of the value.
    """
    parsed = _parsed(_text(path), path)
    try:
        return read_document(canonical(parsed))
    except RecursionError as error:
        raise _extreme(path) from error
    except Invalid as error:
        where = f"{path}: {error.where}" if error.where else str(path)
        raise Invalid(error.code, error.message, where=where, rule=error.rule, remedy=error.remedy) from error


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("protocol_file.missing", "there is no such file", where=str(path)) from error
    except IsADirectoryError as error:
        raise _wrong("protocol_file.directory", "this is a directory, not a protocol file", path) from error
    except (OSError, ValueError) as error:
        raise _wrong("protocol_file.unreadable", f"the file cannot be read: {error}", path) from error
    try:
        text = data.decode("utf-8-sig")  # editors on Windows put a byte order mark in front
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        remedy = "Save it as UTF-8."
        raise Invalid(
            "protocol_file.not_utf8", "the file is not UTF-8", where=f"{path}:{line}", remedy=remedy
        ) from error
    if not text.strip():
        raise _wrong("protocol_file.empty", "the file is empty", path)
    return text


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        # Decimals, not floats: 17.1 stays 17.1.
        return tomllib.loads(text, parse_float=Decimal)
    except (RecursionError, ArithmeticError) as error:
        raise _extreme(path) from error
    except ValueError as error:
        found = _AT_LINE.search(str(error))
        line = found[1] if found else text.rstrip().count("\n") + 1  # else it is the end of the document
        where = f"{path}:{line}"
        reason = _AT_LINE.sub(r" (column \2)", str(error))
        raise Invalid("protocol_file.not_toml", f"this is not TOML: {reason}", where=where) from error


def _wrong(code: str, message: str, path: Path) -> Invalid:
    return Invalid(code, message, where=str(path))


def _extreme(path: Path) -> Invalid:
    return _wrong("protocol_file.extreme", "a value is nested too deep or too large", path)
