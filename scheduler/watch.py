"""What the rules look at, and what they say: for each subject a ladder of rungs, from notice to breach.

A ladder follows from states alone, whatever the time; `scheduler.sweep` holds it against the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from typing import Protocol as Interface

from domain.aggregates import BY_STATE, S
from domain.alert import Alert
from domain.alert_plan import AlertPlan, AlertRule
from domain.clinical_time import ClinicalTime, day_start, local_day, zone_of
from domain.happened import Happened
from domain.identifiers import query_stream
from domain.infusion import Infusion
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.protocol import Protocol, Site
from domain.query import Query
from domain.trial import SiteVersion, Trial, Version
from domain.visit import Visit
from projections.milestones import MilestoneRow

TRIAL = ""
"""The owner of what is about the trial as a whole. Other owners are participants, by their codes, and
queries, by the names of their streams.
"""


class Kind(StrEnum):
    """What an owner is."""

    TRIAL = "trial"
    PARTICIPANT = "participant"
    QUERY = "query"


def kind_of(owner: str) -> Kind:
    """What an owner is, by its name."""
    if owner == TRIAL:
        return Kind.TRIAL
    return Kind.QUERY if owner.startswith(query_stream("")) else Kind.PARTICIPANT


def owner_of(alert: Alert) -> str:
    """The owner that an alert belongs to."""
    if alert.about is AlertRule.QUERY_UNANSWERED:
        return query_stream(alert.subject)
    return alert.participant


R = AlertRule
FAMILY: dict[AlertRule, str] = {
    R.WINDOW_OPENS: "visit",
    R.VISIT_DUE: "visit",
    R.WINDOW_CLOSING: "visit",
    R.VISIT_OVERDUE: "visit",
    R.VISIT_MISSED: "visit",
    R.RECONSENT_OVERDUE: "reconsent",
    R.SAE_REPORT_DUE: "sae",
    R.SAE_REPORT_OVERDUE: "sae",
    R.PRODUCT_USE_BY: "product",
    R.QUERY_UNANSWERED: "query",
    R.SIGN_OFF_OVERDUE: "sign_off",
    R.DEVIATION_REPORT_OVERDUE: "deviation",
    R.INCIDENT_REPORT_DUE: "incident",
    R.INCIDENT_REPORT_OVERDUE: "incident",
    R.ACCESS_REVIEW_OVERDUE: "access_review",
    R.AUDIT_TRAIL_REVIEW_OVERDUE: "audit_trail_review",
    R.VERIFICATION_FAILED: "verification",
    R.BACKUP_OVERDUE: "backup",
    R.CLOCK_DRIFT: "clock",
}
"""Rules of one family are rungs of one ladder: of each subject only the gravest that applies stands."""

SignOffs = Callable[[], Iterable[MilestoneRow]]
"""The planned sign-offs of a participant, looked up when a rule asks for them."""


class Singles(Interface):
    """The states that streams of their own fold to, by class, as `view.singles` tells them."""

    def __call__(self, kind: type[S], /) -> Mapping[str, S]: ...


def only(states: Singles, kind: type[S]) -> S | None:
    """The state of the only stream that there is of a kind, None while it is empty."""
    return states(kind).get(BY_STATE[kind].only)


def _none(_kind: type[S], /) -> Mapping[str, S]:
    return {}


class Rung(NamedTuple):
    """One step of a ladder: the rule of the protocol, since when it applies, the revision of its cause.

    What is `at_once` applies whatever the clock says, which may be what is wrong.
    """

    plan: AlertPlan
    due_at: datetime
    revision: str
    at_once: bool = False


class Ladder(NamedTuple):
    """What the rules of one family say of one subject.

    `rungs` go from the lightest to the gravest. Once `settled` names a reason nothing is waited for any more;
    from `ends_at` on neither, by time alone. `renewed` is why it is waited for anew, where what was waited
    for before has come: alerts of an earlier cause are resolved by that. `site` is whose the subject is where
    the owner is the trial.
    """

    family: str
    subject: str
    rungs: tuple[Rung, ...] = ()
    facts: tuple[int, ...] = ()
    deadline: ClinicalTime | None = None
    ends_at: datetime | None = None
    settled: str = ""
    renewed: str = ""
    site: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """The states of one owner under the protocol version in force: a participant, a query about one, or the
    trial as a whole.
    """

    trial_id: str
    trial: Trial
    protocol: Protocol
    participant: Participant | None = None
    visits: Mapping[str, Visit] = field(default_factory=dict)
    infusions: Mapping[str, Infusion] = field(default_factory=dict)
    outcomes: Outcomes | None = None
    query: Query | None = None
    sign_offs: SignOffs = tuple
    singles: Singles = _none
    system: Singles = _none

    @property
    def owner(self) -> str:
        """Whose states these are."""
        return self.code if self.query is None else query_stream(self.query.query)

    @property
    def code(self) -> str:
        """The code of the participant concerned; "" where none is."""
        return "" if self.participant is None else self.participant.code

    @property
    def site(self) -> Site:
        """The participant's site; for the trial as a whole its first one."""
        protocol = self.protocol
        return protocol.sites[0] if self.participant is None else protocol.site_plans[self.participant.site]

    def plans(self, rule: AlertRule) -> tuple[AlertPlan, ...]:
        """What the protocol says of that rule: nothing, one plan or several."""
        return self.protocol.alert_plans.get(rule, ())

    def since(self, part: Callable[[Protocol], object]) -> int:
        """The position of the fact since which this part of the protocol has been in force here as it is now.

        An amendment that leaves the part as it was does not count, so it makes nobody be told again.
        """
        if len(followed := self._followed()) == 1:
            return followed[0].since.fact
        steps = self._steps()
        fact, now = steps[-1][1], None
        for version, since in reversed(steps[:-1]):
            now = now or part(self.protocol)
            if part(self.trial.document(version).protocol) != now:
                break
            fact = since
        return fact

    def _followed(self) -> Sequence[SiteVersion | Version]:
        followed = () if self.participant is None else self.trial.sites.get(self.participant.site, ())
        return followed or self.trial.versions

    def _steps(self) -> Sequence[tuple[str, int]]:
        """The protocol versions in force here, each with the fact that brought it, up to the present one."""
        steps = [(each.version, each.since.fact) for each in self._followed()]
        last = max(n for n, (version, _) in enumerate(steps) if version == self.protocol.version)
        return steps[: last + 1]


