"""The deviation log, computed: a pure function of protocol and facts, one function per rule.

Each deviation has a stable id made of participant, rule and subject, its rule and the positions of the facts
that make it. What people say of it (classification, cause, correction) are facts that name the id.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.alert_plan import AlertRule
from domain.happened import Happened
from domain.infusion import Infusion
from domain.outcome import Classification, Outcomes
from domain.participant import Participant
from domain.product_lot import ProductLot
from domain.protocol import Protocol, UseBy
from domain.safety_clocks import LATE
from domain.trial import Trial
from domain.visit import Visit
from projections.as_of import View, protocol_of
from projections.ports import Unseal
from projections.safety import SafetyRow, safety_rows
from projections.visit_status import VisitRow, VisitStatus, rows_of


class DeviationRule(NamedTuple):
    """A rule of the protocol that reality can depart from: its code and its sentence."""

    code: str
    en: str
    zh: str


RULES = {
    rule.code: rule
    for rule in (
        DeviationRule("visit.out_of_window", "visit outside its window", "访视超出时间窗"),
        DeviationRule("visit.missed", "visit missed", "访视缺失"),
        DeviationRule(
            "visit.after_withdrawal",
            "visit after consent to visits was withdrawn",
            "撤回访视同意后仍进行访视",
        ),
        DeviationRule(
            "infusion.wrong_route", "infusion not by the allocated route", "输注途径与随机分配不符"
        ),
        DeviationRule("infusion.before_randomization", "infusion before randomization", "随机前输注"),
        DeviationRule("infusion.use_by_exceeded", "product given after its use-by time", "超过使用期限输注"),
        DeviationRule(
            "infusion.lot_unreleased", "product given before its lot was released", "批次放行前输注"
        ),
        DeviationRule(
            "infusion.lot_withheld",
            "product given while its lot was quarantined or rejected",
            "批次隔离或拒收期间输注",
        ),
        DeviationRule("infusion.lot_expired", "product given after its lot had expired", "批次过期后输注"),
        DeviationRule(
            "infusion.after_withdrawal",
            "infusion after consent to treatment was withdrawn",
            "撤回治疗同意后输注",
        ),
        DeviationRule(
            "procedure.before_consent", "trial procedure before informed consent", "知情同意前进行试验程序"
        ),
        DeviationRule("consent.outdated_version", "consent on a version not in force", "知情同意书版本失效"),
        DeviationRule(
            "consent.incomplete", "consent without a required party or a copy given", "知情同意不完整"
        ),
        DeviationRule(
            "randomization.before_eligibility",
            "randomized before eligibility was signed",
            "签署入选资格前随机",
        ),
        DeviationRule(
            "randomization.beyond_target", "randomized beyond the enrolment target", "超出计划入组数随机"
        ),
        DeviationRule(
            "record.after_death", "something is recorded as having happened after death", "死亡后仍有事件记录"
        ),
        DeviationRule(
            "randomization.after_withdrawal",
            "randomized after consent to treatment was withdrawn",
            "撤回治疗同意后随机",
        ),
        DeviationRule(
            "randomization.ineligible",
            "randomized although an eligibility criterion is answered against",
            "不符合入排标准仍随机",
        ),
        DeviationRule(
            "consent.renewal_overdue", "renewed consent not given in time", "未按时重新签署知情同意书"
        ),
        DeviationRule(
            "safety.reported_late",
            "serious adverse event not reported to the sponsor in time",
            "严重不良事件未按时报告申办者",
        ),
        DeviationRule("noted", "deviation noted by hand", "人工记录的偏离"),
    )
}


class Deviation(NamedTuple):
    """One departure from the protocol. `on` is the clinical time it is about, as text."""

    id: str
    participant: str
    rule: str
    subject: str
    detail: str
    on: str
    facts: tuple[int, ...]
    classification: Classification | None


@dataclass(frozen=True, slots=True)
class Subject:
    """What the rules look at: one participant's states, under the protocol versions then in force."""

    trial: Trial
    protocol: Protocol
    participant: Participant
    rows: tuple[VisitRow, ...]
    visits: dict[str, Visit]
    infusions: dict[str, Infusion]
    outcomes: Outcomes
    lots: dict[str, ProductLot]
    reports: tuple[SafetyRow, ...]
    moment: datetime
    unseal: Unseal = field(repr=False)


class Finding(NamedTuple):
    """What a rule found: its subject, detail, time and facts."""

    rule: str
    subject: str
    detail: str
    on: str
    facts: tuple[int, ...]


