"""Why a record is changed: a code from a list and words of one's own, never one for the other (CO-02)."""

from __future__ import annotations

from functools import lru_cache

from domain.errors import Refused
from domain.protocol import Protocol
from domain.record import Attribution
from domain.spec import Text


def in_words(by: Attribution, *stock: str) -> bool:
    """Whether why is said in words of one's own: not `x`, not dots, not the code or its text once more.

    Two characters say something in Chinese.
    """
    text = _plain(by.reason_text)
    letters = set(filter(str.isalnum, text))
    said_already = map(_plain, (by.reason_code, *stock))
    return len(letters) >= 2 and len(text) >= (3 if text.isascii() else 2) and text not in said_already


@lru_cache(maxsize=1024)
def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").strip(" .。!！").split())


def listed(protocol: Protocol) -> dict[str, Text]:
    """The reasons a protocol lists for corrections, by code."""
    return protocol.review.reason_texts


def is_listed(by: Attribution, protocol: Protocol) -> bool:
    """Whether the reason's code is one of the protocol's list."""
    return by.reason_code.strip() in listed(protocol)


def stock_of(by: Attribution, protocol: Protocol) -> tuple[str, ...]:
    """The list's own words for the code that is given."""
    known = listed(protocol).get(by.reason_code.strip())
    return () if known is None else (known.en, known.zh)


def justified(by: Attribution, protocol: Protocol, where: str) -> None:
    """Raise Refused unless a correction has a code of the protocol's list and words of its own. Where it has
    neither, both are told.
    """
    unlisted = "" if is_listed(by, protocol) else _unlisted(by)
    listed_are = f"Give --reason-code: {', '.join(listed(protocol))}."
    if not in_words(by, *stock_of(by, protocol)):
        raise Refused(
            "correction.no_reason",
            "; ".join(filter(None, (_wordless(by), unlisted))),
            where=where,
            rule=_RULE,
            remedy=f"Give --reason, in words of your own. {listed_are if unlisted else ''}".strip(),
        )
    if unlisted:
        raise Refused("correction.reason_unlisted", unlisted, where=where, rule=_RULE, remedy=listed_are)


_RULE = "ICH E6(R3) 4.2.4"


def _wordless(by: Attribution) -> str:
    if not by.reason_text.strip():
        return "a change to a recorded value needs a reason in words"
    return f"'{by.reason_text}' is no reason in words: it says nothing, or the code once more"


def _unlisted(by: Attribution) -> str:
    if not by.reason_code:
        return "the reason has no code of the protocol's list"
    return f"'{by.reason_code}' is no reason of the protocol's list"
