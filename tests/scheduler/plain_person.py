"""What is known of one participant, kept plainly beside the product: the dates that alerts follow from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain import consent_given, eligibility, infusion, participant, visit
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from tests.scheduler.plain_deviations import PlainDeviations

_ENDS: dict[type[Fact], str] = {
    participant.Died: "participant_died",
    participant.LostToFollowUp: "participant_lost",
    participant.Completed: "participant_completed",
    participant.FollowUpEnded: "follow_up_ended",
    eligibility.ScreenFailed: "screen_failed",
}


@dataclass
class PlainPerson:
    """What is known of one participant: when things happened, and by which fact."""

    site: str
    consents: list[tuple[str, ClinicalTime, int]] = field(default_factory=list)
    asked: dict[str, tuple[ClinicalTime, int]] = field(default_factory=dict)
    infused: tuple[ClinicalTime, int] | None = None
    visits: dict[str, str] = field(default_factory=dict)
    attended: dict[str, tuple[ClinicalTime, int]] = field(default_factory=dict)
    randomized: bool = False
    ends: list[tuple[datetime, str]] = field(default_factory=list)
    ended: list[tuple[datetime, int, ClinicalTime]] = field(default_factory=list)
    thawed: tuple[ClinicalTime, int] | None = None
    used: str = ""
    serious: dict[str, tuple[ClinicalTime, int]] = field(default_factory=dict)
    reported: set[tuple[str, str]] = field(default_factory=set)
    deviations: PlainDeviations = field(default_factory=PlainDeviations)

    def take(self, fact: Fact, at: ClinicalTime, position: int) -> None:
        """Learn of a fact of theirs."""
        self.deviations.take(fact, at, position)
        match fact:
            case consent_given.ConsentGiven():
                self.consents.append((fact.version, at, position))
                self.asked.pop(fact.version, None)
            case consent_given.ReconsentRequested():
                self.asked[fact.version] = (at, position)
            case visit.VisitAttended():
                self.visits[fact.visit] = "visit_attended"
                self.attended.setdefault(fact.visit, (at, position))
            case participant.Randomized():
                self.randomized = True
            case visit.VisitMissed():
                self.visits.setdefault(fact.visit, "visit_known_missed")
            case infusion.InfusionFact():
                self._of_infusion(fact, at, position)
            case consent_given.ConsentWithdrawn() if fact.scope in ("all", "visits"):
                self._ends("participant_withdrew", at, position)
            case _ if type(fact) in _ENDS:
                self._ends(_ENDS[type(fact)], at, position)

    def _ends(self, why: str, at: ClinicalTime, position: int) -> None:
        self.ends.append((at.earliest, why))
        self.ended.append((at.earliest, position, at))

    def _of_infusion(self, fact: Fact, at: ClinicalTime, position: int) -> None:
        match fact:
            case infusion.ProductThawed():
                self.thawed = (fact.use_by, position)
            case infusion.InfusionStarted() | infusion.InfusionReported():
                if self.infused is None or at.earliest < self.infused[0].earliest:
                    self.infused = (at, position)
                if fact.infusion == 1:
                    is_over = isinstance(fact, infusion.InfusionReported) and fact.ended is not None
                    self.used = self.used or ("infusion_ended" if is_over else "infusion_started")
            case infusion.InfusionCompleted() | infusion.InfusionStoppedEarly():
                self.used = "infusion_ended"
