"""A mapping file: TOML as people write it, read into a mapping."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from adapters.files.toml_file import read_toml
from adapters.imports.mapping import Mapping
from domain.errors import Invalid
from domain.forms import reason_of

_WORDS = {"missing": "this is missing", "extra_forbidden": "a mapping has no such field"}


def read_mapping(path: Path) -> Mapping:
    """Read a mapping file.

    Raises NotFound when there is no such file, Invalid for everything else that is wrong with it: the file
    and the line, or the path of the value, and the reason.
    """
    document = read_toml(path, "mapping")
    try:
        return Mapping.model_validate(document)
    except ValidationError as error:
        raise Invalid("mapping.invalid", _reasons(error, document), where=str(path)) from error


def _reasons(error: ValidationError, document: object) -> str:
    """Every fault with its path, in one line; a step goes by its id."""
    faults = []
    for fault in error.errors(include_url=False):
        reason = _WORDS.get(fault["type"]) or reason_of(fault)
        given = fault["input"]
        value = f" (given: {given[:60]!r})" if isinstance(given, str) and fault["type"] != "missing" else ""
        path = _path(fault["loc"], document)
        faults.append(f"{path}: {reason}{value}" if path else f"{reason}{value}")
    return "; ".join(faults)


def _path(location: tuple[int | str, ...], node: object) -> str:
    names = []
    for part in location:
        if isinstance(part, int):
            node = node[part] if isinstance(node, list) else None
            called = node.get("id", node.get("column")) if isinstance(node, dict) else None
            names.append(called if isinstance(called, str) else str(part + 1))
        else:
            node = node.get(part) if isinstance(node, dict) else None
            names.append(part)
    return ".".join(names)
