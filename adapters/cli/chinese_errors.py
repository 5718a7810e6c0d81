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
    said = os.environ.get(LANGUAGE)
    for word, following in pairwise((*words, "")):
        if word == "--language" and following in ("en", "zh"):
            said = following
        elif word in ("--language=en", "--language=zh"):
            said = word[-2:]
    return said == "zh"


_USAGE = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        (r"Missing command", r"缺少命令"),
        (r"No such command '([^']+)'", r"没有命令 '\1'"),
        (r"No such command '([^']+)'\. Did you mean (?:one of: )?(.+)\?", r"没有命令 '\1'。是否为 \2？"),
        (r"Missing argument '(.+)'", r"缺少参数 '\1'"),
        (r"Missing option '(.+)'", r"缺少选项 '\1'"),
        (r"No such option: (\S+)", r"没有选项 \1"),
        (r"No such option: (\S+) Did you mean (.+)\?", r"没有选项 \1。是否为 \2？"),
        (r"No such option: (\S+) \(Possible options: (.+)\)", r"没有选项 \1。可能的选项：\2"),
        (r"Option '(.+)' requires an argument", r"选项 '\1' 须给出值"),
        (r"Got unexpected extra arguments? ?(?:\(s\) )?\((.+)\)", r"多余的参数：\1"),
        (r"Invalid value for (.+?): a whole number is wanted.*", r"\1 须为整数，如 3"),
        (r"Invalid value for (.+?): (\S+) at least is wanted.*", r"\1 至少为 \2"),
        (r"Invalid value for (.+?): '(.*)' is not one of (.+)", r"\1 的值 '\2' 不在可选值之内：\3"),
    )
)
"""What is said of words that make no command, and the same in Chinese: nothing is left to be said."""


def told(error: TrialogError) -> str:
    """An error in Chinese, and after it what is known in English alone: the case, and the code."""
    from adapters.cli.chinese_advice import advice

    whole = _usage(error)
    advised = advice(error.remedy)
    if whole and (advised or not error.remedy):
        ends = "" if whole.endswith("？") else "。"
        return f"{whole}{ends}{f'{advised}。' if advised else ''}({error.code})"
    words = "。".join(filter(None, (whole or _rule(error), advised)))
    return f"{words}。{error}" if words else str(error)


def _usage(error: TrialogError) -> str:
    """What is wrong with the words of a command; "" where it is not put into Chinese as a whole."""
    if error.code != "usage":
        return ""
    matches = ((form.fullmatch(error.message), chinese) for form, chinese in _USAGE)
    return next((found.expand(chinese) for found, chinese in matches if found), "")


def _rule(error: TrialogError) -> str:
    from adapters.cli.chinese_faults import fault
    from adapters.cli.chinese_words import STATES
    from workflows.rules import RULES

    if error.code in RULES:
        return RULES[error.code][1].zh
    if fault(error.code):
        return fault(error.code)
    if error.code.partition(".")[0] == "usage":
        return "命令用法有误"
    state = re.fullmatch(r"[a-z_]+\.[a-z_]+\.not_when_([a-z_]+)", error.code)
    return f"当前状态不允许此操作：{STATES.get(state[1], state[1])}" if state else ""
