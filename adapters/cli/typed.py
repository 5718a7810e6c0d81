"""Characters of an input method or a text processor that look like plain ones: `１．０`, `－－at`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_PLAIN = str.maketrans({"。": ".", "、": ",", "“": '"', "”": '"', **dict.fromkeys(_DASHES, "-")})
_OTHERS = re.compile(rf"[\u3000-\u3002\uff01-\uff5e“”{_DASHES}]+")


def as_meant(word: str) -> str:
    """A word with plain characters in place of those that look like them, and a point for a decimal comma."""
    if re.match(rf"[{_DASHES}][A-Za-z]", word):
        word = f"-{word}"  # text processors make one dash of two
    word = re.sub(r"(?<=\d)，(?=\d)", ".", word)
    return unicodedata.normalize("NFKC", word.translate(_PLAIN))


def hint(words: Sequence[str], message: str) -> str:
    """What to write instead of a word that the message is about and that holds such characters, or "".

    Nothing is said of a word that holds others too, as Chinese ones: they have no plain form.
    """
    for word in words:
        meant = as_meant(word)
        about = any(run in message for run in _OTHERS.findall(word))
        if about and meant != word and meant.isascii():
            return f"'{word}' holds characters that only look like plain ones: write '{meant}'."
    return ""
