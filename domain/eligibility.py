"""Eligibility: the criteria as they were answered, the signature on them, and who did not pass.

The topics below are the storage format. How they change a participant is in `domain.participant`.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key
from domain.protocol import Criterion

# ---------------------------------------------------------------- facts


class CriterionAnswered(Fact):
    """One eligibility criterion answered; None where it could not be."""

    TOPIC = "eligibility.criterion_answered.v1"
    EN = "Eligibility criterion {criterion}: {holds} {note}"
    ZH = "入排标准 {criterion}：{holds} {note}"
    SILENT = ("note",)
    criterion: Key
    holds: bool | None = None
    note: FreeText = ""


class EligibilitySigned(Fact):
    """An investigator has signed that the participant is eligible."""

    TOPIC = "eligibility.signed.v1"
    PROMPT = True
    EN = "Eligibility signed on {criteria} criteria"
    ZH = "签署入选资格（{criteria} 条标准）"
    criteria: int


class ScreenFailed(Fact):
    """The participant does not enter the trial."""

    TOPIC = "participant.screen_failed.v1"
    EN = "Screen failure: {reasons}"
    ZH = "筛选失败：{reasons}"
    reasons: tuple[str, ...]


# ---------------------------------------------------------------- state


class Answer(NamedTuple):
    """The standing answer to one criterion."""

    holds: bool | None
    when: Happened
    note: str = ""


def answered_against(answers: Mapping[str, Answer], criteria: Iterable[Criterion]) -> tuple[str, ...]:
    """The criteria whose answer keeps the participant out; one that nobody could answer does not."""
    return tuple(
        each.id for each in criteria if each.id in answers and answers[each.id].holds is (not each.admits)
    )
