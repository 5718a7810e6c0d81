"""What the rules say of a stored fact, and the rules that only a replay can speak."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from domain.record import Entry
from workflows.machine import Rule
from workflows.rules import RULES as REFUSALS


class Judged(StrEnum):
    """What was judged: the *step* at the way in, or the *event* in the order in which things happened."""

    STEP = "step"
    EVENT = "event"


class Refusal(NamedTuple):
    """A stored fact that a rule refuses, and everything needed to see why.

    `machine`, `move` and `state` are empty where no machine speaks. `subject` is what a deviation about it
    would name: a visit, `infusion-1`, `randomization`.
    """

    entry: Entry
    judged: Judged
    rule: Rule
    machine: str = ""
    move: str = ""
    state: str = ""
    subject: str = ""

    @property
    def participant(self) -> str:
        """The code of the participant whose fact it is, empty for others."""
        kind, _, key = self.entry.record.stream.partition("/")
        return key.partition("/")[0] if kind in ("participant", "sample") else ""


RULES = {
    rule.code: rule
    for rule in (
        Rule(
            "command.unknown",
            "there is no command of the kind that is said to have made the fact",
            "没有所述类型的指令",
        ),
        Rule(
            "fact.alone",
            "the fact is stored without the one that its command makes beside it",
            "缺少同一指令所产生的另一事实",
        ),
        Rule(
            "protocol.not_in_force",
            "the fact names a protocol version that was not in force for it",
            "所述方案版本当时并未对其生效",
        ),
        Rule(
            "record.other_signer",
            "the signature names another signer than the one who is said to have given it",
            "签名所载签名人与指令所载操作人不一致",
        ),
        Rule("seal.broken", "a sealed value does not open with its key", "封存值无法用其密钥打开"),
        Rule(
            "randomize.out_of_order",
            "the place is not the next one of the allocation list",
            "所占位次并非分配表的下一位",
        ),
    )
}
"""Rules that no command can break, since the way in keeps them by itself."""


def rule_of(code: str) -> Rule:
    """The rule of a code, in words; a move that no table words is told by its code."""
    if code in RULES:
        return RULES[code]
    known = REFUSALS.get(code)
    return known[1] if known is not None else Rule(code, code, code)
