"""The command by which a look at unmasked data records itself."""

from typing import Annotated

from pydantic import StringConstraints

from domain.identifiers import ParticipantCode
from domain.record import NewFact
from domain.viewing import VIEWING_STREAM, AllocationViewed, Question
from workflows.command import Untimed
from workflows.situation import Situation, decides
from workflows.unblinding import without_arm


class ViewAllocation(Untimed):
    """Record that one is about to be told an allocation, or what follows from one."""

    KIND = "allocation.view"
    ANY_TIME = True
    question: Question
    purpose: Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)] = ""
    participant: ParticipantCode | None = None


@decides(ViewAllocation)
def view_allocation(command: ViewAllocation, situation: Situation) -> list[NewFact]:
    role = situation.by.role
    situation.unmasked()
    without_arm(command.purpose, situation.trial, command.question)
    fact = AllocationViewed(
        question=command.question,
        role=str(role),
        purpose=command.purpose,
        participant=command.participant or "",
    )
    return situation.facts_in(VIEWING_STREAM, situation.when_now(), fact)
