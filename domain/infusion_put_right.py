"""What was recorded of an infusion in error, put right or taken back: the facts, and what they change."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any

from pydantic import StringConstraints

from domain.amount import Amount, in_words
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.happened import Happened
from domain.infusion_fact import InfusionFact
from domain.infusion_state import Before, Infusion, InfusionStatus, with_amounts
from domain.replacing import replace
from domain.words import in_chinese

# ---------------------------------------------------------------- facts

TimedStep = Annotated[
    str, StringConstraints(pattern=r"^(thawed|started|ended|(paused|resumed)-[1-9][0-9]?)$")
]
"""A step whose time is counted from or judged by (`TIMED`); of a pause with its number, as `paused-1`."""

ToldWith = Annotated[str, StringConstraints(pattern=r"^(thawed|started|paused|resumed|ended)$")]
"""The step with which a datum was told."""


class DoseCorrected(InfusionFact):
    """What was recorded of a dose given is put right, or added. What is left out stands as it was; `was` is
    all that stood there before, in words. It stands at the time of the step that the dose was told with.
    """

    TOPIC = "infusion.dose_corrected.v1"
    EN = "Infusion {infusion}: dose given corrected to {now}, was {was}"
    ZH = "第 {infusion} 次输注：实际剂量更正为 {now}，原为 {was}"
    SILENT = ("told_with",)
    PUTS_RIGHT = "corrected"
    volume_ml: Decimal | None = None
    cells_million: Decimal | None = None
    weight_kg: Decimal | None = None
    was: str
    told_with: ToldWith = "ended"

    @property
    def now(self) -> str:
        """What it is corrected to, for the sentence."""
        return in_words(self.cells_million, self.volume_ml, self.weight_kg)


class UseByCorrected(InfusionFact):
    """The time by which the product must be given is put right; `was` is what stood there. It stands at the
    time of the thaw or, where none is recorded, of the start.
    """

    TOPIC = "infusion.use_by_corrected.v1"
    EN = "Infusion {infusion}: use by corrected to {use_by}, was {was}"
    ZH = "第 {infusion} 次输注：使用期限更正为 {use_by}，原为 {was}"
    SILENT = ("told_with",)
    PUTS_RIGHT = "corrected"
    use_by: ClinicalTime
    was: ClinicalTime
    told_with: ToldWith = "thawed"


class InfusionTimeCorrected(InfusionFact):
    """A step was taken at another time than was recorded; `was` is what stood there, None for an end that was
    left out of a report. It stands at the right time; of an end that is told with the infusion as a whole, at
    the start that it is told with.
    """

    TOPIC = "infusion.time_corrected.v1"
    EN = "Infusion {infusion}: {what} corrected to {at}, was {was}"
    ZH = "第 {infusion} 次输注：{what_zh}时间更正为 {at}，原为 {was}"
    SILENT = ("told_with",)
    PUTS_RIGHT = "corrected"
    step: TimedStep
    at: ClinicalTime
    was: ClinicalTime | None
    told_with: ToldWith

    def moves(self, fact: Fact) -> bool:
        """Whether a fact that stands at the wrong time stands there on account of this step."""
        if not isinstance(fact, InfusionFact) or fact.infusion != self.infusion:
            return False
        if isinstance(fact, InfusionTimeCorrected) and fact.pause:
            return fact.step == self.step
        if isinstance(fact, DoseCorrected | UseByCorrected | InfusionTimeCorrected):
            return fact.told_with == self.step
        return self.step.partition("-")[0] == fact.STEP

    @property
    def pause(self) -> str:
        """The number of the pause that it is about, "" for another step."""
        return self.step.partition("-")[2]

    @property
    def what(self) -> str:
        """The step, for the sentence."""
        kind = {"paused": "pause", "resumed": "end of pause"}
        return f"{kind[self.told_with]} {self.pause}" if self.pause else self.step

    @property
    def what_zh(self) -> str:
        """The step, for the sentence in Chinese."""
        step = in_chinese(self.step.partition("-")[0])
        return f"第 {self.pause} 次{step}" if self.pause else step


class InfusionVoided(InfusionFact):
    """The infusion that was recorded to have started at `was`, where this stands, was not given to this
    participant: all that was said of it from the start on never was. As a `whole`: no step of it after the
    order, from the bag on that was assigned at `was`.
    """

    TOPIC = "infusion.voided.v1"
    EN = "Infusion {infusion}: voided as recorded in error: {what} {was}"
    ZH = "第 {infusion} 次输注：误录作废：自 {was} 起的{what_zh}"
    STEP = "started"
    PUTS_RIGHT = "voided"
    was: ClinicalTime
    whole: bool = False

    @property
    def what(self) -> str:
        """What is voided, for the sentence."""
        return "every step from" if self.whole else "given from"

    @property
    def what_zh(self) -> str:
        """What is voided, for the sentence in Chinese."""
        return "所有步骤" if self.whole else "输注"


class NotGivenVoided(InfusionFact):
    """That the infusion was not given, as was recorded of `was`, where this stands, was recorded in error: it
    can still be given.
    """

    TOPIC = "infusion.not_given_voided.v1"
    EN = "Infusion {infusion}: voided as recorded in error: not given, {was}"
    ZH = "第 {infusion} 次输注：误录作废：未输注，{was}"
    PUTS_RIGHT = "voided"
    was: ClinicalTime


# ---------------------------------------------------------------- what they change


def says_nothing_new(infusion: Infusion, fact: DoseCorrected) -> bool:
    """Whether a correction leaves the dose as it is recorded."""
    now = with_amounts(infusion, fact, 0)
    return now.amounts == infusion.amounts


def _dose_corrected(infusion: Infusion, fact: DoseCorrected, when: Happened) -> Infusion:
    return with_amounts(replace(infusion, corrected=(*infusion.corrected, when)), fact, when.fact)


def _use_by_corrected(infusion: Infusion, fact: UseByCorrected, when: Happened) -> Infusion:
    right = replace(infusion, use_by=fact.use_by, use_by_corrected=when.fact)
    return replace(right, corrected=(*infusion.corrected, when))


def _retimed(infusion: Infusion, fact: InfusionTimeCorrected, when: Happened) -> Infusion:
    known = infusion.when(fact.step)
    if (None if known is None else known.at) != fact.was or not infusion.tells(fact.step):
        return infusion
    right = infusion.at_another_time(fact.step, Happened(fact.at, when.fact))
    return replace(right, corrected=(*infusion.corrected, when))


def _taken_back(infusion: Infusion, fact: InfusionVoided, when: Happened) -> Infusion:
    """The infusion as it stood before it was given: where it was given step by step, with access placed. As a
    whole, as it was ordered.
    """
    if fact.whole:
        return _as_ordered(infusion, fact, when)
    if infusion.started is None or infusion.started.at != fact.was:
        return infusion
    before = infusion.before or Before(
        InfusionStatus.ACCESS_PLACED,
        infusion.lot,
        infusion.bag,
        infusion.use_by,
        infusion.access,
        infusion.weight_kg,
        None,
    )
    return replace(
        infusion,
        **before._asdict(),
        started=None,
        ended=None,
        pauses=(),
        stopped_early=False,
        stopped_because="",
        cells_million=None,
        volume_ml=None,
        protocol_version="",
        watched=None,
        given_after_all=None,
        before=None,
        use_by_corrected=infusion.use_by_corrected if infusion.before is None else 0,
        corrected=(*infusion.corrected, when),
        taken_back=when.fact,
    )


def _as_ordered(infusion: Infusion, fact: InfusionVoided, when: Happened) -> Infusion:
    begun, ordered = infusion.begun, infusion.ordered
    if begun is None or begun.at != fact.was:
        return infusion
    weight = ordered.weight_kg if ordered is not None else None
    return Infusion(
        infusion.number,
        status=InfusionStatus.ORDERED if ordered is not None else None,
        ordered=ordered,
        weight_kg=Amount(weight, ordered.when.fact) if ordered is not None and weight is not None else None,
        corrected=(*infusion.corrected, when),
        taken_back=when.fact,
    )


def _still_to_give(infusion: Infusion, fact: NotGivenVoided, when: Happened) -> Infusion:
    """The infusion as it stood before it was recorded as not given."""
    known = infusion.not_given
    if known is None or known.when.at != fact.was or infusion.started is not None:
        return infusion
    corrected = (*infusion.corrected, when)
    return replace(
        infusion,
        status=known.stood,
        not_given=None,
        closed=None,
        corrected=corrected,
        taken_back=when.fact,
    )


PUT_RIGHT: dict[type[Fact], Callable[[Infusion, Any, Happened], Infusion]] = {
    DoseCorrected: _dose_corrected,
    UseByCorrected: _use_by_corrected,
    InfusionTimeCorrected: _retimed,
    InfusionVoided: _taken_back,
    NotGivenVoided: _still_to_give,
}
"""How each fact that puts right or takes back changes an infusion."""
