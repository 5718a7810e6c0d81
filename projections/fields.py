"""The states of a trial as named fields: what comparing, field histories and lineage speak of.

A field is a path into a read model in the field's words (`week-4/alb`, `infusion-1/lot`, `status`). What
stands there is told as text; sealed values stay sealed until somebody entitled looks. Which fact set a value
is no part of the value: it says whom to ask about it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from typing import Any, NamedTuple

from domain.adverse_event import AdverseEvent
from domain.aggregates import BY_MODEL
from domain.amount import Amount
from domain.casebook import Touched
from domain.eligibility import Answer
from domain.enrolment import ListSealed
from domain.happened import Happened
from domain.infusion import Infusion
from domain.infusion_state import NotGiven
from domain.observation import Result, told
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.product_lot import ProductLot
from domain.safety import SafetyReport
from domain.sample import Sample
from domain.sealed import ALLOCATION, Sealed
from domain.trial import Version
from domain.visit import Visit
from projections.ports import Unseal


class Leaf(NamedTuple):
    """What stands in a field: the text people read, what else tells it from another, the fact that set it.

    `sealed` is the sealed value itself, for those who may open it; `fact` is 0 where the state does not tell.
    """

    text: str
    detail: str = ""
    sealed: Sealed | None = None
    fact: int = 0

    def same(self, other: Leaf) -> bool:
        """Whether the same stands here, whichever fact said so."""
        return self[:3] == other[:3]


class Place(NamedTuple):
    """Where a field is: its read model, whom or what it is about, and its path there."""

    model: str
    subject: str
    path: str


Leaves = dict[str, Leaf]
"""What stands in a state, by path."""


def place_of(touched: Touched, path: str) -> Place:
    """The place of a path inside a state, in the field's words."""
    model, key = touched
    subject, _, part = (key, "", "") if model in BY_MODEL else key.partition("/")
    head = f"infusion-{part}" if model == "infusion" else part
    return Place(model, subject, "/".join(each for each in (head, path) if each))


def leaves(state: object) -> Leaves:
    """Every field of a state that something stands in."""
    return dict(_leaves(state, ""))


def changed(before: object, after: object) -> Iterator[tuple[str, Leaf | None, Leaf | None]]:
    """The fields two states of one kind tell differently: path, and what stood and stands there.

    The parts they share are not looked into, so that a fact costs what it changes.
    """
    return _changed(before, after, "")


def shown(leaf: Leaf | None, other: Leaf | None, unseal: Unseal) -> str | None:
    """What stands in a field as a reader is told it; None for nothing. `other` is what it is held against:
    where the texts are alike, what tells them apart is told too.
    """
    if leaf is None:
        return None
    if leaf.sealed is not None:
        # An identity is opened on purpose, with a fact that says so, and never in passing.
        opened = unseal(leaf.sealed) if leaf.sealed.scope == ALLOCATION else None
        return str(leaf.sealed) if opened is None else _opened(opened.strip())
    alike = other is not None and other.text == leaf.text and other.detail != leaf.detail
    return f"{leaf.text} ({leaf.detail})" if alike and leaf.detail else leaf.text


def _opened(text: str) -> str:
    """What was sealed as text, or as several named texts."""
    if not text.startswith("{"):
        return text
    return ", ".join(str(each) for each in json.loads(text).values() if each)


# ---------------------------------------------------------------- walking through a state

_NOT_FIELDS = {"protocol_version", "fact", "number", "use_by_corrected"}
"""Parts of any state that say under which rules, by which fact, or as which of several it came to be."""

_NAMES: dict[type, set[str]] = {
    Participant: {"code", "voided"},
    Visit: {"visit", "put_right", "attended_was"},
    Infusion: {"number", "before", "taken_back"},
    NotGiven: {"stood"},
    AdverseEvent: {"words"},
    Outcomes: {"episodes_aside", "events_aside", "voided", "corrected"},
    SafetyReport: {"news"},
    # What was replaced or voided is told as the change it was.
    ProductLot: {"lot", "replaced"},
    Sample: {"replaced"},
}
"""Parts of a state that name whom or what it is about."""

_IN_WORDS = {"allocated": "places_taken", "bags": "bag", "when": "at"}


def _changed(before: object, after: object, path: str) -> Iterator[tuple[str, Leaf | None, Leaf | None]]:
    if before is after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _changed(before.get(name), after.get(name), _joined(path, str(name)))
        return
    if is_dataclass(before) and type(before) is type(after) and not isinstance(before, type):
        for name in _fields(type(before)):
            old, new = getattr(before, name), getattr(after, name)
            yield from _changed(old, new, _joined(path, _IN_WORDS.get(name, name)))
        return
    old_leaves, new_leaves = dict(_leaves(before, path)), dict(_leaves(after, path))
    for each in dict.fromkeys((*old_leaves, *new_leaves)):
        was, now = old_leaves.get(each), new_leaves.get(each)
        if was is None or now is None or not was.same(now):
            yield each, was, now


