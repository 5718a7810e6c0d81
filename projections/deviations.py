"""The deviation log, computed: a pure function of protocol and facts, one function per rule.

Each deviation has a stable id made of participant, rule and subject, its rule and the positions of the facts
that make it. What people say of it (classification, cause, correction) are facts that name the id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import cache, partial

from domain.clinical_time import Instant
from domain.deviation import Handling
from domain.eligibility import answered_against
from domain.errors import NotFound
from domain.observation import VisitResults, item_of
from domain.outcome import Outcomes
from domain.product_lot import ProductLot
from domain.safety import RECIPIENTS
from domain.safety_clocks import LATE
from domain.sample import Sample
from domain.visit_plan import Milestone
from projections import deviations_of_activation, deviations_of_consent, deviations_of_infusions
from projections.as_of import StoredView, View, participants_of, protocol_of
from projections.deviation_codes import RULES as RULES
from projections.deviation_handling import Deviation as Deviation
from projections.deviation_subject import Finding, Subject, before
from projections.ports import Reading, Unseal, sealed_to_all
from projections.safety import SafetyRow, safety_rows
from projections.visit_status import VisitStatus, rows_of


def deviations(view: View, unseal: Unseal, code: str = "") -> Iterator[Deviation]:
    """Every deviation of a trial, or of one participant, in participant order and rule order."""
    participants, lots = participants_of(view, code), view.singles(ProductLot)
    visits, infusions, outcomes = view.visits(code), view.infusions(code), view.outcomes(code)
    reports: dict[str, list[SafetyRow]] = {}
    for row in safety_rows(view, code):
        reports.setdefault(row.participant, []).append(row)

    samples: dict[str, dict[str, Sample]] = {}
    for key, sample in view.singles(Sample, code).items():
        if sample.voided is None:
            samples.setdefault(sample.participant, {})[key.partition("/")[2]] = sample

    @cache
    def results() -> dict[str, dict[str, VisitResults]]:
        """Read when a rule first asks: few do, and results are many."""
        return view.results(code)

    for whose, participant in participants.items():
        known = visits.get(whose, {})
        subject = Subject(
            view.trial,
            protocol_of(view.trial, participant),
            participant,
            tuple(rows_of(view.trial, participant, known, view)),
            known,
            infusions.get(whose, {}),
            outcomes.get(whose) or Outcomes(),
            lots,
            samples.get(whose, {}),
            tuple(reports.get(whose, ())),
            view.moment,
            partial(_of, results, whose),
            unseal,
        )
        yield from deviations_of(subject)


def deviations_made(
    reading: Reading, trial: str, code: str, facts: tuple[int, int], now: Instant
) -> list[Deviation]:
    """The deviations of a participant that came with the facts of these positions, the first and the last:
    both states are judged at one instant, so that none is told that came by time alone. What is sealed stays
    sealed: a receipt is no look at an allocation.
    """
    first, last = facts
    before, after = (StoredView(reading, trial, position, now) for position in (first - 1, last))
    known = {each.id for each in deviations(before, sealed_to_all, code)} if before.participant(code) else ()
    return [each for each in deviations(after, sealed_to_all, code) if each.id not in known]


def deviation_of(found: Iterable[Deviation], participant: str, name: str) -> Deviation:
    """One of a participant's deviations, by its id or, noted by hand, its number. Raises NotFound."""
    for each in found:
        if name == each.id or (each.rule == "noted" and name == each.subject):
            return each
    raise NotFound("deviation.unknown", f"there is no deviation {name}", where=participant)


def _of(results: Callable[[], dict[str, dict[str, VisitResults]]], code: str) -> dict[str, VisitResults]:
    return results().get(code, {})


def deviations_of(subject: Subject) -> Iterator[Deviation]:
    """The deviations of one participant."""
    code, outcomes = subject.participant.code, subject.outcomes
    zone = subject.protocol.site_plans[subject.participant.site].zone
    for rule in _LOOKING:
        for finding in rule(subject):
            identity = deviation_id(code, finding.rule, finding.subject)
            yield Deviation(
                identity,
                code,
                *finding,
                outcomes.classified.get(identity),
                outcomes.handled.get(identity, Handling()),
                subject.protocol.deviations,
                zone,
            )


