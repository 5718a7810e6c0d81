"""The shapes of what `--json` writes are a contract: `tests/cli/shapes.json` holds every field and its kind.

Each answer that any test gets from a `Terminal` is held against them. To change one on purpose, run the tests
of its noun with TRIALOG_SHAPES=write, in one process: what they see is added to the file. A field that is
gone is taken out of it by hand.

An object is its fields; one whose names are data, as sites and statuses, has the field `*`. A field that may
be null has a question mark. A list is the shape of its members: several, where their kind says which fields
they have, as that of an endpoint. `any` stands for the values of a
protocol, which are any JSON.
"""

from __future__ import annotations

import atexit
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from adapters.cli.app import NOUNS
from adapters.cli.commands import RECORDING
from adapters.cli.faults import EXIT_CODES, FAULT, INTERRUPTED
from trialog import scheduler_command
from workflows.rules import RULES

FILE = Path(__file__).parents[1] / "cli" / "shapes.json"
SHAPES: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
ANY_COMMAND = "any command"
MAPS = {"by_status", "by_site", "cuts", "assigned", "deviations", "signals", "visits", "missing", "flags"}
MAPS |= {"states", "holidays", "beats", "outcomes", "undefined"}
"""Fields whose own fields are data, where they are objects: statuses, sites, names, bags, rules and so on."""
_NOUNS = {str(group.info.name) for group in (*NOUNS, scheduler_command.group)}
_IS_WRITING = os.environ.get("TRIALOG_SHAPES") == "write"

Shape = dict[str, Any] | list[Any] | str


def command_of(words: tuple[str, ...]) -> str:
    """The command that these words run: `participant show` of `participant show S1-001`."""
    return " ".join(words[:2]) if words[0] in _NOUNS else words[0]


def hold(words: tuple[str, ...], answer: object) -> None:
    """An answer has the shape that is written down for its command, and times have the forms of times."""
    name = command_of(words)
    name = ANY_COMMAND if name in RECORDING else name
    other = list(_in_other_forms(answer))
    assert not other, (words, other)
    if _IS_WRITING:
        SHAPES[name] = together(SHAPES[name], shape(answer)) if name in SHAPES else shape(answer)
        return
    assert name in SHAPES, f"`{name}` has no shape in {FILE.name}"
    different = list(departures(SHAPES[name], answer))
    assert not different, (words, different)


def hold_error(stderr: str, exit_code: int) -> None:
    """An error is one object, the last line of stderr, with every field; the exit code is of its kind."""
    told = json.loads(stderr.splitlines()[-1])
    different = list(departures(SHAPES["any error"], told))
    assert not different, different
    code = told["error"]["code"]
    if code in RULES:
        kind, _ = RULES[code]
        assert exit_code == next(number for known, number in EXIT_CODES if issubclass(kind, known)), code
    elif code.startswith("usage"):
        assert exit_code == 2, code
    else:
        assert exit_code in {FAULT, INTERRUPTED, *(number for _, number in EXIT_CODES)}, code


def shape(value: object, name: str = "") -> Shape:
    """A value with every leaf replaced by its kind; the members of a list taken together."""
    if isinstance(value, dict):
        if name in MAPS:
            return {"*": _all_together([shape(each) for each in value.values()])} if value else {}
        fields: dict[str, Any] = {}
        for each, inner in value.items():
            fields |= {f"{each}?": "null"} if inner is None else {each: shape(inner, each)}
        return fields
    if isinstance(value, list):
        return _members([shape(each) for each in value])
    return "null" if value is None else type(value).__name__


def _members(shapes: list[Shape]) -> list[Shape]:
    """The shapes that the members of a list have: one for each set of fields that an object may have."""
    kinds: dict[object, Shape] = {}
    for each in shapes:
        names = _names(each) if isinstance(each, dict) else None
        kinds[names] = together(kinds[names], each) if names in kinds else each
    return list(kinds.values())


def _names(known: dict[str, Any]) -> frozenset[str]:
    return frozenset(name.removesuffix("?") for name in known)


def _all_together(shapes: list[Shape]) -> Shape:
    first, *others = shapes
    for each in others:
        first = together(first, each)
    return first


def together(one: Shape, other: Shape) -> Shape:
    """The shape that both have."""
    if isinstance(one, dict) and isinstance(other, dict):
        if "*" in one or "*" in other or not (one and other):
            return {"*": together(one["*"], other["*"])} if one and other else one or other
        names = list(dict.fromkeys(each.removesuffix("?") for each in (*one, *other)))
        return dict(_field(name, one, other) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return _members([*one, *other])
    if one == other or "null" in (one, other):
        return other if one == "null" else one
    return "any"


def _field(name: str, one: dict[str, Any], other: dict[str, Any]) -> tuple[str, Any]:
    """A field of both, or of one of them, which is then still to be seen to."""
    seen = [each[spelled] for each in (one, other) for spelled in (name, f"{name}?") if spelled in each]
    may_be_null = f"{name}?" in one or f"{name}?" in other
    return f"{name}?" if may_be_null else name, _all_together(seen)


def departures(known: Shape, value: object, path: str = "") -> Iterator[str]:
    """Where a value is not as its shape says."""
    if known == "any":
        return
    if isinstance(known, dict) and isinstance(value, dict):
        if "*" in known or not known:
            for name, each in value.items():
                yield from departures(known.get("*", "nothing"), each, f"{path}.{name}")
            return
        spelled = {name.removesuffix("?"): name for name in known}
        for name in sorted(spelled.keys() ^ value.keys()):
            yield f"{path}.{name} is {'missing' if name in spelled else 'not written down'}"
        for name in spelled.keys() & value.keys():
            if value[name] is not None or not spelled[name].endswith("?"):
                yield from departures(known[spelled[name]], value[name], f"{path}.{name}")
    elif isinstance(known, list) and isinstance(value, list):
        for each in value:
            fitting = (one for one in known if isinstance(each, dict) and _names(one) == each.keys())
            yield from departures(next(fitting, known[0] if known else "nothing"), each, f"{path}[]")
    elif isinstance(known, dict | list) or isinstance(value, dict | list) or shape(value) != known:
        yield f"{path} is {shape(value)}, not {known}"


_TIMED = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*")
_FORMS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?Z|(:\d\d)?[+-]\d\d:\d\d\[[\w/+-]+\])")
"""Instants in UTC with seconds; clinical times with their offset and zone."""


def _in_other_forms(value: object) -> Iterator[str]:
    """Every text that is a time in another form than the two that times have."""
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _in_other_forms(each)
    elif value == "" or (isinstance(value, str) and _TIMED.fullmatch(value) and not _FORMS.fullmatch(value)):
        yield str(value)


@atexit.register
def _write_down() -> None:
    if _IS_WRITING:
        FILE.write_text(json.dumps(SHAPES, indent=2, sort_keys=False) + "\n", "utf-8")
