"""The steps of the state machines in Chinese: what can follow where another step is refused."""

from __future__ import annotations

STEPS = {
    "accept": "接受",
    "acknowledge": "确认",
    "activate": "启动试验",
    "activate_site": "启动中心",
    "adopt_protocol": "采用方案",
    "adopt_version_at_site": "中心采用方案版本",
    "amend_protocol": "修订方案",
    "answer": "答复",
    "answer_criterion": "回答入排标准",
    "apply": "执行",
    "approve": "批准",
    "approve_ethics": "登记伦理批准",
    "archive": "归档",
    "ask": "申请",
    "assess": "评估",
    "assign_lot": "分配批次",
    "attend": "到访",
    "begin_infusion": "开始输注",
    "cancel": "取消",
    "change": "因质疑更改",
    "check_identity": "双人核对身份",
    "close": "关闭",
    "close_enrolment": "关闭入组",
    "complete": "完成",
    "confirm_assumptions": "确认方案假设",
    "continue_infusion": "继续输注",
    "correct": "更正",
    "correct_release": "更正放行时间",
    "correct_activation": "更正启动时间",
    "escalate": "升级",
    "follow_up": "随访报告",
    "freeze": "冻结",
    "learn": "登记获知",
    "lock": "锁定",
    "miss": "记为缺失",
    "name_data_cut": "命名数据截点",
    "notify": "通知",
    "observe": "输注后观察",
    "open": "提出",
    "open_enrolment": "开放入组",
    "order": "开具输注医嘱",
    "order_infusion": "开具输注医嘱",
    "pause": "暂停",
    "place_access": "建立通路",
    "premedicate": "预防用药",
    "quarantine": "隔离",
    "raise": "发出",
    "randomize": "随机",
    "receive": "接收产品",
    "register": "登记",
    "register_consent_form": "登记知情同意书",
    "reject": "拒绝",
    "release": "放行",
    "reopen": "重新提出",
    "report": "报告",
    "request_unlock": "申请解锁",
    "resolve": "解决",
    "resume": "恢复",
    "reveal_allocation_secret": "公开分配密钥",
    "schedule": "预约访视",
    "schedule_visit": "预约访视",
    "seal_list": "封存分配表",
    "sign": "签署",
    "sign_eligibility": "签署合格",
    "skip": "不予输注",
    "start": "开始输注",
    "stop_early": "提前终止",
    "submit": "提交",
    "supersede": "取代",
    "test": "登记检验",
    "thaw": "复苏产品",
    "unfreeze": "解除冻结",
    "unlock": "解锁",
    "verify": "核对",
    "void": "作废",
    "withdraw_consent_form": "停用知情同意书",
}
"""Chinese by the move of a machine; a test holds them complete."""


def what_can_follow(remedy: str) -> str:
    """The hint of a machine in Chinese; "" for what is none."""
    if remedy == "Nothing can follow.":
        return "此后没有后续步骤"
    told, found, steps = remedy.removesuffix(".").partition("What can follow: ")
    if told or not found:
        return ""
    names = (step.replace(" ", "_") for step in steps.split(", "))
    return f"可进行的步骤：{'、'.join(STEPS.get(name, name) for name in names)}"
