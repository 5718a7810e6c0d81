"""Looks at unmasked data: that somebody entitled was told an allocation, in which role, by which question."""

from typing import Annotated

from pydantic import StringConstraints

from domain.fact import Fact, FreeText

VIEWING_STREAM = "viewing"
"""The stream of a trial's looks at allocations. They have no state: each is a fact of its own."""

Question = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_.-]{1,60}$")]
"""The policy's name of a question, as `participant.show`."""


class AllocationViewed(Fact):
    """An answer that tells an allocation, or what follows from one, was asked for (RN-09).

    It stands before the answer is given. `participant` is whose allocation it was, "" for more than one.
    """

    TOPIC = "allocation.viewed.v1"
    EN = "Unmasked data of {whose} viewed in the role {role} ({question}), purpose: {purpose}"
    ZH = "{role} 查看 {whose_zh} 的揭盲数据（{question}），目的：{purpose}"
    CODED = ("role",)
    question: Question
    role: str
    purpose: FreeText = ""
    participant: str = ""

    @property
    def whose(self) -> str:
        """Whose data, for the sentence."""
        return self.participant or "more than one participant"

    @property
    def whose_zh(self) -> str:
        """Whose data, for the sentence in Chinese."""
        return self.participant or "多名试验参与者"
