"""What people say of a deviation, and do about it: its cause, actions, and whom it was told to.

A deviation is computed, or noted by hand; the facts here name its stable id. How it is weighed is an older
fact of the outcomes (`deviation.classified.v1`).
"""

from typing import Annotated, NamedTuple

from pydantic import StringConstraints

from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.safety import Recipient

DeviationId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{3,60}$")]
ActionKind = Annotated[str, StringConstraints(pattern=r"^(corrective|preventive)$")]

# ---------------------------------------------------------------- facts


class DeviationFact(Fact):
    """A fact about one deviation of the participant."""

    deviation: DeviationId


class DeviationExplained(DeviationFact):
    """Why it came about. `hazard` names the immediate hazard that it averted, where it did."""

    TOPIC = "deviation.explained.v1"
    EN = "Deviation {deviation} explained: {cause}; immediate hazard averted: {hazard}"
    ZH = "方案偏离 {deviation} 原因：{cause}；所消除的紧急危害：{hazard}"
    ABSENT = ("none", "无")
    cause: FreeText
    hazard: FreeText = ""


class DeviationActionTaken(DeviationFact):
    """What was done so that it is put right (corrective), or does not come again (preventive)."""

    TOPIC = "deviation.action_taken.v1"
    EN = "Deviation {deviation}, {kind} action: {action}"
    ZH = "方案偏离 {deviation}，{kind} 措施：{action}"
    kind: ActionKind
    action: FreeText


class DeviationReported(DeviationFact):
    """It was told to somebody outside the site, effective when it was sent."""

    TOPIC = "deviation.reported.v1"
    EN = "Deviation {deviation} reported to the {recipient} {reference}"
    ZH = "方案偏离 {deviation} 已报告 {recipient} {reference}"
    SILENT = ("reference",)
    recipient: Recipient
    reference: FreeText = ""


class HazardExceptionNotified(DeviationFact):
    """That the protocol was left to avert an immediate hazard was told to somebody."""

    TOPIC = "deviation.hazard_notified.v1"
    EN = "Deviation {deviation}, made to avert an immediate hazard, notified to the {recipient} {reference}"
    ZH = "方案偏离 {deviation}（为消除紧急危害）已通知 {recipient} {reference}"
    SILENT = ("reference",)
    recipient: Recipient
    reference: FreeText = ""


# ---------------------------------------------------------------- state


class Explanation(NamedTuple):
    """Why a deviation came about, and the hazard it averted, "" for none."""

    cause: str
    hazard: str
    when: Happened


class Action(NamedTuple):
    """What was done about a deviation."""

    kind: str
    action: str
    when: Happened


class Told(NamedTuple):
    """Whom a deviation was told to."""

    recipient: str
    reference: str
    when: Happened


class Handling(NamedTuple):
    """Everything people said of one deviation and did about it, oldest first."""

    explained: tuple[Explanation, ...] = ()
    actions: tuple[Action, ...] = ()
    reports: tuple[Told, ...] = ()
    notices: tuple[Told, ...] = ()

    @property
    def hazard(self) -> str:
        """The hazard that the deviation averted, as last explained; "" for none."""
        return self.explained[-1].hazard if self.explained else ""

    def first_told(self, recipient: str) -> Happened | None:
        """When it was first told to a recipient."""
        return next((each.when for each in self.reports if each.recipient == recipient), None)


Handled = dict[str, Handling]
"""What became of a participant's deviations, by their id."""


def evolve(handled: Handled, fact: DeviationFact, when: Happened) -> Handled:
    """What became of the deviations after one more fact. Total: what it does not know changes nothing."""
    known = handled.get(fact.deviation, Handling())
    match fact:
        case DeviationExplained():
            word = Explanation(fact.cause, fact.hazard, when)
            known = known._replace(explained=(*known.explained, word))
        case DeviationActionTaken():
            known = known._replace(actions=(*known.actions, Action(fact.kind, fact.action, when)))
        case DeviationReported():
            told = Told(fact.recipient, fact.reference, when)
            known = known._replace(reports=(*known.reports, told))
        case HazardExceptionNotified():
            told = Told(fact.recipient, fact.reference, when)
            known = known._replace(notices=(*known.notices, told))
    return {**handled, fact.deviation: known}
