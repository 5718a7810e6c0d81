"""The participant's machine: pre-screened → consented → eligible → randomized → treated → completed."""

from __future__ import annotations

from domain.allocation import places_of
from domain.clinical_time import ClinicalTime
from domain.consent_form import is_void
from domain.eligibility import CriterionAnswered, EligibilitySigned
from domain.enrolment import Enrolment
from domain.fact import Fact
from domain.infusion import (
    AccessPlaced,
    IdentityChecked,
    InfusionOrdered,
    InfusionReleased,
    InfusionResumed,
    InfusionStarted,
    LotAssigned,
    Premedicated,
    ProductReceived,
    ProductThawed,
)
from domain.observation import item_of
from domain.participant import Completed, ParticipantStatus, Randomized
from domain.renewal import holding
from domain.trial import Trial
from domain.visit import VisitScheduled
from workflows.machine import Cursor, Machine, Move, Rule, Table, every, guard
from workflows.situation import Case

S = ParticipantStatus
_SCREENING = (S.PRE_SCREENED, S.CONSENTED, S.ELIGIBLE)
_OBSERVED = (*_SCREENING, S.RANDOMIZED, S.TREATED, S.TRANSPLANTED)

TABLE = Table(
    "participant",
    every(S),
    (
        Move(
            "schedule_visit",
            _OBSERVED,
            None,
            ("consented_before_procedures", "visits_not_withdrawn", "no_renewal_holds"),
        ),
        Move("answer_criterion", (S.PRE_SCREENED, S.CONSENTED), None),
        Move(
            "sign_eligibility",
            (S.PRE_SCREENED, S.CONSENTED),
            S.ELIGIBLE,
            (
                "site_active_by_then",
                "consented_before_procedures",
                "consent_complete",
                "criteria_answered",
                "criteria_met",
                "age_within_limits",
            ),
        ),
        Move(
            "randomize",
            (S.ELIGIBLE,),
            S.RANDOMIZED,
            (
                "enrolment_is_open",
                "consent_complete",
                "treatment_not_withdrawn",
                "list_is_sealed",
                "place_left",
                "list_holds_a_place",
                "eligibility_signed_by_then",
                "values_collected",
                "no_renewal_holds",
                "site_active_by_then",
            ),
        ),
        Move(
            "order_infusion",
            (S.RANDOMIZED, S.TREATED),
            None,
            ("treatment_not_withdrawn", "randomized_by_then", "no_renewal_holds", "site_active_by_then"),
        ),
        Move(
            "begin_infusion",
            (S.RANDOMIZED, S.TREATED),
            None,
            ("treatment_not_withdrawn", "randomized_by_then", "no_renewal_holds", "site_active_by_then"),
        ),
        Move(
            "continue_infusion",
            (S.RANDOMIZED, S.TREATED),
            None,
            ("treatment_not_withdrawn", "randomized_by_then", "site_active_by_then"),
        ),
        Move("complete", (S.RANDOMIZED, S.TREATED, S.TRANSPLANTED), S.COMPLETED),
    ),
    {
        ("randomize", S.PRE_SCREENED): Rule(
            "randomize.eligibility_unsigned", "eligibility has not been signed", "尚未签署入选资格"
        ),
        ("randomize", S.CONSENTED): Rule(
            "randomize.eligibility_unsigned", "eligibility has not been signed", "尚未签署入选资格"
        ),
        ("randomize", S.RANDOMIZED): Rule(
            "randomize.already",
            "the participant is randomized; allocation happens once",
            "参与者已随机，不可重复",
        ),
        ("randomize", S.TREATED): Rule(
            "randomize.already",
            "the participant is treated; allocation happens once, and before treatment",
            "参与者已接受治疗；随机仅一次且须在治疗前",
        ),
        **{
            ("order_infusion", state): Rule(
                "infusion.before_randomization", "the participant is not randomized", "参与者尚未随机"
            )
            for state in _SCREENING
        },
        **{
            (move, state): Rule(
                "infusion.before_randomization", "the participant is not randomized", "参与者尚未随机"
            )
            for move in ("begin_infusion", "continue_infusion")
            for state in _SCREENING
        },
        ("*", S.DIED): Rule("participant.died", "the participant has died", "参与者已死亡"),
        ("*", S.WITHDRAWN): Rule("participant.withdrawn", "the participant has withdrawn", "参与者已退出"),
        ("*", S.SCREEN_FAILED): Rule(
            "participant.screen_failed", "the participant is a screen failure", "参与者筛选失败"
        ),
        ("*", S.LOST_TO_FOLLOW_UP): Rule(
            "participant.lost", "the participant is lost to follow-up", "参与者已失访"
        ),
        ("*", S.COMPLETED): Rule(
            "participant.completed", "the participant has completed the trial", "参与者已完成试验"
        ),
        ("*", S.TRANSPLANTED): Rule(
            "participant.transplanted", "the participant has received a transplant", "参与者已接受肝移植"
        ),
    },
)
MACHINE = Machine(TABLE)

STEPS: dict[type[Fact], str] = {
    VisitScheduled: "schedule_visit",
    CriterionAnswered: "answer_criterion",
    EligibilitySigned: "sign_eligibility",
    Randomized: "randomize",
    InfusionOrdered: "order_infusion",
    **dict.fromkeys(
        (
            LotAssigned,
            InfusionReleased,
            ProductReceived,
            ProductThawed,
            IdentityChecked,
            Premedicated,
            AccessPlaced,
            InfusionResumed,
        ),
        "continue_infusion",
    ),
    InfusionStarted: "begin_infusion",
    Completed: "complete",
}
"""The move that each fact says was made: what a replay of the history asks of this machine."""


