"""What a refusal means, in Chinese: the rule that speaks, which its own sentence then tells of this case."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from itertools import pairwise

from adapters.cli.options import LANGUAGE
from domain.errors import TrialogError


def is_asked_for(words: Sequence[str]) -> bool:
    """Whether the words of a command, or else the environment, ask for Chinese."""
    for word, following in pairwise((*words, "")):
        if word == "--language" and following in ("en", "zh"):
            return following == "zh"
        if word in ("--language=en", "--language=zh"):
            return word.endswith("zh")
    return os.environ.get(LANGUAGE) == "zh"


def rule_of(error: TrialogError) -> str:
    """The rule behind an error, in Chinese; "" where there are no words for it."""
    from adapters.cli.chinese_words import STATES
    from workflows.rules import RULES

    if error.code in RULES:
        return RULES[error.code][1].zh
    state = re.fullmatch(r"[a-z_]+\.[a-z_]+\.not_when_([a-z_]+)", error.code)
    return f"当前状态不允许此操作：{STATES.get(state[1], state[1])}" if state else ""
