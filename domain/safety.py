"""Safety reports: one for each serious adverse event, from awareness to closure.

A report has a stream of its own, apart from the casebook: it says what was told to whom and when, and the two
are reconciled. The times that clocks run from are facts; the clocks are computed (`domain.safety_clocks`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field, StringConstraints

from domain.adverse_event import Assessment, Causality, Criterion, Outcome, Severity
from domain.clinical_time import ClinicalTime
from domain.fact import Fact, FreeText
from domain.happened import Happened
from domain.identifiers import Key, ParticipantCode
from domain.put_right import Righted, told_right
from domain.record import Record
from domain.replacing import replace
from domain.sealed import Sealed
from domain.words import in_chinese

Recipient = Annotated[str, StringConstraints(pattern=r"^(sponsor|ethics|authority|institution)$")]
"""Who is told of a serious event."""

SafetyStep = Annotated[str, StringConstraints(pattern=r"^(sponsor_aware|submission)$")]
"""What of a report is recorded with a time of its own besides what the site knew."""

RECIPIENTS = ("sponsor", "ethics", "authority", "institution")
"""All of them."""


def report_key(participant: str, event: str) -> str:
    """The key of the report on an event: `S1-001/ae-1`."""
    return f"{participant}/{event}"


def safety_stream(participant: str, event: str) -> str:
    """The stream of the report on an event."""
    return f"safety/{report_key(participant, event)}"


# ---------------------------------------------------------------- facts


class SafetyFact(Fact):
    """A fact about the report on one adverse event."""

    participant: ParticipantCode
    event: Key


class SafetyReportOpened(SafetyFact):
    """The site is aware of a serious adverse event: the clock runs from `aware`, effective then."""

    TOPIC = "safety.report_opened.v1"
    EN = "Serious adverse event {event} of {participant}: {term} ({criteria}); onset {onset}, aware {aware}"
    ZH = "{participant} 严重不良事件 {event}：{term}（{criteria}）；发生 {onset}，获知 {aware}"
    term: FreeText
    onset: ClinicalTime
    aware: ClinicalTime
    severity: Severity
    criteria: tuple[Criterion, ...] = ()


class SafetyReportCorrected(SafetyFact):
    """What the report says of the onset or of the site's awareness is put right with the event. It takes the
    clinical time of the awareness that is right.
    """

    TOPIC = "safety.report_corrected.v1"
    EN = "Report on {event} of {participant} corrected: {now}"
    ZH = "{participant} {event} 报告更正：{now_zh}"
    PUTS_RIGHT = "corrected"
    onset: ClinicalTime
    onset_was: ClinicalTime
    aware: ClinicalTime
    aware_was: ClinicalTime

    @property
    def now(self) -> str:
        """What it is corrected to and what stood there, for the sentence."""
        return told_right(self._righted("onset", "aware"))

    @property
    def now_zh(self) -> str:
        """What it is corrected to and what stood there, for the sentence in Chinese."""
        return told_right(self._righted("发生时间", "获知时间"), zh=True)

    def _righted(self, onset: str, aware: str) -> tuple[Righted, ...]:
        return (onset, self.onset, self.onset_was), (aware, self.aware, self.aware_was)


class SafetyReportSubmitted(SafetyFact):
    """The report was sent. Number 0 is the first one to that recipient, then its follow-ups; after it was
    voided, that it is void.
    """

    TOPIC = "safety.report_submitted.v1"
    EN = "Report {number} on {event} of {participant} sent to the {recipient} {reference}"
    ZH = "{participant} {event} 第 {number} 份报告已送 {recipient} {reference}"
    SILENT = ("reference",)
    recipient: Recipient
    number: Annotated[int, Field(ge=0)] = 0
    reference: FreeText = ""


class SafetyFollowUpReceived(SafetyFact):
    """New information on a reported event; what is given holds from now on.

    `note` is sealed: what would tell the allocation stays within the safety roles.
    """

    TOPIC = "safety.follow_up_received.v1"
    EN = "Follow-up on {event} of {participant}: {information}; note {note}"
    ZH = "{participant} {event} 随访信息：{information}；备注 {note}"
    information: FreeText
    significant: bool = False
    serious: bool | None = None
    severity: Severity | None = None
    criteria: tuple[Criterion, ...] | None = None
    outcome: Outcome | None = None
    note: Sealed


class SponsorAware(SafetyFact):
    """The sponsor learned of the serious event: day 0 of the reporting to authorities."""

    TOPIC = "safety.sponsor_aware.v1"
    EN = "The sponsor is aware of {event} of {participant}"
    ZH = "申办者获知 {participant} {event}"


class SponsorAssessed(SafetyFact):
    """The sponsor's word on causality and expectedness, by `assessor`; the investigator's stays beside it."""

    TOPIC = "safety.sponsor_assessed.v1"
    EN = "Sponsor ({assessor}) on {event} of {participant}: {causality}, expected: {expected}; {why}"
    ZH = "申办者（{assessor}）对 {participant} {event} 的评价：{causality}，是否预期：{expected}；{why}"
    assessor: FreeText
    causality: Causality
    expected: bool | None = None
    why: FreeText


class SafetyTimeCorrected(SafetyFact):
    """The sponsor learned of the event, or a report was sent, at another time than was recorded; `was` is
    what stood there. Which report it was, `recipient` and `number` say.
    """

    TOPIC = "safety.time_corrected.v1"
    EN = "Report on {event} of {participant}: {what} {at}, was {was}"
    ZH = "{participant} {event} 报告：{what_zh}更正为 {at}，原为 {was}"
    PUTS_RIGHT = "corrected"
    step: SafetyStep
    recipient: str = ""
    number: Annotated[int, Field(ge=0)] = 0
    at: ClinicalTime
    was: ClinicalTime

    def moves(self, fact: Fact) -> bool:
        """Whether a fact of the report that stands at the wrong time stands there on account of this step."""
        if isinstance(fact, SafetyTimeCorrected):
            return (fact.step, fact.recipient, fact.number) == (self.step, self.recipient, self.number)
        if isinstance(fact, SafetyReportSubmitted):
            return self.is_of(fact.recipient, fact.number)
        return isinstance(fact, SponsorAware) and self.step == "sponsor_aware"

    def is_of(self, recipient: str, number: int) -> bool:
        """Whether it is about the report of this number to this recipient."""
        return self.step == "submission" and (recipient, number) == (self.recipient, self.number)

    @property
    def what(self) -> str:
        """What was at another time, for the sentence."""
        if self.step == "sponsor_aware":
            return "the sponsor aware"
        return f"number {self.number} sent to the {self.recipient}"

    @property
    def what_zh(self) -> str:
        """What was at another time, for the sentence in Chinese."""
        if self.step == "sponsor_aware":
            return "申办者获知时间"
        return f"第 {self.number} 份送交 {in_chinese(self.recipient)} 的时间"


class SafetySubmissionVoided(SafetyFact):
    """A report is recorded as sent that never was, or to somebody else; effective when it was said to be."""

    TOPIC = "safety.submission_voided.v1"
    EN = "Report {number} on {event} of {participant} was not sent to the {recipient}: recorded in error"
    ZH = "{participant} {event} 第 {number} 份报告未送交 {recipient}：误录"
    PUTS_RIGHT = "voided"
    recipient: Recipient
    number: Annotated[int, Field(ge=0)] = 0


class SafetyReportClosed(SafetyFact):
    """Nothing more is awaited on the event."""

    TOPIC = "safety.report_closed.v1"
    EN = "Report on {event} of {participant} closed"
    ZH = "{participant} {event} 报告关闭"


class SafetyReportVoided(SafetyFact):
    """The report was opened in error, or its event recorded so. It stays readable, its clocks stand still,
    and whoever has it is to be told.
    """

    TOPIC = "safety.report_voided.v1"
    EN = "Report on {event} of {participant} voided: {why}"
    ZH = "{participant} {event} 报告作废：{why}"
    why: FreeText


# ---------------------------------------------------------------- state


class SafetyReportStatus(StrEnum):
    """Where a safety report stands."""

    OPEN = "open"
    REPORTED = "reported"
    CLOSED = "closed"
    VOIDED = "voided"


class Told(NamedTuple):
    """What the report says of the event from one fact on. `significant` starts a clock of its own."""

    serious: bool
    severity: str
    criteria: tuple[str, ...]
    outcome: str
    significant: bool
    when: Happened


class News(NamedTuple):
    """What a follow-up told; None for what it left as it was."""

    serious: bool | None
    severity: str | None
    criteria: tuple[str, ...] | None
    outcome: str | None
    significant: bool
    when: Happened


class Submission(NamedTuple):
    """A report sent: to whom, the number in their sequence, and when."""

    recipient: str
    number: int
    reference: str
    when: Happened


@dataclass(frozen=True, slots=True)
class SafetyReport:
    """The state of one report. `told` holds every version of what it says, oldest first by when it came in,
    and `news` what came in after the first, in the order of recording.
    """

    participant: str
    event: str
    status: SafetyReportStatus
    term: str
    onset: ClinicalTime
    aware: Happened
    told: tuple[Told, ...]
    submissions: tuple[Submission, ...] = ()
    sponsor_aware: Happened | None = None
    sponsor_assessments: tuple[Assessment, ...] = ()
    closed: Happened | None = None
    voided: Happened | None = None
    news: tuple[News, ...] = ()

    @property
    def now(self) -> Told:
        """What the report says at present."""
        return self.told[-1]

    def sent_to(self, recipient: str) -> tuple[Submission, ...]:
        """What was sent to a recipient, in the order of recording."""
        return tuple(each for each in self.submissions if each.recipient == recipient)

    def next_to(self, recipient: str) -> int:
        """The number that the next report to a recipient takes."""
        return 1 + max((each.number for each in self.sent_to(recipient)), default=-1)

    def times_of(self, step: str) -> dict[tuple[str, int], ClinicalTime]:
        """The times that are recorded of a step (`SafetyStep`), of submissions by recipient and number."""
        if step == "submission":
            return {(each.recipient, each.number): each.when.at for each in self.submissions}
        return {} if self.sponsor_aware is None else {("", 0): self.sponsor_aware.at}


def evolve(report: SafetyReport | None, record: Record) -> SafetyReport | None:
    """The report after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, SafetyReportOpened) and report is None:
        first = Told(True, fact.severity, fact.criteria, "", False, when)
        aware = Happened(fact.aware, record.position)
        opened = SafetyReportStatus.OPEN
        return SafetyReport(fact.participant, fact.event, opened, fact.term, fact.onset, aware, (first,))
    if report is None:
        return None
    match fact:
        case SafetyReportCorrected():
            return _corrected(report, fact, record.position)
        case SafetyReportSubmitted():
            sent = Submission(fact.recipient, fact.number, fact.reference, when)
            first_out = report.status is SafetyReportStatus.OPEN
            status = SafetyReportStatus.REPORTED if first_out else report.status
            return replace(report, submissions=(*report.submissions, sent), status=status)
        case SafetyFollowUpReceived():
            return _followed_up(report, fact, when)
        case SponsorAware() if report.sponsor_aware is None:
            return replace(report, sponsor_aware=when)
        case SponsorAssessed():
            word = Assessment(fact.causality, fact.expected, fact.why, when)
            return replace(report, sponsor_assessments=(*report.sponsor_assessments, word))
        case SafetyTimeCorrected():
            return _retimed(report, fact, when)
        case SafetySubmissionVoided():
            return _unsent(report, fact)
        case SafetyReportClosed():
            return replace(report, status=SafetyReportStatus.CLOSED, closed=when)
        case SafetyReportVoided():
            return replace(report, status=SafetyReportStatus.VOIDED, voided=when)
    return report


