"""What a fact says, read such that every verifier judges it alike, however its reader of JSON is set."""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 100
"""How many characters an integer can have. No fact needs so many; and readers refuse from some number on that
differs between them: Python, as it is set, from 640 digits on at the least.
"""

DEEPEST = 64
"""How many arrays and objects can lie in one another, for the same reason."""

_NESTING = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def said_in(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON says
    """What JSON says. Raises ValueError or RecursionError for what is none, or is beyond these limits."""
    text = data.decode()
    said = _DECODER.decode(text)
    if text.count("[") + text.count("{") > DEEPEST:
        depth = 0
        for each in _NESTING.findall(text):
            depth += (each in "[{") - (each in "]}")
            if depth > DEEPEST:
                raise ValueError("nested too deep")
    return said


def _whole(digits: str) -> int:
    if len(digits) > LONGEST:
        raise ValueError("too long a number")
    return int(digits)


_DECODER = json.JSONDecoder(parse_int=_whole)
