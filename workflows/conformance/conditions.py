"""What decisions ask of facts besides the machines: for each fact the conditions that must not hold.

A condition is told with the code of its rule; the words are those of the decisions (`workflows.rules`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from domain import infusion, observation, outcome, participant, product_lot, trial, visit
from domain.fact import Fact
from domain.outcome import Outcomes
from domain.protocol import RandomizationMethod
from domain.visit import UNSCHEDULED
from workflows.conformance.looking import Seen
from workflows.observation import Reading, readable

Conditions = Iterable[tuple[bool, str]]
"""Whether a rule is broken, and its code."""

Asking = Callable[[Any, Seen], Conditions]

# ---------------------------------------------------------------- the trial


def _version_is_new(fact: trial.ProtocolAmended, seen: Seen) -> Conditions:
    yield _knows(seen, fact.version), "protocol.version_taken"


def _version_is_known(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - several facts name a version
    yield not _knows(seen, fact.version), "protocol.unknown_version"


def _confirmed(fact: trial.AssumptionsConfirmed, seen: Seen) -> Conditions:
    digests = {known.version: known.digest for known in seen.trial.versions}
    yield fact.version not in digests, "protocol.unknown_version"
    yield digests.get(fact.version, fact.digest) != fact.digest, "protocol.other_digest"


def _site_begins(fact: trial.SiteActivated, seen: Seen) -> Conditions:
    yield fact.site in seen.trial.sites, "site.active_already"
    planned = seen.trial.protocol.site_plans if seen.trial.versions else {}
    yield fact.site not in planned, "site.unknown"


def _site_goes_on(fact: trial.SiteVersionAdopted, seen: Seen) -> Conditions:
    followed = seen.trial.sites.get(fact.site, ())
    yield not followed, "site.not_active"
    yield bool(followed) and followed[-1].version == fact.version, "site.version_already"
    if not _knows(seen, fact.version):
        yield True, "protocol.unknown_version"
    else:
        plans = seen.trial.document(fact.version).protocol.site_plans
        yield fact.site not in plans, "site.unknown"


def _cut(fact: trial.DataCutNamed, seen: Seen) -> Conditions:
    yield fact.name in seen.trial.cuts, "data_cut.name_taken"
    yield not 1 <= fact.position <= seen.looking.situation.head, "data_cut.no_position"


def _unlocked(_fact: trial.Unlocked, seen: Seen) -> Conditions:
    yield not seen.looking.situation.has_reason, "trial.no_reason"


def _place_used(fact: trial.AllocationUsed, seen: Seen) -> Conditions:
    yield not seen.is_beside(participant.Randomized, place=fact.place), "fact.alone"
    yield fact.place != seen.looking.enrolment.allocated + 1, "randomize.out_of_order"


def _knows(seen: Seen, version: str) -> bool:
    return any(known.version == version for known in seen.trial.versions)


# ---------------------------------------------------------------- the participant


def _screened(fact: participant.PreScreened, seen: Seen) -> Conditions:
    known = seen.looking.situation.states.casebook(fact.code)
    yield known is not None and known.participant is not None, "participant.code_taken"
    yield fact.site not in seen.trial.sites, "site.not_active"
    yield not seen.trial.enrolling, "screening.enrolment_closed"


def _consented(fact: participant.ConsentGiven, seen: Seen) -> Conditions:
    same = (fact.version, seen.record.effective_at)
    given = {(each.version, each.when.at) for each in seen.case.participant.consents}
    yield same in given, "consent.recorded_already"


def _reconsent(_fact: participant.ReconsentRequested, seen: Seen) -> Conditions:
    yield seen.case.participant.ended is not None, "participant.ended"


def _withdrew(fact: participant.ConsentWithdrawn, seen: Seen) -> Conditions:
    scopes = {each.scope for each in seen.case.participant.withdrawals}
    yield fact.scope in scopes, "consent.withdrawn_already"


def _answered(fact: participant.CriterionAnswered, seen: Seen) -> Conditions:
    criteria = {criterion.id for criterion in seen.case.protocol.eligibility.criteria}
    yield fact.criterion not in criteria, "eligibility.unknown_criterion"


def _randomized(fact: participant.Randomized, seen: Seen) -> Conditions:
    yield not seen.is_beside(trial.AllocationUsed, place=fact.place, participant=seen.case.code), "fact.alone"
    if seen.case.protocol.randomization.method is RandomizationMethod.EXTERNAL:
        yield seen.case.participant.randomized is not None, "randomization.recorded_already"


def _once(name: str, code: str) -> Asking:
    """What can be true of a participant once."""

    def ask(_fact: Fact, seen: Seen) -> Conditions:
        yield getattr(seen.case.participant, name) is not None, code

    return ask


def _disclosed_before(_fact: participant.UnblindingAssessed, seen: Seen) -> Conditions:
    yield not seen.case.participant.unblinded, "unblinding.none"


# ---------------------------------------------------------------- visits, infusions, lots


def _visit_is_planned(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the three facts of a visit
    yield not _is_visit(fact.visit, seen), "visit.unknown"


def _appointed(fact: visit.VisitScheduled, seen: Seen) -> Conditions:
    yield from _visit_is_planned(fact, seen)
    yield fact.appointment.latest <= seen.looking.situation.now.moment, "visit.appointment_past"


def _is_visit(name: str, seen: Seen) -> bool:
    return name.startswith(UNSCHEDULED) or name in seen.case.protocol.visit_plans


def _thawed(fact: infusion.ProductThawed, seen: Seen) -> Conditions:
    yield fact.use_by.latest <= seen.record.effective_at.earliest, "infusion.use_by_before_thaw"


def _reported(fact: infusion.InfusionReported, seen: Seen) -> Conditions:
    known = seen.case.casebook.infusions.get(fact.infusion)
    yield known is not None and known.started is not None, "infusion.recorded_already"
    ended = fact.ended
    yield (
        ended is not None and ended.latest <= seen.record.effective_at.earliest,
        "infusion.ends_before_start",
    )


def _bag_assigned(fact: product_lot.BagAssigned, seen: Seen) -> Conditions:
    by = (infusion.LotAssigned, infusion.InfusionReported)
    yield not seen.is_beside(*by, lot=fact.lot, bag=fact.bag), "fact.alone"


def _lot_is_known(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the facts of a lot
    yield seen.looking.situation.lot_if_any(fact.lot) is None, "lot.unknown"


# ---------------------------------------------------------------- results


def _measured(fact: observation.ResultRecorded, seen: Seen) -> Conditions:
    yield from _entered(fact, seen, fact.value, fact.unit)


def _graded(fact: observation.AssessmentGraded, seen: Seen) -> Conditions:
    yield from _entered(fact, seen, fact.grade, "")


def _entered(fact: observation.VisitResult, seen: Seen, value: str, unit: str) -> Conditions:
    is_visit = _is_visit(fact.visit, seen) or fact.visit in seen.case.casebook.visits
    yield not is_visit, "visit.unknown"
    yield _standing(fact, seen) is not None, "result.recorded_already"
    yield from _taken(fact, seen, value, unit)


def _remeasured(fact: observation.ResultCorrected, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    yield from _taken(fact, seen, fact.value, fact.unit)


def _regraded(fact: observation.AssessmentCorrected, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    yield from _taken(fact, seen, fact.grade, "")


def _taken(fact: observation.VisitResult, seen: Seen, value: str, unit: str) -> Conditions:
    """A value the protocol's item can have: a number in a unit it knows, or one of its grades."""
    item = seen.case.protocol.item_plans.get(fact.result.partition("#")[0])
    yield item is None, "item.unknown"
    if item is not None and not readable(item, Reading(item=item.id, value=value, unit=unit)):
        yield True, "result.unit_unknown" if item.is_quantity else "result.grade_unknown"