def deviations(view: View, unseal: Unseal, code: str = "") -> Iterator[Deviation]:
    """Every deviation of a trial, or of one participant, in participant order and rule order."""
    participants, lots = view.participants(), view.lots()
    visits, infusions, outcomes = view.visits(code), view.infusions(code), view.outcomes(code)
    reports: dict[str, list[SafetyRow]] = {}
    for row in safety_rows(view, code):
        reports.setdefault(row.participant, []).append(row)
    for whose in (code,) if code else participants:
        participant = participants[whose]
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
            tuple(reports.get(whose, ())),
            view.moment,
            unseal,
        )
        yield from deviations_of(subject)


def deviations_of(subject: Subject) -> Iterator[Deviation]:
    """The deviations of one participant."""
    code = subject.participant.code
    for rule in _LOOKING:
        for finding in rule(subject):
            identity = deviation_id(code, finding.rule, finding.subject)
            word = subject.outcomes.classified.get(identity)
            yield Deviation(
                identity, code, finding.rule, finding.subject, finding.detail, finding.on, finding.facts, word
            )


def deviation_id(participant: str, rule: str, subject: str) -> str:
    """The id of a deviation: the same for the same participant, rule and subject, whenever it is computed."""
    return "dev-" + hashlib.sha256(f"{participant}|{rule}|{subject}".encode()).hexdigest()[:12]


def _before(first: Happened, second: Happened) -> bool:
    """Whether one event certainly came before another, whatever their precision."""
    return first.at.latest <= second.at.earliest


def _visit_days(s: Subject) -> Iterator[Finding]:
    for row in s.rows:
        known, window = row.visit_state, row.window
        if row.status is VisitStatus.DONE_OUT_OF_WINDOW and known is not None and known.attended and window:
            facts = (known.attended.fact, *((row.anchor_fact,) if row.anchor_fact else ()))
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
        if stopped and known.attended and _before(stopped, known.attended):
            facts = (known.attended.fact, stopped.fact)
            yield Finding("visit.after_withdrawal", known.visit, "", str(known.attended.at), facts)
    untreated = s.participant.withdrawn("treatment")
    for key, infusion in s.infusions.items() if untreated else ():
        if untreated and infusion.started and _before(untreated, infusion.started):
            facts = (infusion.started.fact, untreated.fact)
            yield Finding("infusion.after_withdrawal", f"infusion-{key}", "", str(infusion.started.at), facts)