def deviation_id(participant: str, rule: str, subject: str) -> str:
    """The id of a deviation: the same for the same participant, rule and subject, whenever it is computed."""
    return "dev-" + hashlib.sha256(f"{participant}|{rule}|{subject}".encode()).hexdigest()[:12]


def _visit_days(s: Subject) -> Iterator[Finding]:
    for row in s.rows:
        known, window = row.visit_state, row.window
        if row.status is VisitStatus.DONE_OUT_OF_WINDOW and known is not None and known.attended:
            facts = (known.attended.fact, *((row.anchor_fact,) if row.anchor_fact else ()))
            detail = "no window has opened"
            if window:
                detail = f"{row.attended_on} is not within {window.opens}..{window.closes}"
            yield Finding("visit.out_of_window", row.visit, detail, str(known.attended.at), facts)
        elif row.status is VisitStatus.MISSED:
            reported = known.missed if known is not None else None
            facts = tuple(fact for fact in (reported.fact if reported else None, row.anchor_fact) if fact)
            detail = f"due {window.opens}..{window.closes}" if window else "known to be missed"
            yield Finding("visit.missed", row.visit, detail, str(window.closes) if window else "", facts)


def _after_withdrawal(s: Subject) -> Iterator[Finding]:
    stopped = s.participant.withdrawn("visits")
    for known in s.visits.values() if stopped else ():
        if stopped and known.attended and before(stopped, known.attended):
            facts = (known.attended.fact, stopped.fact)
            yield Finding("visit.after_withdrawal", known.visit, "", str(known.attended.at), facts)
    untreated = s.participant.withdrawn("treatment")
    for key, infusion in s.infusions.items() if untreated else ():
        if untreated and infusion.started and before(untreated, infusion.started):
            facts = (infusion.started.fact, untreated.fact)
            yield Finding("infusion.after_withdrawal", f"infusion-{key}", "", str(infusion.started.at), facts)


def _omitted(s: Subject) -> Iterator[Finding]:
    """Visits without an item of their panels, once entries are late."""
    if not s.protocol.deviations.omitted_assessments:
        return
    for row in s.rows:
        plan = s.protocol.visit_plans.get(row.visit)
        came = row.visit_state.attended if row.visit_state is not None else None
        if plan is None or came is None:
            continue
        if s.moment < came.at.latest + timedelta(days=s.protocol.review.late_entry_days):
            continue
        wanted = (item for panel in plan.panels for item in s.protocol.panel_plans[panel].items)
        there = {
            item_of(result) for result, known in s.results().get(row.visit, {}).items() if not known.is_voided
        }
        lacking = [item for item in dict.fromkeys(wanted) if item not in there]
        if lacking:
            detail = f"without {', '.join(lacking)}"
            yield Finding("visit.assessments_omitted", row.visit, detail, str(came.at), (came.fact,))


def _samples(s: Subject) -> Iterator[Finding]:
    """Measured after consent to samples was taken back; what is graded needs no sample."""
    stopped = s.participant.withdrawn("samples")
    for visit, results in s.results().items() if stopped else ():
        for result, known in results.items():
            item = s.protocol.item_plans.get(item_of(result))
            is_sample = item is not None and item.is_quantity and not known.is_voided
            if stopped and is_sample and stopped.at.latest <= known.taken.earliest:
                facts = (known.entered or known.fact, stopped.fact)
                yield Finding("samples.after_withdrawal", visit, result, str(known.taken), facts)
                break


def _procedures_before_consent(s: Subject) -> Iterator[Finding]:
    if not s.protocol.consent.required:
        return
    consent = s.participant.milestone(Milestone.CONSENTED)
    for subject, when in s.procedures():
        if consent is None or before(when, consent):
            facts = (when.fact, *((consent.fact,) if consent else ()))
            yield Finding("procedure.before_consent", subject, "", str(when.at), facts)