def _fields(kind: type[Any]) -> tuple[str, ...]:
    """The parts of a kind of state that are fields."""
    known = _FIELDS.get(kind)
    if known is None:
        names = getattr(kind, "_fields", None) or [each.name for each in fields_of(kind)]
        left_out = _NOT_FIELDS | _NAMES.get(kind, set())
        known = _FIELDS[kind] = tuple(name for name in names if name not in left_out)
    return known


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def _leaves(value: object, path: str) -> Iterator[tuple[str, Leaf]]:
    tell = _TELLING.get(type(value))
    if tell is not None:
        yield from tell(value, path)
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield from _leaves(each, _joined(path, str(name)))
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _of_record(value, path, _fields(type(value)))
    elif isinstance(value, tuple):
        yield from _of_tuple(value, path)
    elif value is not None and value != "":
        yield path, Leaf(_text(value))


def _of_tuple(value: tuple[Any, ...], path: str) -> Iterator[tuple[str, Leaf]]:
    """A record by its names; a list of texts as one value; any other list by what names its members."""
    if hasattr(value, "_fields"):
        yield from _of_record(value, path, _fields(type(value)))
    elif len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], Happened):
        yield from _of_happened(value[1], path)
    elif value and all(isinstance(each, str) for each in value):
        yield path, Leaf(", ".join(map(str, value)))
    else:
        times: Counter[str] = Counter()
        for number, each in enumerate(value, start=1):
            name = _name_of(each)
            times[name] += 1
            label = (name if times[name] == 1 else f"{name}#{times[name]}") if name else str(number)
            yield from _of_member(each, _joined(path, label), is_named=bool(name))


def _of_member(member: Any, path: str, *, is_named: bool) -> Iterator[tuple[str, Leaf]]:  # noqa: ANN401
    """A member of a list; the part that names it is in the path already."""
    is_record = is_named and hasattr(member, "_fields") and type(member) not in _TELLING
    names = _fields(type(member)) if is_record else ()
    yield from _of_record(member, path, names[1:]) if names else _leaves(member, path)


def _of_record(value: Any, path: str, names: Iterable[str]) -> Iterator[tuple[str, Leaf]]:  # noqa: ANN401
    for name in names:
        yield from _leaves(getattr(value, name), _joined(path, _IN_WORDS.get(name, name)))


def _name_of(member: object) -> str:
    """What names a member of a list: its first part, where that is a text and more follows."""
    if not isinstance(member, tuple) or len(member) < 2 or type(member[0]) is not str:
        return ""
    return member[0]


def _of_happened(value: Happened, path: str) -> Iterator[tuple[str, Leaf]]:
    yield path, Leaf(str(value.at), fact=value.fact)


def _of_answer(value: Answer, path: str) -> Iterator[tuple[str, Leaf]]:
    holds = "unknown" if value.holds is None else _text(value.holds)
    yield path, Leaf(holds, str(value.when.at), fact=value.when.fact)
    if value.note:
        yield f"{path}/note", Leaf(value.note, fact=value.when.fact)


def _of_result(value: Result, path: str) -> Iterator[tuple[str, Leaf]]:
    """A correction or a void is one change: the state of a result is told with its value."""
    state = "" if value.state == "recorded" else f" ({value.state})"
    yield path, Leaf(f"{told(value)}{state}", f"taken {value.taken}", fact=value.fact)
    for name in _BESIDE_A_RESULT:
        said = getattr(value, name)
        if said:
            yield f"{path}/{name}", Leaf(said, fact=value.fact)


_BESIDE_A_RESULT = ("check", "limits", "answer", "accession", "reference_low", "reference_high")
"""What is told of a result in fields of their own."""


def _of_sealed(value: Sealed, path: str) -> Iterator[tuple[str, Leaf]]:
    yield path, Leaf(str(value), sealed=value)


def _of_amount(value: Amount, path: str) -> Iterator[tuple[str, Leaf]]:
    yield path, Leaf(_text(value.value), fact=value.fact)


def _of_list(value: ListSealed, path: str) -> Iterator[tuple[str, Leaf]]:
    """Neither the secret of the list, for nobody, nor its parameters, which name the arms."""
    yield _joined(path, "algorithm"), Leaf(value.algorithm)
    yield _joined(path, "commitment"), Leaf(value.commitment)


def _of_version(value: Version, path: str) -> Iterator[tuple[str, Leaf]]:
    """A protocol version by its digest: the document is a page of its own."""
    yield _joined(path, "digest"), Leaf(value.digest, fact=value.since.fact)
    yield _joined(path, "since"), Leaf(str(value.since.at), fact=value.since.fact)


Telling = Callable[[Any, str], Iterator[tuple[str, Leaf]]]
_TELLING: dict[type, Telling] = {
    Happened: _of_happened,
    Answer: _of_answer,
    Result: _of_result,
    Sealed: _of_sealed,
    Amount: _of_amount,
    ListSealed: _of_list,
    Version: _of_version,
}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name
