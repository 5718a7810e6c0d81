"""A protocol as a document: the marked file people sign, and the typed protocol read from it.

In the document a mapping may carry `registered = "source"` or `assumed = "source"`. With a `value` beside
it, it marks that one value; without, it marks everything below it that has no mark of its own. Every value
must be covered, an empty list too: that there are none is a statement like any other. A list of plain values
(spellings, roles) is one value. The document itself, as canonical JSON, is what the ledger holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from pydantic import ValidationError

from domain.errors import Invalid
from domain.forms import reason_of
from domain.protocol import Protocol


class Standing(StrEnum):
    """Where a value of the protocol comes from."""

    REGISTERED = "registered"
    ASSUMED = "assumed"


class Marked(NamedTuple):
    """A value of the protocol at its path, with its standing and source. A list is told as a tuple."""

    path: str
    value: Any
    standing: Standing
    source: str


class ProtocolDocument(NamedTuple):
    """A protocol document read: its canonical text, digest, typed protocol and every marked value."""

    text: str
    digest: str
    protocol: Protocol
    values: tuple[Marked, ...]

    @property
    def assumptions(self) -> tuple[Marked, ...]:
        """The values the registration is silent on, which the principal investigator signs."""
        return tuple(value for value in self.values if value.standing is Standing.ASSUMED)


class Difference(NamedTuple):
    """A value that two documents tell differently; None where one of them has none."""

    path: str
    before: Marked | None
    after: Marked | None


def canonical(document: dict[str, Any]) -> str:
    """The document as compact JSON: keys sorted, decimals as text."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


@lru_cache(maxsize=64)
def read_document(text: str) -> ProtocolDocument:
    """Read a protocol document from its canonical text.

    Raises Invalid naming the path and the reason: an unmarked value, a missing or unknown field, a wrong
    kind of value, or parts that do not fit together.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Invalid("protocol.not_json", f"this is no protocol document: {error}") from error
    if not isinstance(raw, dict):
        raise Invalid("protocol.not_json", "this is no protocol document: it is no JSON object")
    values: list[Marked] = []
    unmarked: list[str] = []
    try:
        plain = _stripped(raw, "", None, _Leaves(values, unmarked))
    except RecursionError as error:
        raise Invalid("protocol.too_deep", "the document is nested too deep") from error
    if unmarked:
        more = f" (and {len(unmarked) - 1} further values)" if len(unmarked) > 1 else ""
        raise Invalid(
            "protocol.unmarked",
            f"the value is marked neither registered nor assumed{more}",
            where=unmarked[0],
            remedy='Write { value = …, registered = "source" } or assumed, or mark the section it stands in.',
        )
    try:
        # Strict, so that 32 is a number and "32" or true are none; from JSON, so that decimals may be text.
        protocol = Protocol.model_validate_json(json.dumps(plain), strict=True)
    except ValidationError as error:
        raise Invalid("protocol.invalid", _reasons(error, plain)) from error
    return ProtocolDocument(text, hashlib.sha256(text.encode()).hexdigest(), protocol, tuple(values))


def differences(before: ProtocolDocument, after: ProtocolDocument) -> Iterator[Difference]:
    """The values that differ between two documents, in path order."""
    old = {value.path: value for value in before.values}
    new = {value.path: value for value in after.values}
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield Difference(path, old.get(path), new.get(path))


_Mark = tuple[Standing, str]


class _Leaves(NamedTuple):
    """What stripping finds: the marked values, and the paths of those without a mark."""

    values: list[Marked]
    unmarked: list[str]


def _stripped(node: object, path: str, mark: _Mark | None, leaves: _Leaves) -> object:
    """The node without its marks; each leaf is noted with the mark that covers it."""
    if isinstance(node, dict):
        own = _mark_of(node, path)
        mark = own or mark
        rest = {key: value for key, value in node.items() if own is None or key not in _STANDINGS}
        if own is not None and rest.keys() == {"value"}:
            return _stripped(rest["value"], path, mark, leaves)
        if rest:
            return {key: _stripped(each, _joined(path, key), mark, leaves) for key, each in rest.items()}
        node = rest
    if isinstance(node, list) and any(isinstance(each, dict | list) for each in node):
        names = _labels(node)
        members = zip(names, node, strict=True)
        return [_stripped(each, _joined(path, name), mark, leaves) for name, each in members]
    if mark is None:
        leaves.unmarked.append(path)
    else:
        leaves.values.append(Marked(path, tuple(node) if isinstance(node, list) else node, *mark))
    return node


_STANDINGS = frozenset(standing.value for standing in Standing)


def _mark_of(node: dict[str, Any], path: str) -> _Mark | None:
    found = [standing for standing in Standing if standing.value in node]
    if not found:
        return None
    if len(found) > 1:
        raise Invalid("protocol.two_marks", "a value is either registered or assumed", where=path)
    source = node[found[0].value]
    if not isinstance(source, str) or not source.strip():
        raise Invalid("protocol.no_source", f"'{found[0].value}' names its source in words", where=path)
    return found[0], source


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _labels(nodes: list[Any]) -> list[str]:
    """List members go by what names them, so that a difference tells what it is about; else by number."""
    names = [_name(node) for node in nodes]
    return [name if name and names.count(name) == 1 else str(n) for n, name in enumerate(names, start=1)]


_NAMES = (("id",), ("code",), ("ucum",), ("version", "language"))


def _name(node: object) -> str:
    if not isinstance(node, dict):
        return ""
    for fields in _NAMES:
        found = [_unmarked(node[field]) for field in fields if field in node]
        if found and all(isinstance(each, str) for each in found):
            return " ".join(map(str, found))
    return ""


def _unmarked(node: object) -> object:
    return node.get("value") if isinstance(node, dict) else node


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    raise Invalid("protocol.value", f"a protocol cannot hold {type(value).__name__} values")


_IN_WORDS = {
    "extra_forbidden": "a protocol has no such field",
    "missing": "this is missing",
    "too_short": "at least one is needed",
}


def _reasons(error: ValidationError, document: object) -> str:
    """Every fault with its path and the value it is about, in one line."""
    found = error.errors(include_url=False)
    places = [fault["loc"] for fault in found]
    faults = []
    for fault in found:
        place = fault["loc"]
        if any(len(other) > len(place) > 0 and other[: len(place)] == place for other in places):
            continue  # what is wrong inside makes the whole seem too short
        reason = _IN_WORDS.get(fault["type"], reason_of(fault))
        given = fault["input"]
        told = fault["type"] not in _IN_WORDS and isinstance(given, str | int | float)
        value = f" (given: {str(given)[:60]!r})" if told else ""
        where = _place(place, document)
        faults.append(f"{where}: {reason}{value}" if where else f"{reason}{value}")
    return "; ".join(faults)


def _place(location: tuple[int | str, ...], document: object) -> str:
    """A path as people read it: list members by their names."""
    path, node = "", document
    for part in location:
        if isinstance(part, int) and isinstance(node, list):
            path, node = _joined(path, _labels(node)[part]), node[part]
        else:
            path = _joined(path, str(part))
            node = node.get(part) if isinstance(node, dict) else None
    return path
