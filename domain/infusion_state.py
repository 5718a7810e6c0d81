"""The state of one infusion: where it stands, and what is recorded of the product and of its times."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from domain.amount import Amount, in_words
from domain.clinical_time import ClinicalTime
from domain.happened import Happened
from domain.infusion_fact import InfusionFact
from domain.replacing import replace
from domain.sealed import Sealed


class InfusionStatus(StrEnum):
    """Where an infusion stands."""

    ORDERED = "ordered"
    LOT_ASSIGNED = "lot_assigned"
    RELEASED = "released"
    RECEIVED = "received"
    THAWED = "thawed"
    IDENTITY_CHECKED = "identity_checked"
    PREMEDICATED = "premedicated"
    ACCESS_PLACED = "access_placed"
    INFUSING = "infusing"
    PAUSED = "paused"
    COMPLETED = "completed"
    STOPPED_EARLY = "stopped_early"
    NOT_GIVEN = "not_given"
    OBSERVED = "observed"
    CLOSED = "closed"


class Ordered(NamedTuple):
    """The dose that was prescribed, the weight it was prescribed for, and when."""

    dose: Decimal
    unit: str
    weight_kg: Decimal | None
    when: Happened


class Received(NamedTuple):
    """The bag that arrived where it is given, whether intact, and when."""

    bag: str
    intact: bool
    when: Happened


class Checked(NamedTuple):
    """The bag that was checked at the bedside, by whom, and when."""

    bag: str
    checkers: tuple[str, ...]
    when: Happened


class Premedication(NamedTuple):
    """What was given before the infusion, "" where nothing was needed, and when that was."""

    medication: str
    when: Happened


class Pause(NamedTuple):
    """When the flow was interrupted, why, and when it went on."""

    when: Happened
    reason: str
    resumed: Happened | None = None


class Watch(NamedTuple):
    """How many hours somebody was watched after an infusion, what was seen, and the fact that says so."""

    hours: int
    when: Happened
    reactions: str = ""


class Before(NamedTuple):
    """What stood of an infusion before it was reported as a whole."""

    status: InfusionStatus | None
    lot: str
    bag: str
    use_by: ClinicalTime | None
    access: Sealed | None
    weight_kg: Amount | None
    closed: Happened | None


class NotGiven(NamedTuple):
    """When it was recorded as not given and why, and where it stood before."""

    when: Happened
    stood: InfusionStatus | None
    reason: str


TIMED = ("thawed", "started", "ended")
"""The steps whose time is counted from or judged by, in the order in which they are taken. Between start and
end come its pauses, each with its number: `paused-1`, `resumed-1`.
"""


@dataclass(frozen=True, slots=True)
class Infusion:
    """The state of one infusion; of the dose given what is recorded: cells in 10^6, volume, weight."""

    number: int
    status: InfusionStatus | None = None
    ordered: Ordered | None = None
    lot: str = ""
    bag: str = ""
    assigned: Happened | None = None
    released: Happened | None = None
    received: Received | None = None
    thawed: Happened | None = None
    viability_percent: Amount | None = None
    use_by: ClinicalTime | None = None
    checked: Checked | None = None
    premedicated: Premedication | None = None
    access: Sealed | None = None
    access_placed: Happened | None = None
    started: Happened | None = None
    pauses: tuple[Pause, ...] = ()
    ended: Happened | None = None
    protocol_version: str = ""
    watched: Watch | None = None
    cells_million: Amount | None = None
    volume_ml: Amount | None = None
    weight_kg: Amount | None = None
    stopped_early: bool = False
    stopped_because: str = ""
    closed: Happened | None = None
    corrected: tuple[Happened, ...] = ()
    """When its dose or a time of it was put right, or it was taken back, each by its fact."""
    given_after_all: Happened | None = None
    """When it was reported as given, once it had been recorded as not given."""
    use_by_corrected: int = 0
    """The fact that put the use-by time right last; 0 for none."""
    before: Before | None = None
    """Where it stood before it was reported as a whole; None for one that was given step by step."""
    not_given: NotGiven | None = None
    taken_back: int = 0
    """The fact that took back last how it had gone; 0 for none."""

    @property
    def times(self) -> dict[str, Happened]:
        """When each step with a time of its own was taken (`TIMED`), in the order in which they are."""
        paused = (
            time
            for number, each in enumerate(self.pauses, start=1)
            for time in ((f"paused-{number}", each.when), (f"resumed-{number}", each.resumed))
        )
        times = (("thawed", self.thawed), ("started", self.started), *paused, ("ended", self.ended))
        return {step: when for step, when in times if when is not None}

    @property
    def begun(self) -> Happened | None:
        """The first step after the order that is recorded: the bag assigned or, without one, the start."""
        return self.assigned or self.started

    def when(self, step: str) -> Happened | None:
        """When a step with a time of its own was taken, or None."""
        return self.times.get(step)

    def at_another_time(self, step: str, when: Happened) -> "Infusion":
        """The infusion with a step that was taken then."""
        name, _, number = step.partition("-")
        moved: dict[str, Any] = {"when" if name == "paused" else name: when}
        if not number:
            return replace(self, **moved)
        before, after = self.pauses[: int(number) - 1], self.pauses[int(number) :]
        return replace(self, pauses=(*before, self.pauses[int(number) - 1]._replace(**moved), *after))

    def tells(self, step: str) -> bool:
        """Whether the time of a step is recorded, or was left out of the report that told of it."""
        is_left_out = step == "ended" and self.before is not None and self.started is not None
        return self.when(step) is not None or is_left_out

    @property
    def has_ended(self) -> bool:
        """Whether it was given, wholly or in part, and is over."""
        return self.started is not None and self.status in _OVER

    @property
    def end_told_with(self) -> str:
        """The step that end and dose were told with: the end or, of one reported as a whole, its start."""
        return "ended" if self.before is None else "started"

    @property
    def amounts(self) -> str:
        """What is recorded of the dose given, as people write it."""
        known = (self.cells_million, self.volume_ml, self.weight_kg)
        return in_words(*(None if each is None else each.value for each in known))


_OVER = frozenset(
    {
        InfusionStatus.COMPLETED,
        InfusionStatus.STOPPED_EARLY,
        InfusionStatus.OBSERVED,
        InfusionStatus.CLOSED,
    }
)


def with_amounts(infusion: Infusion, fact: InfusionFact, position: int) -> Infusion:
    """The infusion with the amounts that a fact tells; those that it leaves out stand."""
    told: dict[str, Any] = {
        name: Amount(value, position)
        for name in ("cells_million", "volume_ml", "weight_kg")
        if (value := getattr(fact, name, None)) is not None
    }
    return replace(infusion, **told) if told else infusion
