"""Words that are one of a list which only the product's core knows: it is not loaded for help alone."""

from __future__ import annotations

from collections.abc import Iterable

from domain.errors import Invalid


def check_known(words: Iterable[str], known: Iterable[str], what: str, code: str) -> None:
    """Raise Invalid for a word that is none of those known, and tell them."""
    listed = tuple(map(str, known))
    for word in words:
        if word not in listed:
            raise Invalid(code, f"'{word}' is no {what}", remedy=f"There are: {', '.join(listed)}.")
