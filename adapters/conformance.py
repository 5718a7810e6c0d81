"""Conformance replay held against the deviation log: each explains the other.

The replay asks the workflow's rules of every fact; the deviation log asks the protocol of the states. Neither
knows the other, so where both speak of one departure they check each other, and what only the replay knows of
is a fault of the product or of the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from adapters.app import App
from domain.casebook import TrialFold
from projections.as_of import View, entries_of
from projections.deviation_codes import WRONG_ROUTE
from projections.deviations import Deviation, deviations
from projections.ports import Unseal
from workflows.conformance import Judged, Refusal, quietly, replay

COVERS: dict[str, tuple[str, ...]] = {
    "site.not_yet_active": ("site.before_activation",),
    "procedure.before_consent": ("procedure.before_consent",),
    "consent.visits_withdrawn": ("visit.after_withdrawal",),
    "consent.treatment_withdrawn": ("infusion.after_withdrawal",),
    "consent.renewal_holds": ("consent.procedure_held",),
    "participant.died": ("record.after_death",),
    "randomize.eligibility_unsigned": ("randomization.before_eligibility",),
    "randomize.target_reached": ("randomization.beyond_target",),
    "infusion.before_randomization": ("infusion.before_randomization",),
    "infusion.lot_unreleased": ("infusion.lot_unreleased",),
    "infusion.lot_unusable": ("infusion.lot_withheld",),
    "infusion.lot_expired": ("infusion.lot_expired",),
    "infusion.use_by_passed": ("infusion.use_by_exceeded",),
    "infusion.route_mismatch": (WRONG_ROUTE,),
    "infusion.bag_taken": ("infusion.bag_of_another",),
    "infusion.not_planned": ("infusion.not_planned",),
}
"""What refuses an event, and the rules of the deviation log that tell the same departure."""

NO_STEP: dict[str, str] = {
    "visit.out_of_window": "no step is refused for it: a visit is recorded when it took place",
    "visit.missed": "nothing was done that could have been refused",
    "consent.outdated_version": "no step is refused for it: a consent is recorded as it was signed",
    "consent.unapproved_document": "no step is refused for it: a consent is recorded as it was signed",
    "consent.incomplete": "no step is refused for it: a consent is recorded as it was signed",
    "randomization.after_withdrawal": "no step is refused for it: an allocation made elsewhere is recorded",
    "randomization.ineligible": "no step was refused for it: the criterion was answered against later",
    "samples.without_consent": "no step is refused for it: a sample is recorded as it was taken",
    "samples.left_without_consent": "no step is refused for it: a hand-out is recorded as it was",
    "samples.left_without_permit": "no step is refused for it: a hand-out is recorded as it was",
    "consent.renewal_overdue": "nothing was done that could have been refused",
    "safety.reported_late": "no step is refused for it: a report is recorded when it was sent",
    "safety.follow_up_late": "no step is refused for it: a report is recorded when it was sent",
    "safety.ethics_late": "no step is refused for it: a report is recorded when it was sent",
    "safety.authority_late": "no step is refused for it: a report is recorded when it was sent",
    "safety.nullification_late": "no step is refused for it: a report is recorded when it was sent",
    "visit.assessments_omitted": "nothing was done that could have been refused",
    "samples.after_withdrawal": "no step is refused for it: a result is recorded as it was measured",
    "infusion.dose_departed": "no step is refused for it: a dose is recorded as it was given",
    "infusion.observation_short": "no step is refused for it: a watch is recorded as it was kept",
    "randomization.age": "no step is refused for it: an allocation made elsewhere is recorded",
    "randomization.error_noted": "noted by a person",
    "masking.broken_by_accident": "no step is refused for it: a disclosure is recorded as it came about",
    "noted": "noted by a person",
}
"""Deviations that no step could have been refused for, and why."""

_LATER = "no step was refused for it: what makes it a departure came later"


class Verdict(NamedTuple):
    """A refusal, and the deviation that tells the same; `resolved` when later facts have ended that one.

    A deviation explains what happened and was reported. A step that the rules refuse cannot have come in by a
    command, so it stays unexplained, whatever the log says of what it did.
    """

    refusal: Refusal
    deviation: Deviation | None
    resolved: bool = False

    @property
    def is_explained(self) -> bool:
        """Whether the history is in order here."""
        return self.deviation is not None and self.refusal.judged is Judged.EVENT

    @property
    def why(self) -> str:
        """The verdict in words."""
        if self.is_explained:
            return (
                "explained by the deviation, which later facts have ended" if self.resolved else "explained"
            )
        if self.refusal.judged is Judged.STEP:
            return "unexplained: the way in refuses it, so no command has stored it"
        return "unexplained: the deviation log does not tell it"


class Mirrored(NamedTuple):
    """A deviation of the log, the positions that the replay refuses for it, or why it refuses none."""

    deviation: Deviation
    refused_at: tuple[int, ...]
    why: str


class Conformance(NamedTuple):
    """A whole replay: how many facts it asked about, its refusals, and the deviation log held against it."""

    facts: int
    verdicts: tuple[Verdict, ...]
    deviations: tuple[Mirrored, ...]

    @property
    def unexplained(self) -> tuple[Verdict, ...]:
        """What is a fault of the product or of the store."""
        return tuple(each for each in self.verdicts if not each.is_explained)


def conformance(
    app: App, view: View, unseal: Unseal, progress: Callable[[int], None] = lambda _position: None
) -> Conformance:
    """The replay of the history a view knows of, held against its deviation log.

    Every fact is judged by those recorded before it. On the clinical axis, what is told is of those that had
    happened by then.
    """
    entries = app.reading.entries(view.trial_id, upto=view.position)
    told = {each.record.position for each in entries_of(app.reading, view)}
    opened = quietly(unseal)
    log = tuple(deviations(view, opened))
    explained = _Explaining(app, view, opened, log)

    def past(position: int) -> TrialFold:
        return TrialFold().run(app.reading.replay(view.trial_id, upto=position))

    refusals = replay(view.trial_id, entries, unseal, progress, past)
    verdicts = tuple(explained.verdict(each) for each in refusals if each.entry.record.position in told)
    return Conformance(len(told), verdicts, tuple(_mirrored(log, verdicts)))


class _Explaining:
    """Finds the deviation that tells of a refusal: in the log as of the view, or as it stood then."""

    def __init__(self, app: App, view: View, unseal: Unseal, log: Iterable[Deviation]) -> None:
        self._app = app
        self._view = view
        self._unseal = unseal
        self._log: dict[str, list[Deviation]] = {}
        for each in log:
            self._log.setdefault(each.participant, []).append(each)

    def verdict(self, refusal: Refusal) -> Verdict:
        """The refusal with what explains it."""
        now = _telling(refusal, self._log.get(refusal.participant, ()))
        if now is not None or refusal.judged is Judged.STEP:
            return Verdict(refusal, now)
        then = self._app.view(self._view.trial_id, refusal.entry.record.position)
        was = _telling(refusal, deviations(then, self._unseal, refusal.participant))
        return Verdict(refusal, was, resolved=was is not None)


def _telling(refusal: Refusal, log: Iterable[Deviation]) -> Deviation | None:
    rules = COVERS.get(refusal.rule.code, ())
    return next((each for each in log if each.rule in rules and each.subject == refusal.subject), None)


def _mirrored(log: Iterable[Deviation], verdicts: Iterable[Verdict]) -> Iterable[Mirrored]:
    refused: dict[str, list[int]] = {}
    for verdict in verdicts:
        if verdict.deviation is not None:
            refused.setdefault(verdict.deviation.id, []).append(verdict.refusal.entry.record.position)
    for deviation in log:
        at = tuple(dict.fromkeys(refused.get(deviation.id, ())))
        yield Mirrored(deviation, at, "" if at else NO_STEP.get(deviation.rule, _LATER))
