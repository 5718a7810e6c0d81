"""Looking for what should not be there: identifiers of people in the texts of a history.

A known identifier is one of an identity that can be opened; besides, texts that have the form of a Chinese
resident identity number (with its check digit, GB 11643) or of a mobile telephone number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from domain.privacy import ENVELOPE_TEXTS, Part
from projections.ports import LedgerReading

_RESIDENT = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SHORTEST = 2
"""Characters: a Chinese name has two; in Latin letters anything below four would be found everywhere."""


class Found(NamedTuple):
    """An identifier in the history: where, in which text, and whose or of which form; never the text."""

    position: int
    part: Part
    field: str
    what: str


def identifiers_in(
    ledger: LedgerReading, trial: str, known: Mapping[str, Mapping[str, str]], *, upto: int
) -> Iterator[Found]:
    """Every place up to a position where an identifier stands in clear. `known`: identities by participant,
    opened.
    """
    wanted = [
        (text.casefold(), f"{kind.replace('_', ' ')} of {participant}")
        for participant, identity in known.items()
        for kind, text in identity.items()
        if len(text) >= (_SHORTEST if not text.isascii() else 2 * _SHORTEST)
    ]
    opened = 0
    for line in ledger.stored_lines(trial, upto=upto):
        if line.command != opened:
            opened = line.command
            (command,) = ledger.commands(trial, opened, opened)
            texts = {"name": command.attribution.name, "reason_text": command.attribution.reason_text}
            for field in sorted(ENVELOPE_TEXTS):
                for what in _in(texts[field], wanted):
                    yield Found(line.position, Part.ENVELOPE, field, what)
        for field, text in _texts(json.loads(line.data)):
            for what in _in(text, wanted):
                yield Found(line.position, Part.FACT, field, what)


def _in(text: str, wanted: list[tuple[str, str]]) -> Iterator[str]:
    folded = text.casefold()
    for identifier, what in wanted:
        if identifier in folded:
            yield what
    if any(_is_resident(number) for number in _RESIDENT.findall(text)):
        yield "a resident identity number"
    if _MOBILE.search(text):
        yield "a mobile telephone number"


def _is_resident(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[-1].upper()


def _texts(value: Any, field: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever JSON holds
    """The texts of a stored fact with the field they stand in; what is sealed and digests are none."""
    if isinstance(value, str):
        if field not in ("digest", "commitment", "document"):
            yield field, value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, field)
    elif isinstance(value, dict) and not {"scope", "nonce", "text"} <= value.keys():
        for name, each in value.items():
            yield from _texts(each, field or name)