def revision_of(
    cause: int, watch: Watch, plan: AlertPlan, part: Callable[[Protocol], object], *, resumed: int = 0
) -> str:
    """The revision of a cause: the fact it counts from, and the fact since which its rule is as it is; or the
    later one, `resumed`, with which it is waited for anew.
    """

    def ruled(protocol: Protocol) -> object:
        own = next((each for each in protocol.alerts if each.id == plan.id), None)
        return own, [site.zone for site in protocol.sites], part(protocol)

    return f"{cause}-{max(watch.since(ruled), resumed)}"


def cause_of(revision: str) -> str:
    """The fact that the cause of a revision counts from, whatever its rule."""
    return revision.partition("-")[0]


def due_after(plan: AlertPlan, start: Happened, zone: str) -> datetime:
    """When a rule that waits applies: hours after the event, or as the site's day begins, days after."""
    if plan.days is None:
        return start.at.earliest + timedelta(hours=plan.hours or 0)
    return day_start(local_day(start.at.earliest, zone) + timedelta(days=plan.days), zone_of(zone))


def resumed(participant: Participant) -> int:
    """The fact that took back the end of a participant's course, so that it goes on; 0 for none."""
    return _taken_back(participant, ("consent", "screening"))


def asked_anew(participant: Participant) -> int:
    """The fact that took back a consent, which may have met what asked for it, or the end of a participant's
    course; 0 for none.
    """
    return _taken_back(participant, ("screening",))


def _taken_back(participant: Participant, but: tuple[str, ...]) -> int:
    return max((each.by.fact for each in participant.voided if each.event not in but), default=0)


def ended(participant: Participant) -> tuple[str, Happened] | None:
    """What ended a participant's course, in a word, and when; None while it goes on."""
    causes = {
        "participant_died": participant.died,
        "participant_lost": participant.lost,
        "participant_completed": participant.completed,
        "participant_withdrew": participant.withdrawn("visits"),
        "follow_up_ended": participant.follow_up_ended,
        "screen_failed": participant.screen_failed,
    }
    known = [(reason, when) for reason, when in causes.items() if when is not None]
    return min(known, key=lambda each: each[1].at.earliest, default=None)