class ParticipantCursor(Cursor):
    """A participant at the moment of a step."""

    def __init__(
        self,
        case: Case,
        trial: Trial,
        enrolment: Enrolment,
        at: ClinicalTime,
        now: ClinicalTime | None = None,
    ) -> None:
        """`now` is when the step is taken, where `at` is a time to come, as of an appointment."""
        super().__init__(case.participant.status)
        self.now = now or at
        self.case = case
        self.trial = trial
        self.enrolment = enrolment
        self.at = at

    @guard(
        "site.not_yet_active",
        "the site or the trial was not yet active by then",
        "中心或试验当时尚未启动",
    )
    def site_active_by_then(self) -> bool:
        return not self.trial.not_yet_active(self.case.participant.site, self.at)

    @guard("procedure.before_consent", "no procedure before informed consent", "知情同意前不得进行试验程序")
    def consented_before_procedures(self) -> bool:
        if not self.case.protocol.consent.required:
            return True
        return any(given.when.at.earliest <= self.at.earliest for given in self.case.participant.consents)

    @guard(
        "consent.incomplete",
        "no consent has every party, the copy, a version in force and the approved document",
        "没有签署方齐全、已给副本、版本有效且文件获批的知情同意",
    )
    def consent_complete(self) -> bool:
        protocol, person = self.case.protocol, self.case.participant
        if not protocol.consent.required:
            return True
        return any(
            self.trial.admits(protocol, person.site, given.version)
            and given.copy_given
            and set(protocol.consent.parties) <= given.by_then(self.at)
            and not is_void(self.trial.forms, person.site, (given.version, given.language, given.document))
            for given in person.consents
        )

    @guard("eligibility.unanswered", "not every eligibility criterion is answered", "入排标准尚未全部回答")
    def criteria_answered(self) -> bool:
        answers = self.case.participant.answers
        return all(
            criterion.id in answers and answers[criterion.id].holds is not None
            for criterion in self.case.protocol.eligibility.criteria
        )

    @guard("eligibility.not_met", "an eligibility criterion is not met", "不符合入排标准")
    def criteria_met(self) -> bool:
        answers = self.case.participant.answers
        return all(
            answers[criterion.id].holds is criterion.admits
            for criterion in self.case.protocol.eligibility.criteria
        )

    @guard("eligibility.age", "the age is unknown or outside the protocol's limits", "年龄未知或超出方案范围")
    def age_within_limits(self) -> bool:
        limits, age = self.case.protocol.eligibility, self.case.participant.age
        if limits.minimum_age is None and limits.maximum_age is None:
            return True
        if age is None:
            return False
        completed = int(age)
        return (limits.minimum_age is None or completed >= limits.minimum_age) and (
            limits.maximum_age is None or completed <= limits.maximum_age
        )

    @guard("randomize.enrolment_closed", "enrolment is not open", "入组未开放")
    def enrolment_is_open(self) -> bool:
        return self.trial.enrolling

    @guard("randomize.list_not_sealed", "there is no sealed allocation list", "没有已封存的随机分配表")
    def list_is_sealed(self) -> bool:
        return self.trial.allocation_list is not None

    @guard("randomize.target_reached", "every place of the enrolment target is taken", "入组名额已满")
    def place_left(self) -> bool:
        return self.enrolment.allocated < self.case.protocol.enrolment.target

    @guard(
        "randomize.list_used_up",
        "every place of the sealed allocation list is taken",
        "已封存的随机分配表名额已用完",
    )
    def list_holds_a_place(self) -> bool:
        sealed = self.trial.allocation_list
        return sealed is not None and self.enrolment.allocated < places_of(sealed.parameters)

    @guard(
        "randomize.before_eligibility",
        "the time given lies before eligibility was signed",
        "所述时间早于入选资格签署时间",
    )
    def eligibility_signed_by_then(self) -> bool:
        signed = self.case.participant.eligible
        return signed is None or self.at.latest > signed.at.earliest

    @guard(
        "randomize.value_missing",
        "a value that the protocol collects at randomization is not recorded, or was rejected",
        "方案规定随机时采集的数据尚未录入或未通过核查",
    )
    def values_collected(self) -> bool:
        wanted = self.case.protocol.randomization
        there = self.case.casebook.results.get(wanted.visit or "", {})
        return all(
            any(known.is_usable for result, known in there.items() if item_of(result) == item)
            for item in wanted.values
        )

    @guard(
        "infusion.before_randomization",
        "the participant was not randomized by then",
        "参与者当时尚未随机",
    )
    def randomized_by_then(self) -> bool:
        allocated = self.case.participant.randomized
        return allocated is not None and self.at.latest > allocated.when.at.earliest

    @guard("consent.treatment_withdrawn", "consent to treatment is withdrawn", "已撤回治疗同意")
    def treatment_not_withdrawn(self) -> bool:
        return self.case.participant.withdrawn("treatment") is None

    @guard(
        "consent.renewal_holds",
        "a renewed consent is due, and the next procedure waits for it",
        "须先重新签署知情同意书，方可进行下一程序",
    )
    def no_renewal_holds(self) -> bool:
        return holding(self.trial, self.case.participant, self.now) is None

    @guard("consent.visits_withdrawn", "consent to visits is withdrawn", "已撤回访视同意")
    def visits_not_withdrawn(self) -> bool:
        return self.case.participant.withdrawn("visits") is None
