"""What makes a password too weak: length first, then how much of it anybody could guess (NIST SP 800-63B-4
§3.1.1).

No rules about kinds of characters and no forced change, as the standard has it: long enough, not among what
is commonly chosen, and not one used before. Texts are compared in NFKC, so that a password can be typed
anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from domain.weak_passwords import NUMBERS, ROWS, WORDS

MINIMUM = 12
"""Characters. The standard asks for 8 beside a second factor."""
MAXIMUM = 128
"""Characters; the standard asks for at least 64."""
LEAST_PIECES = 8
"""What is left when everything guessable counts as one character."""

_LEET = str.maketrans("0134578@$!", "oieastbasi")
_LONGEST = max(map(len, WORDS))
_WALKS = (*ROWS, *(row[::-1] for row in ROWS))
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_SHORTEST_WALK = 3


class Weakness(StrEnum):
    """Why a password is refused."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    COMMON = "common"


def normal(password: str) -> str:
    """The form in which a password is hashed and compared."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, own: Iterable[str] = ()) -> Weakness | None:
    """Why the password is too weak, None when it is not. `own` are words about its holder, as names."""
    text = normal(password)
    if len(text) < MINIMUM:
        return Weakness.TOO_SHORT
    if len(text) > MAXIMUM:
        return Weakness.TOO_LONG
    words = {part for each in own for part in re.split(r"\W+", each.casefold()) if len(part) > 1}
    return Weakness.COMMON if pieces(text, words) < LEAST_PIECES else None


def pieces(password: str, own: Iterable[str]) -> int:
    """The least number of pieces the password is made of: a word, a year, a walk along keys or a repetition
    is one piece, and so is any other character. `Password1234!` has three.
    """
    text = password.casefold()
    plain = text.translate(_LEET)
    known = WORDS | {word.translate(_LEET) for word in own} | set(own)
    longest = max([_LONGEST, *map(len, known)])
    least = [0]
    for end in range(1, len(text) + 1):
        best = least[end - 1] + 1
        for start in range(max(0, end - longest), end - 1):
            if least[start] + 1 < best and _is_piece(text[start:end], plain[start:end], known):
                best = least[start] + 1
        least.append(min(best, _repeated_from(text, end, least)))
    return least[-1]


def _is_piece(text: str, plain: str, known: Iterable[str]) -> bool:
    return (
        text in known
        or plain in known
        or text in NUMBERS
        or _YEAR.fullmatch(text) is not None
        or (len(text) >= _SHORTEST_WALK and (len(set(text)) == 1 or any(text in walk for walk in _WALKS)))
    )


def _repeated_from(text: str, end: int, least: list[int]) -> int:
    """The pieces up to `end` where its last part repeats what stands before it: said again counts one."""
    best = len(text)
    for length in range(2, end // 2 + 1):
        if text[end - length : end] == text[end - 2 * length : end - length]:
            best = min(best, least[end - length] + 1)
    return best