def _infusion_order(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    for key, infusion in s.infusions.items():
        started = infusion.started
        if started is not None and (allocated is None or _before(started, allocated.when)):
            facts = (started.fact, *((allocated.when.fact,) if allocated else ()))
            yield Finding("infusion.before_randomization", f"infusion-{key}", "", str(started.at), facts)


def _infusion_route(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    for key, infusion in s.infusions.items():
        if infusion.started is None or infusion.access is None or allocated is None:
            continue
        arm, details = s.unseal(allocated.allocation), s.unseal(infusion.access)
        if arm is None or details is None:
            continue
        expected, given = s.trial.route_of(s.protocol, arm.strip()), json.loads(details)["route"]
        if expected is not None and given != expected:
            facts = (infusion.started.fact, allocated.when.fact)
            detail = f"given by {given}, allocated {expected}"
            yield Finding("infusion.wrong_route", f"infusion-{key}", detail, str(infusion.started.at), facts)


def _infusion_product(s: Subject) -> Iterator[Finding]:
    for key, infusion in s.infusions.items():
        started = infusion.started
        if started is None:
            continue
        subject, on = f"infusion-{key}", str(started.at)
        at_end = s.protocol.product is not None and s.protocol.product.use_by is UseBy.END
        given = infusion.ended if at_end and infusion.ended else started
        if infusion.use_by is not None and given.at.earliest >= infusion.use_by.latest:
            yield Finding("infusion.use_by_exceeded", subject, f"use by {infusion.use_by}", on, (given.fact,))
        lot = s.lots.get(infusion.lot)
        if lot is None:
            if infusion.lot:
                yield Finding(
                    "infusion.lot_unreleased", subject, f"lot {infusion.lot} is unknown", on, (started.fact,)
                )
            continue
        if lot.released is None or _before(started, lot.released):
            facts = (started.fact, (lot.released or lot.registered).fact)
            yield Finding("infusion.lot_unreleased", subject, f"lot {lot.lot}", on, facts)
        for hold in lot.holds:
            if _before(hold.since, started) and (hold.until is None or _before(started, hold.until)):
                facts = (started.fact, hold.since.fact)
                yield Finding("infusion.lot_withheld", subject, f"lot {lot.lot}", on, facts)
                break
        if started.at.earliest >= lot.expires.latest:
            facts = (started.fact, lot.registered.fact)
            yield Finding("infusion.lot_expired", subject, f"lot {lot.lot} expired {lot.expires}", on, facts)


def _procedures_before_consent(s: Subject) -> Iterator[Finding]:
    if not s.protocol.consent.required:
        return
    consent = min(
        (given.when for given in s.participant.consents), key=lambda when: when.at.earliest, default=None
    )
    procedures = [(visit.visit, visit.attended) for visit in s.visits.values() if visit.attended]
    procedures += [(f"infusion-{key}", each.started) for key, each in s.infusions.items() if each.started]
    if s.participant.randomized is not None:
        procedures.append(("randomization", s.participant.randomized.when))
    for subject, when in procedures:
        if consent is None or _before(when, consent):
            facts = (when.fact, *((consent.fact,) if consent else ()))
            yield Finding("procedure.before_consent", subject, "", str(when.at), facts)


def _consents(s: Subject) -> Iterator[Finding]:
    times: Counter[str] = Counter()
    for given in s.participant.consents:
        times[given.version] += 1
        time = times[given.version]
        subject = given.version if time == 1 else f"{given.version}#{time}"
        on, facts = str(given.when.at), (given.when.fact,)
        protocol = s.trial.protocol_at(s.participant.site, given.when.at) or s.protocol
        if not protocol.consent.accepts(given.version):
            detail = f"version {given.version}, protocol {protocol.version} in force"
            yield Finding("consent.outdated_version", subject, detail, on, facts)
        absent = sorted(set(protocol.consent.parties) - set(given.parties))
        if absent or not given.copy_given:
            lacks = ", ".join([*absent, *([] if given.copy_given else ["copy"])])
            yield Finding("consent.incomplete", subject, f"without {lacks}", on, facts)


def _randomization(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    if allocated is None:
        return
    signed = s.participant.eligible
    needed = bool(s.protocol.eligibility.criteria)
    if needed and (signed is None or _before(allocated.when, signed)):
        facts = (allocated.when.fact, *((signed.fact,) if signed else ()))
        yield Finding("randomization.before_eligibility", "randomization", "", str(allocated.when.at), facts)
    if allocated.place > s.protocol.enrolment.target:
        detail = f"place {allocated.place} of {s.protocol.enrolment.target}"
        facts = (allocated.when.fact,)
        yield Finding("randomization.beyond_target", "randomization", detail, str(allocated.when.at), facts)


def _randomized_against(s: Subject) -> Iterator[Finding]:
    allocated = s.participant.randomized
    if allocated is None:
        return
    on = str(allocated.when.at)
    stopped = s.participant.withdrawn("treatment")
    if stopped is not None and _before(stopped, allocated.when):
        facts = (allocated.when.fact, stopped.fact)
        yield Finding("randomization.after_withdrawal", "randomization", "", on, facts)
    answers = s.participant.answers
    against = [
        criterion.id
        for criterion in s.protocol.eligibility.criteria
        if criterion.id in answers and answers[criterion.id].holds is (not criterion.admits)
    ]
    if against:
        told = (allocated.when.fact, *(answers[each].when.fact for each in against))
        yield Finding("randomization.ineligible", "randomization", ", ".join(against), on, told)


def _renewals(s: Subject) -> Iterator[Finding]:
    """Renewed consents asked for and not given within the days after which the protocol has people told."""
    waits = (plan.days for plan in s.protocol.alerts if plan.rule is AlertRule.RECONSENT_OVERDUE)
    days = next((each for each in waits if each is not None), None)
    if days is None or s.participant.ended is not None:
        return
    for version, asked in s.participant.reconsent_requested.items():
        if s.moment >= asked.at.latest + timedelta(days=days):
            detail = f"version {version} asked for, {days} days passed"
            yield Finding("consent.renewal_overdue", version, detail, str(asked.at), (asked.fact,))


def _safety(s: Subject) -> Iterator[Finding]:
    for row in s.reports:
        for clock, status in row.clocks:
            if clock.kind == "sae" and status in LATE:
                facts = (clock.starts.fact, *((clock.met.fact,) if clock.met else ()))
                detail = f"aware {clock.starts.at}, due {clock.due}"
                yield Finding("safety.reported_late", row.event, detail, str(clock.starts.at), facts)


def _after_death(s: Subject) -> Iterator[Finding]:
    died = s.participant.died
    if died is None:
        return
    events = [(visit.visit, visit.attended) for visit in s.visits.values() if visit.attended]
    events += [(f"infusion-{key}", each.started) for key, each in s.infusions.items() if each.started]
    for subject, when in events:
        if _before(died, when):
            yield Finding("record.after_death", subject, "", str(when.at), (when.fact, died.fact))


def _noted(s: Subject) -> Iterator[Finding]:
    for key, note in s.outcomes.noted.items():
        yield Finding("noted", key, note.text, str(note.when.at), (note.when.fact,))


_LOOKING: tuple[Callable[[Subject], Iterator[Finding]], ...] = (
    _visit_days,
    _after_withdrawal,
    _infusion_order,
    _infusion_route,
    _infusion_product,
    _procedures_before_consent,
    _consents,
    _randomization,
    _randomized_against,
    _renewals,
    _safety,
    _after_death,
    _noted,
)