def _corrected(report: SafetyReport, fact: SafetyReportCorrected, position: int) -> SafetyReport:
    """With the onset and the awareness that are right; a clock goes by the fact that says when it began."""
    if fact.aware == report.aware.at:
        return replace(report, onset=fact.onset)
    aware = Happened(fact.aware, position)
    first = report.told[0]._replace(when=aware)
    return replace(report, onset=fact.onset, aware=aware, told=_course(first, report.news))


def _retimed(report: SafetyReport, fact: SafetyTimeCorrected, when: Happened) -> SafetyReport:
    """With the time that is right. A report that was sent keeps its place in the order of recording."""
    if fact.step == "sponsor_aware":
        stood = report.sponsor_aware
        return report if stood is None or stood.at != fact.was else replace(report, sponsor_aware=when)
    sent = tuple(
        each._replace(when=Happened(fact.at, each.when.fact))
        if fact.is_of(each.recipient, each.number) and each.when.at == fact.was
        else each
        for each in report.submissions
    )
    return replace(report, submissions=sent)


def _unsent(report: SafetyReport, fact: SafetySubmissionVoided) -> SafetyReport:
    """Without what was never sent; a report that was closed on account of it is not any more."""
    left = tuple(
        each for each in report.submissions if (each.recipient, each.number) != (fact.recipient, fact.number)
    )
    closed = report.status is SafetyReportStatus.CLOSED
    return replace(report, submissions=left, status=SafetyReportStatus.REPORTED if closed else report.status)


def _followed_up(report: SafetyReport, fact: SafetyFollowUpReceived, when: Happened) -> SafetyReport:
    """With the new information; a closed report is open again."""
    more = News(fact.serious, fact.severity, fact.criteria, fact.outcome, fact.significant, when)
    news = (*report.news, more)
    closed = report.status is SafetyReportStatus.CLOSED
    status = SafetyReportStatus.REPORTED if closed else report.status
    return replace(report, told=_course(report.told[0], news), news=news, status=status)


def _course(first: Told, news: tuple[News, ...]) -> tuple[Told, ...]:
    """What the report said from when on: first what it was opened with, then by when it came in."""
    told = [first]
    for more in sorted(news, key=lambda each: each.when.at.earliest):
        before = told[-1]
        serious = before.serious if more.serious is None else more.serious
        criteria = before.criteria if more.criteria is None else more.criteria
        severity, outcome = more.severity or before.severity, more.outcome or before.outcome
        told.append(
            Told(serious, severity, criteria if serious else (), outcome, more.significant, more.when)
        )
    return tuple(told)
