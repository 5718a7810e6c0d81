"""What a fact says, read such that every verifier judges it alike, however its reader of JSON is set."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 100
"""How many digits a number can have in a row. No fact needs so many; and readers refuse from some number on
that differs between them: Python, as it is set, from 640 digits on at the least.
"""

MOST = 500
"""How many arrays and objects there can be, so that none lie deeper in one another: for the same reason."""

_TEXT = re.compile('"[^"]*"?')
"""A text once what is escaped is out of it. It needs no end: without one every quote would be tried anew."""
_LONG = re.compile(f"[0-9]{{{LONGEST + 1}}}")


def said_in(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON says
    """What JSON says. Raises ValueError for what is none, or is beyond these limits."""
    text = data.decode()
    if _is_beyond(text) and _is_beyond(_without_texts(text)):
        raise ValueError("too long a number, or too many arrays and objects")
    return json.loads(text)


def _without_texts(text: str) -> str:
    """What stands outside of texts: an escaped quote neither begins one nor ends it."""
    return _TEXT.sub("", text.replace(r"\\", "").replace(r"\"", ""))


def _is_beyond(text: str) -> bool:
    return text.count("[") + text.count("{") > MOST or _LONG.search(text) is not None
