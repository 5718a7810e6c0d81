"""Every rule by which the workflow refuses, in words: what a code means, in English and Chinese.

The state machines carry their own; here are those that the decisions speak. The message that is raised says
more, as which value and which visit; these words say what the rule is.
"""

from __future__ import annotations

from domain.errors import Broken, Conflict, Denied, Invalid, NotFound, Refused, TrialogError
from workflows import (
    alert_machine,
    incident_machine,
    infusion_machine,
    participant_machine,
    product_lot_machine,
    query_machine,
    safety_report_machine,
    trial_machine,
    visit_machine,
)
from workflows.machine import Cursor, Machine, Rule

MACHINES: dict[str, tuple[Machine, type[Cursor]]] = {
    "trial": (trial_machine.MACHINE, trial_machine.TrialCursor),
    "participant": (participant_machine.MACHINE, participant_machine.ParticipantCursor),
    "visit": (visit_machine.MACHINE, visit_machine.VisitCursor),
    "infusion": (infusion_machine.MACHINE, infusion_machine.InfusionCursor),
    "query": (query_machine.MACHINE, query_machine.QueryCursor),
    "product_lot": (product_lot_machine.MACHINE, product_lot_machine.LotCursor),
    "alert": (alert_machine.MACHINE, alert_machine.AlertCursor),
    "incident": (incident_machine.MACHINE, incident_machine.IncidentCursor),
    "safety_report": (safety_report_machine.MACHINE, safety_report_machine.SafetyReportCursor),
}
"""Each state machine and its cursor, by name."""

