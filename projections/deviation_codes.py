"""The rules of a protocol that reality can depart from: their codes and sentences."""

from __future__ import annotations

from typing import NamedTuple

WRONG_ROUTE = "infusion.wrong_route"
"""The rule whose detail names a route: telling such a deviation is a look at an allocation."""


class DeviationRule(NamedTuple):
    """A rule of the protocol that reality can depart from: its code and its sentence."""

    code: str
    en: str
    zh: str


RULES = {
    rule.code: rule
    for rule in (
        DeviationRule(
            "visit.out_of_window",
            "visit outside its window",
            "访视超出时间窗",
        ),
        DeviationRule(
            "visit.missed",
            "visit missed",
            "访视缺失",
        ),
        DeviationRule(
            "visit.after_withdrawal",
            "visit after consent to visits was withdrawn",
            "撤回访视同意后仍进行访视",
        ),
        DeviationRule(WRONG_ROUTE, "infusion not by the allocated route", "输注途径与随机分配不符"),
        DeviationRule(
            "infusion.before_randomization",
            "infusion before randomization",
            "随机前输注",
        ),
        DeviationRule(
            "infusion.use_by_exceeded",
            "product given after its use-by time",
            "超过使用期限输注",
        ),
        DeviationRule(
            "infusion.lot_unreleased", "product given before its lot was released", "批次放行前输注"
        ),
        DeviationRule(
            "infusion.lot_withheld",
            "product given while its lot was quarantined or rejected",
            "批次隔离或拒收期间输注",
        ),
        DeviationRule(
            "infusion.lot_expired",
            "product given after its lot had expired",
            "批次过期后输注",
        ),
        DeviationRule(
            "infusion.after_withdrawal",
            "infusion after consent to treatment was withdrawn",
            "撤回治疗同意后输注",
        ),
        DeviationRule(
            "procedure.before_consent", "trial procedure before informed consent", "知情同意前进行试验程序"
        ),
        DeviationRule(
            "site.before_activation",
            "something of the trial took place before the site, or the trial, was activated",
            "中心或试验启动前已进行试验活动",
        ),
        DeviationRule(
            "consent.outdated_version",
            "consent on a version not in force",
            "知情同意书版本失效",
        ),
        DeviationRule(
            "consent.unapproved_document",
            "consent on a document that was not the approved one then",
            "知情同意所签文件并非当时获批文件",
        ),
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
            "consent.procedure_held",
            "trial procedure that a renewed consent should have come before",
            "应先重新签署知情同意书而未签即进行试验程序",
        ),
        DeviationRule(
            "consent.renewal_overdue", "renewed consent not given in time", "未按时重新签署知情同意书"
        ),
        DeviationRule(
            "safety.reported_late",
            "serious adverse event not reported to the sponsor in time",
            "严重不良事件未按时报告申办者",
        ),
        DeviationRule(
            "visit.assessments_omitted", "visit without an assessment that it has", "访视缺少规定的检查"
        ),
        DeviationRule(
            "samples.without_consent",
            "sample taken without the consent that it needs",
            "未获相应同意即采集样本",
        ),
        DeviationRule(
            "samples.left_without_consent",
            "sample handed out without the consent that it needs",
            "未获相应同意即移交样本",
        ),
        DeviationRule(
            "samples.left_without_permit",
            "sample handed out without the permit that it needs, or genetic and for another use",
            "未获所需许可即移交样本，或遗传样本移交作其他用途",
        ),
        DeviationRule(
            "samples.after_withdrawal",
            "sample measured after consent to samples was withdrawn",
            "撤回样本同意后仍检测样本",
        ),
        DeviationRule(
            "infusion.not_planned", "infusion beyond those the protocol plans", "超出方案规定次数的输注"
        ),
        DeviationRule(
            "infusion.bag_of_another",
            "product given from a bag of another participant or lot",
            "输注了他人或其他批次的产品袋",
        ),
        DeviationRule(
            "infusion.dose_departed",
            "dose given departs from the planned dose by more than the tolerance",
            "实际剂量与计划剂量之差超过允许范围",
        ),
        DeviationRule(
            "infusion.observation_short",
            "watched for a shorter time than the protocol asks",
            "输注后观察时间不足",
        ),
        DeviationRule(
            "randomization.age", "randomized although outside the age limits", "年龄超出范围仍随机"
        ),
        DeviationRule(
            "randomization.error_noted", "randomized in error, as noted by a person", "人工记录的随机错误"
        ),
        DeviationRule(
            "masking.broken_by_accident",
            "allocation disclosed by accident",
            "意外揭盲",
        ),
        DeviationRule(
            "safety.follow_up_late",
            "news of a serious adverse event not reported to the sponsor in time",
            "严重不良事件随访信息未按时报告申办者",
        ),
        DeviationRule(
            "safety.ethics_late",
            "serious adverse event not reported to the ethics committee in time",
            "严重不良事件未按时报告伦理委员会",
        ),
        DeviationRule(
            "safety.authority_late",
            "unexpected serious reaction not reported to authorities in time",
            "可疑非预期严重不良反应未按时报告监管部门",
        ),
        DeviationRule(
            "safety.nullification_late",
            "whoever has a safety report that was voided not told so in time",
            "安全报告作废未按时通知已收到报告的一方",
        ),
        DeviationRule(
            "noted",
            "deviation noted by hand",
            "人工记录的偏离",
        ),
    )
}