def _changed(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - corrections and voids
    standing = _standing(fact, seen)
    yield standing is None, "result.unknown"
    yield standing is not None and observation.told(standing) != fact.was, "result.changed_meanwhile"
    yield not seen.looking.situation.has_reason, "correction.no_reason"


def _voided(fact: observation.ResultVoided, seen: Seen) -> Conditions:
    yield from _changed(fact, seen)
    standing = _standing(fact, seen)
    yield standing is not None and standing.state == "voided", "result.voided_already"


def _questioned(fact: observation.EditCheckFired, seen: Seen) -> Conditions:
    made = (observation.ResultRecorded, observation.ResultCorrected)
    yield not seen.is_beside(*made, visit=fact.visit, result=fact.result), "fact.alone"


def _confirmed_value(fact: observation.EditCheckAnswered, seen: Seen) -> Conditions:
    standing = _standing(fact, seen)
    yield standing is None, "result.unknown"
    yield standing is not None and not standing.check, "edit_check.none_open"


def _standing(fact: observation.VisitResult, seen: Seen) -> observation.Result | None:
    return seen.case.casebook.results.get(fact.visit, {}).get(fact.result)


# ---------------------------------------------------------------- outcomes


def _opened(fact: outcome.DecompensationOpened, seen: Seen) -> Conditions:
    yield fact.type not in seen.case.protocol.decompensation, "decompensation.type"
    yield fact.episode in _outcomes(seen).episodes, "decompensation.recorded_already"


def _of_episode(fact: Any, seen: Seen) -> Conditions:  # noqa: ANN401 - the later facts of an episode
    yield fact.episode not in _outcomes(seen).episodes, "decompensation.unknown"


def _resolved(fact: outcome.DecompensationResolved, seen: Seen) -> Conditions:
    yield from _of_episode(fact, seen)
    known = _outcomes(seen).episodes.get(fact.episode)
    yield known is not None and known.resolved is not None, "decompensation.resolved_already"


def _outcomes(seen: Seen) -> Outcomes:
    return seen.case.casebook.outcomes or Outcomes()


CONDITIONS: dict[type[Fact], Asking] = {
    trial.ProtocolAmended: _version_is_new,
    trial.AssumptionsConfirmed: _confirmed,
    trial.EthicsApproved: _version_is_known,
    trial.SiteActivated: _site_begins,
    trial.SiteVersionAdopted: _site_goes_on,
    trial.DataCutNamed: _cut,
    trial.Unlocked: _unlocked,
    trial.AllocationUsed: _place_used,
    participant.PreScreened: _screened,
    participant.ConsentGiven: _consented,
    participant.ReconsentRequested: _reconsent,
    participant.ConsentWithdrawn: _withdrew,
    participant.CriterionAnswered: _answered,
    participant.Randomized: _randomized,
    participant.ScreenFailed: _once("screen_failed", "screen_failure.recorded_already"),
    participant.LostToFollowUp: _once("lost", "lost.recorded_already"),
    participant.Transplanted: _once("transplanted", "transplanted.recorded_already"),
    participant.Died: _once("died", "died.recorded_already"),
    participant.FollowUpEnded: _once("follow_up_ended", "follow_up_ended.recorded_already"),
    participant.UnblindingAssessed: _disclosed_before,
    visit.VisitScheduled: _appointed,
    visit.VisitAttended: _visit_is_planned,
    visit.VisitMissed: _visit_is_planned,
    infusion.ProductThawed: _thawed,
    infusion.InfusionReported: _reported,
    product_lot.LotTested: _lot_is_known,
    product_lot.LotReleased: _lot_is_known,
    product_lot.LotQuarantined: _lot_is_known,
    product_lot.LotRejected: _lot_is_known,
    product_lot.BagAssigned: _bag_assigned,
    observation.ResultRecorded: _measured,
    observation.ResultCorrected: _remeasured,
    observation.ResultVoided: _voided,
    observation.AssessmentGraded: _graded,
    observation.AssessmentCorrected: _regraded,
    observation.EditCheckFired: _questioned,
    observation.EditCheckAnswered: _confirmed_value,
    outcome.DecompensationOpened: _opened,
    outcome.DecompensationGraded: _of_episode,
    outcome.DecompensationResolved: _resolved,
}
"""What is asked of each fact besides the moves it makes."""

FREE: frozenset[type[Fact]] = frozenset(
    {
        participant.MisrandomizationNoted,
        participant.Unblinded,
        observation.DialysisSession,
        observation.TreatmentRecorded,
        outcome.AdverseEventRecorded,
        outcome.DeviationNoted,
        outcome.DeviationClassified,
    }
)
"""Facts of which nothing is asked: what they report may have happened at any time, and as often as it did."""