_TEXTS: dict[type[TrialogError], tuple[tuple[str, str, str], ...]] = {
    Refused: (
        ("access.conflict", "the role excludes another that the person holds", "该角色与已有角色互斥"),
        ("access.expired", "the role would have ended before it began", "角色到期时间早于开始"),
        ("access.granted_already", "the role is granted", "该角色已授予"),
        ("access.kind", "machines hold the role of the system and no other", "机器账户仅可持有系统角色"),
        (
            "access.scope",
            "administrators are of the whole store, others of a trial",
            "管理员属整个系统，其他角色属单个试验",
        ),
        ("access.unbounded", "an inspector's access has an end", "检查员权限须有到期时间"),
        ("account.active", "the account is open", "账户处于启用状态"),
        ("account.machine", "this is a machine's account", "这是机器账户"),
        ("account.name_taken", "a name is given once and for good", "账户名一经使用不得再用"),
        ("account.no_reason", "closing an account needs a reason in words", "停用账户须说明原因"),
        ("account.not_active", "the account is closed", "账户已停用"),
        ("account.not_locked", "the account is not locked", "账户未锁定"),
        ("account.one_time", "a secret given once is too short", "一次性密钥过短"),
        ("accounts.begun_already", "accounts are begun", "账户已启用"),
        ("accounts.not_begun", "accounts are not begun", "尚未启用账户"),
        (
            "accounts.other_actor",
            "the first administrator begins accounts in person",
            "须由首位管理员本人启用",
        ),
        ("birth.recorded_already", "this birth is recorded", "该出生年月已记录"),
        ("backup.recorded_already", "this backup is recorded", "该备份已记录"),
        (
            "consent.document_changed",
            "the document is not the one approved under this version",
            "文件与获批版本不一致",
        ),
        ("consent.form_not_valid", "the document is not valid now", "知情同意书不在有效期内"),
        ("consent.form_superseded", "the document is superseded by a newer one", "知情同意书已被新版本取代"),
        (
            "consent.form_unapproved",
            "no such document is approved for the site and language",
            "该中心及语言没有获批的该知情同意书",
        ),
        ("consent.signed_now", "a consent given here bears the time of the server", "电子签署采用服务器时间"),
        (
            "consent_form.registered_already",
            "a document of this version and language is registered at the site",
            "该中心已登记此版本及语言的知情同意书",
        ),
        ("consent_form.withdrawn_already", "the document is withdrawn", "该知情同意书已停用"),
        ("consent.recorded_already", "this consent is recorded", "该知情同意已记录"),
        ("consent.withdrawn_already", "consent is withdrawn for this scope", "该范围的知情同意已撤回"),
        ("correction.no_reason", "a change to a recorded value needs a reason in words", "更正须说明原因"),
        (
            "correction.reason_unlisted",
            "a correction's reason has a code of the protocol's list",
            "更正原因须取自方案列表",
        ),
        ("data_cut.name_taken", "there is a data cut of this name", "数据截点名称已使用"),
        ("data_cut.no_position", "the history has no such position", "历史中没有该位置"),
        ("decompensation.recorded_already", "this episode is recorded", "该失代偿事件已记录"),
        ("decompensation.resolved_already", "the episode is resolved", "该失代偿事件已缓解"),
        ("delegation.ended_already", "the delegation has ended", "该授权已终止"),
        ("delegation.ends_before_start", "the delegation ends before it starts", "授权结束早于开始"),
        ("died.recorded_already", "death is recorded", "死亡已记录"),
        ("edit_check.none_open", "no edit check is open on this result", "该结果没有待答的核查"),
        ("eligibility.unknown_criterion", "the protocol has no such criterion", "方案没有该入排标准"),
        ("erasure.not_requested", "nobody has asked for this erasure", "没有人申请此删除"),
        ("erasure.retention", "the records must still be kept", "记录仍在法定保存期内"),
        ("feed.revoked_already", "this feed is revoked", "该日历订阅已撤销"),
        ("export.no_position", "the history has no such position", "历史中没有该位置"),
        ("follow_up_ended.recorded_already", "the end of follow-up is recorded", "随访结束已记录"),
        ("incarnation.no_reason", "declaring a log anew needs a reason in words", "重新声明日志须说明原因"),
        ("incarnation.one_person", "declaring a log anew takes two persons", "重新声明日志须由两人完成"),
        ("infusion.recorded_already", "the infusion has started", "该次输注已开始"),
        ("infusion.unknown_route", "the protocol has no such route", "方案没有该输注途径"),
        ("log.checkpoint_not_newer", "the log was signed at that size or beyond", "日志已签至该处或更后"),
        ("log.not_opened", "no key of the log is registered", "该日志未登记公钥"),
        ("log.other_key", "the log is signed under another key", "该日志由其他密钥签名"),
        ("lost.recorded_already", "loss to follow-up is recorded", "失访已记录"),
        ("participant.code_taken", "the participant code is taken", "参与者编号已使用"),
        ("participant.ended", "the participant's course has ended", "参与者的试验过程已结束"),
        ("password.common", "the password is made of what is tried first", "密码过于常见"),
        ("password.too_long", "the password is too long", "密码过长"),
        ("password.too_short", "the password is too short", "密码过短"),
        ("password.used_before", "this password was used before", "密码曾经使用"),
        (
            "protocol.other_digest",
            "what was confirmed is not this version's document",
            "所确认的并非该版本文件",
        ),
        ("privacy.same_person", "another person must agree", "须由另一人同意"),
        ("protocol.unknown_version", "the trial has no such protocol version", "试验没有该方案版本"),
        ("protocol.version_taken", "there is a protocol version of this label", "方案版本号已使用"),
        ("query.no_visit", "a result is asked about at a visit", "对检查结果的质疑须指明访视"),
        ("query.other_subject", "the query is about something else", "该质疑针对其他内容"),
        ("randomization.recorded_already", "the randomization is recorded", "随机已记录"),
        (
            "randomize.made_here",
            "the protocol allocates from its own sealed list",
            "方案规定由封存的分配表随机",
        ),
        ("randomize.unknown_arm", "the protocol has no such arm", "方案没有该组别"),
        ("redaction.made_already", "this text is redacted", "该内容已遮盖"),
        ("redaction.requested_already", "this redaction was asked for already", "该遮盖已申请"),
        ("restriction.in_force", "processing is restricted already", "数据处理已受限制"),
        ("restriction.none", "processing is not restricted", "数据处理未受限制"),
        ("result.changed_meanwhile", "the value is not the one to be corrected", "该值已不是所要更正的值"),
        ("result.recorded_already", "the item is recorded at this visit", "该项目在此访视已记录"),
        ("result.same_value", "the value is this one already", "该值未改变"),
        ("result.voided_already", "the result is voided", "该结果已作废"),
        ("screen_failure.recorded_already", "the screen failure is recorded", "筛选失败已记录"),
        ("screening.enrolment_closed", "enrolment is not open", "入组未开放"),
        ("site.active_already", "the site is active", "中心已启动"),
        ("site.not_active", "the site is not active", "中心未启动"),
        (
            "site.not_staffed",
            "no investigator or monitor of the site can sign in",
            "该中心没有可登录的研究者或监查员",
        ),
        ("site.unknown", "the protocol has no such site", "方案没有该中心"),
        ("site.version_already", "the site follows this protocol version", "中心已采用该方案版本"),
        ("time.in_future", "only what has happened can be recorded", "只能记录已发生的事"),
        ("token.expires", "a token expires, within a limit", "令牌须有期限"),
        ("token.name_taken", "there is a token of this name", "令牌名称已使用"),
        ("token.person", "a token is for a machine", "令牌仅供机器使用"),
        ("token.unknown", "there is no such token", "没有该令牌"),
        ("totp.enrolled_already", "a second factor is enrolled", "已绑定第二验证因子"),
        ("totp.no_fit", "the code does not fit the second factor", "验证码不符"),
        ("transplanted.recorded_already", "the transplantation is recorded", "肝移植已记录"),
        ("trial.frozen", "the trial is frozen: no data are entered", "试验数据已冻结，不可录入"),
        ("trial.no_reason", "unlocking needs a reason in words", "解锁须说明原因"),
        ("trial.not_active", "the trial is not active", "试验未启动"),
        ("unblinding.no_reason", "breaking the blind needs a reason in words", "紧急揭盲须说明原因"),
        ("unblinding.not_randomized", "the participant is not randomized", "参与者尚未随机"),
        ("unblinding.none", "no disclosure of the allocation is recorded", "没有揭盲记录"),
        ("visit.ambiguous", "several visits were attended at that time", "该时间有多个访视"),
        ("visit.day_unknown", "a visit without a day must be named", "日期不明时须指明访视"),
    ),
    Invalid: (
        ("birth.too_exact", "no more than year and month of birth are kept", "出生日期仅保留至年或年月"),
        ("consent_form.before_approval", "a document is valid from its approval on", "文件自获批后方可生效"),
        ("consent_form.ends_before_start", "the document ends before it begins", "文件失效早于生效"),
        (
            "consent_form.no_summary",
            "renewed consent is asked for because of something new",
            "要求重新签署须说明新内容",
        ),
        ("data_cut.root_of_what", "a root is given together with its position", "根哈希须与位置一并给出"),
        ("command.other_log", "the command does not belong in this log", "该指令不属于此日志"),
        ("command.invalid", "a field of the command is wrong", "指令字段有误"),
        ("command.unknown", "there is no such command", "没有该指令"),
        ("incarnation.other_log", "the checkpoint is of another log", "检查点属于其他日志"),
        ("incident.aware_before", "the awareness lies before the incident", "获知时间早于事件"),
        ("infusion.ends_before_start", "the infusion ends before it starts", "输注结束早于开始"),
        ("infusion.use_by_before_thaw", "the use-by time lies before the thaw", "使用期限早于复苏时间"),
        ("protocol.other_trial", "the document is of another trial", "文件属于另一试验"),
        (
            "safety.aware_before_onset",
            "the awareness lies before the onset of the event",
            "获知时间早于事件发生时间",
        ),
        (
            "safety.term_missing",
            "a new serious event is told with its term and severity",
            "新的严重不良事件须注明名称和严重程度",
        ),
        ("unblinding.names_arm", "the text names an arm", "文字中出现组别名称"),
        ("randomization.secret", "the secret of the list has another length", "分配表密钥长度不符"),
        ("result.grade_unknown", "the assessment has no such grade", "该评估没有此分级"),
        ("result.not_a_number", "the value is no number", "该值不是数字"),
        ("result.unit_unknown", "the item has no such unit", "该项目没有此单位"),
        ("screen_failure.no_reason", "a screen failure needs a reason", "筛选失败须有原因"),
        ("visit.appointment_past", "the appointment is past", "预约时间已过"),
    ),
    NotFound: (
        ("access.unknown", "there is no such request or role", "没有该申请或角色"),
        ("account.unknown", "there is no such account", "没有该账户"),
        ("alert.unknown", "there is no such alert", "没有该提醒"),
        ("consent_form.unknown", "no such consent document is registered", "没有登记该知情同意书"),
        ("backup.unknown", "there is no such backup", "没有该备份"),
        ("delegation.unknown", "there is no such delegation", "没有该授权"),
        ("decompensation.type", "the protocol names no such decompensation", "方案没有该失代偿类型"),
        ("delivery.unknown", "there is no such delivery", "没有该发送记录"),
        ("feed.unknown", "there is no such calendar feed", "没有该日历订阅"),
        ("adverse_event.unknown", "there is no such adverse event", "没有该不良事件"),
        ("decompensation.unknown", "there is no such episode", "没有该失代偿事件"),
        ("identity.none", "no identity is held of this participant", "没有该参与者的身份信息"),
        ("incident.unknown", "there is no such incident", "没有该事件"),
        ("item.unknown", "the protocol has no such item", "方案没有该项目"),
        ("lot.unknown", "there is no such lot", "没有该批次"),
        ("participant.unknown", "there is no such participant", "没有该参与者"),
        ("redaction.no_position", "the history has no such position", "历史中没有该位置"),
        ("redaction.unknown", "nobody has asked for this redaction", "没有此遮盖申请"),
        ("safety.unknown", "there is no safety report on the event", "该事件没有安全性报告"),
        ("query.unknown", "there is no such query", "没有该质疑"),
        ("result.unknown", "there is no such result", "没有该结果"),
        ("visit.none_then", "no visit is recorded at that time", "该时间没有访视记录"),
        ("visit.unknown", "there is no such visit", "没有该访视"),
    ),
    Denied: (
        ("allocation.masked", "the protocol masks the role", "方案对该角色设盲"),
        ("access.no_role", "the person does not hold the role here", "该人员在此没有该角色"),
        ("access.not_delegated", "the task is not delegated to the person", "该任务未授权给此人"),
        ("access.not_signed_in", "nobody is signed in", "未登录"),
        ("access.not_trained", "no training counts", "没有有效的培训记录"),
        ("access.other_account", "this is for the account's holder alone", "仅限账户本人"),
        ("access.other_origin", "the token is for another origin of data", "令牌属于其他数据来源"),
        ("access.other_site", "the role does not reach to this site", "该角色不涵盖此中心"),
        ("access.own", "four eyes: not for oneself", "双人原则：不得为自己操作"),
        ("access.unmasked", "the person also holds a role that is not masked", "此人另有非盲角色"),
        ("account.own", "another administrator does this to one's account", "须由另一管理员操作"),
        ("policy.denied", "the role may not do this", "该角色无此权限"),
        ("session.over", "the session is over", "会话已结束"),
        ("signature.not_authenticated", "a signature needs authentication anew", "签名须再次验证身份"),
        ("signature.not_verified", "the signer's identity was not verified", "签名人身份未核实"),
        ("signature.service", "a machine signs nothing", "机器不得签名"),
        ("training.own", "another person records one's training", "培训须由他人记录"),
    ),
    Broken: (
        (
            "randomization.commitment",
            "the sealed secret does not fit its commitment",
            "封存的密钥与承诺值不符",
        ),
    ),
    Conflict: (
        ("command.other_content", "the command id was used for another command", "指令编号已用于其他内容"),
    ),
}


def _rules() -> dict[str, tuple[type[TrialogError], Rule]]:
    known = {code: (kind, Rule(code, en, zh)) for kind, texts in _TEXTS.items() for code, en, zh in texts}
    for machine, cursor in MACHINES.values():
        guards = {guard: None for move in machine.table.moves for guard in move.guards}
        spoken: list[Rule] = [getattr(cursor, guard).rule for guard in guards]
        for rule in [*spoken, *machine.table.refusals.values()]:
            known.setdefault(rule.code, (Refused, rule))
    return dict(sorted(known.items()))


RULES = _rules()
"""Every rule by its code: the kind of error it is refused with, and its words.

Besides these, a move that a machine does not know is refused as `<machine>.<move>.not_when_<state>`.
"""