def _randomization(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    if allocated is None:
        return
    signed = s.participant.eligible
    needed = bool(s.protocol.eligibility.criteria)
    if needed and (signed is None or before(allocated.when, signed)):
        facts = (allocated.when.fact, *((signed.fact,) if signed else ()))
        yield Finding("randomization.before_eligibility", "randomization", "", str(allocated.when.at), facts)
    if allocated.place > s.protocol.enrolment.target:
        detail = f"place {allocated.place} of {s.protocol.enrolment.target}"
        facts = (allocated.when.fact,)
        yield Finding("randomization.beyond_target", "randomization", detail, str(allocated.when.at), facts)


def _age(s: Subject) -> Iterator[Finding]:
    """Who was randomized outside the limits of age. An age that nobody knows is a question, no departure."""
    allocated, age, limits = s.participant.randomized, s.participant.age, s.protocol.eligibility
    if allocated is None or age is None:
        return
    low, high = limits.minimum_age, limits.maximum_age
    if (low is not None and int(age) < low) or (high is not None and int(age) > high):
        facts = (allocated.when.fact, s.participant.registered.fact)
        yield Finding("randomization.age", "randomization", f"age {int(age)}", str(allocated.when.at), facts)


def _told_of_allocation(s: Subject) -> Iterator[Finding]:
    """Errors of randomization that people noted, and allocations disclosed by accident."""
    for number, (when, _finding) in enumerate(s.participant.misrandomized, start=1):
        yield Finding("randomization.error_noted", f"error-{number}", "", str(when.at), (when.fact,))
    for number, when in enumerate(s.participant.unblinded_by_accident, start=1):
        subject = f"disclosure-{number}"
        yield Finding("masking.broken_by_accident", subject, "", str(when.at), (when.fact,))


def _randomized_against(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    if allocated is None:
        return
    on = str(allocated.when.at)
    stopped = s.participant.withdrawn("treatment")
    if stopped is not None and before(stopped, allocated.when):
        facts = (allocated.when.fact, stopped.fact)
        yield Finding("randomization.after_withdrawal", "randomization", "", on, facts)
    answers = s.participant.answers
    against = answered_against(answers, s.protocol.eligibility.criteria)
    if against:
        told = (allocated.when.fact, *(answers[each].when.fact for each in against))
        yield Finding("randomization.ineligible", "randomization", ", ".join(against), on, told)


def _safety(s: Subject) -> Iterator[Finding]:
    for row in s.reports:
        for number, (clock, status) in enumerate(row.clocks):
            if status not in LATE:
                continue
            rule, subject = _LATE_CLOCKS[clock.kind], row.event
            if clock.kind == "sae_follow_up":
                subject = f"{row.event}#{number}"
            elif clock.kind != "sae":
                subject = f"{row.event}/{clock.kind}"
            facts = (clock.starts.fact, *((clock.met.fact,) if clock.met else ()))
            since = "voided" if clock.kind.startswith("nullification") else "aware"
            detail = f"{since} {clock.starts.at}, due {clock.due}"
            yield Finding(rule, subject, detail, str(clock.starts.at), facts)


_LATE_CLOCKS = {
    "sae": "safety.reported_late",
    "sae_follow_up": "safety.follow_up_late",
    "sae_ethics": "safety.ethics_late",
    **{f"nullification_{each}": "safety.nullification_late" for each in RECIPIENTS},
    "susar": "safety.authority_late",
    "susar_deadly": "safety.authority_late",
    "susar_deadly_follow_up": "safety.authority_late",
}


def _after_death(s: Subject) -> Iterator[Finding]:
    died = s.participant.died
    if died is None:
        return
    consents = [(f"consent-{each.number}", each.when) for each in s.participant.consents]
    for subject, when in (*s.procedures(), *consents):
        if before(died, when):
            yield Finding("record.after_death", subject, "", str(when.at), (when.fact, died.fact))


def _noted(s: Subject) -> Iterator[Finding]:
    for key, note in s.outcomes.noted.items():
        yield Finding("noted", key, note.text, str(note.when.at), (note.when.fact,))


_LOOKING: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    deviations_of_activation.early,
    _visit_days,
    _omitted,
    _after_withdrawal,
    _samples,
    deviations_of_infusions.order,
    deviations_of_infusions.route,
    deviations_of_infusions.product,
    deviations_of_infusions.plan,
    deviations_of_infusions.dose,
    _procedures_before_consent,
    deviations_of_consent.given,
    _randomization,
    _age,
    _randomized_against,
    _told_of_allocation,
    deviations_of_consent.renewals,
    deviations_of_consent.held,
    deviations_of_consent.samples,
    deviations_of_consent.handed_out,
    _safety,
    _after_death,
    _noted,
)
