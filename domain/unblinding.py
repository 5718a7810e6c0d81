"""Unblinding: that somebody learned an allocation, and what it means for the results. Never the arm itself.

The topics below are the storage format. How they change a participant is in `domain.participant`.
"""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened

# ---------------------------------------------------------------- facts

DisclosureKind = Annotated[str, StringConstraints(pattern=r"^(planned|emergency|accidental)$")]
"""How an allocation came to be known."""


class Unblinded(Fact):
    """Somebody learned this participant's allocation. The arm itself is not in the fact."""

    TOPIC = "participant.unblinded.v1"
    PROMPT = True
    EN = "Allocation disclosed ({kind}) to {informed}: {reason}"
    ZH = "揭盲（{kind}），知情者 {informed}：{reason}"
    kind: DisclosureKind
    informed: tuple[str, ...]
    reason: FreeText


class UnblindingAssessed(Fact):
    """What the disclosure means for the trial's results."""

    TOPIC = "participant.unblinding_assessed.v1"
    EN = "Impact of the disclosure assessed: {assessment}"
    ZH = "揭盲影响评估：{assessment}"
    assessment: FreeText


# ---------------------------------------------------------------- states


class Disclosure(NamedTuple):
    """When an allocation was disclosed, how, to whom and why."""

    when: Happened
    kind: str
    informed: tuple[str, ...]
    reason: str


class DisclosureAssessed(NamedTuple):
    """What the disclosures up to then were found to mean for the results."""

    when: Happened
    assessment: str
