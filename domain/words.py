"""The Chinese of codes: what a field that knows a fixed list of them says in a sentence for people.

A code has one translation wherever it stands. English sentences tell codes as words of their own.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Literal

_ALTERNATIVES = re.compile(r"\^\(?\|?([a-z0-9_]+(?:\|[a-z0-9_]+)+)\)\??\$")

CHINESE = {
    # people and whom they answer to
    "administrator": "系统管理员",
    "authority": "监管机构",
    "cell_laboratory": "细胞实验室",
    "coordinator": "临床协调员",
    "data_manager": "数据管理员",
    "data_protection": "个人信息保护机构",
    "dsmb": "数据安全监查委员会",
    "ethics": "伦理委员会",
    "holder": "账户持有人",
    "infusion_operator": "输注操作者",
    "inspector": "检查员",
    "institution": "医疗机构",
    "investigator": "研究者",
    "masked_statistician": "盲态统计师",
    "monitor": "监查员",
    "outcome_assessor": "结局评估者",
    "participant": "试验参与者",
    "participants": "试验参与者",
    "principal_investigator": "主要研究者",
    "randomization_manager": "随机化管理员",
    "representative": "监护人",
    "sponsor": "申办者",
    "statistician": "统计师",
    "system": "系统",
    "witness": "公正见证人",
    "female": "女",
    "male": "男",
    # tasks, and what a consent or a withdrawal reaches
    "all": "全部",
    "consent": "知情同意",
    "dialysis": "透析",
    "attended": "完成",
    "thawed": "解冻",
    "started": "开始输注",
    "paused": "暂停",
    "resumed": "继续",
    "ended": "输注结束",
    "missed": "错过",
    "completion": "完成试验",
    "decompensation": "失代偿事件",
    "grade": "分级",
    "resolution": "缓解",
    "course": "试验过程",
    "cross_border": "数据出境",
    "data_entry": "数据录入",
    "eligibility": "入选判定",
    "end_of_follow_up": "随访结束",
    "future_use": "后续研究使用",
    "genetic": "遗传信息",
    "infusion": "输注",
    "loss": "失访",
    "outcomes": "结局评估",
    "product": "试验产品",
    "randomization": "随机化",
    "safety": "安全性",
    "samples": "样本",
    "screen_failure": "筛选失败",
    "screening": "筛选",
    "sensitive_data": "敏感个人信息",
    "sign_off": "签核",
    "transplant": "肝移植",
    "treatment": "治疗",
    "trial": "本试验",
    "visits": "访视",
    "withdrawal": "撤回知情同意",
    # signing in, signing, and where data come from
    "accidental": "意外",
    "approval": "批准",
    "authorship": "记录人",
    "certificate": "数字证书",
    "device": "设备",
    "emergency": "紧急",
    "fingerprint": "指纹",
    "handwritten": "手写签名",
    "idle": "长时间未操作",
    "import": "导入",
    "locked_out": "已锁定",
    "one_time_code": "一次性验证码",
    "paper": "纸质",
    "password": "密码",
    "person": "人员",
    "planned": "计划内",
    "responsibility": "负责",
    "review": "审阅",
    "sign_in": "登录",
    "signature": "签名",
    "signed_out": "主动退出",
    "totp": "动态验证码",
    # safety
    "congenital_anomaly": "先天性异常",
    "death": "死亡",
    "definite": "肯定有关",
    "disability": "致残",
    "fatal": "致死",
    "hospitalization": "住院或延长住院",
    "life_threatening": "危及生命",
    "medically_important": "重要医学事件",
    "mild": "轻度",
    "moderate": "中度",
    "not_recovered": "未恢复",
    "possible": "可能有关",
    "probable": "很可能有关",
    "recovered": "已恢复",
    "recovered_with_sequelae": "恢复但有后遗症",
    "recovering": "正在恢复",
    "severe": "重度",
    "unknown": "不详",
    "unlikely": "可能无关",
    "unrelated": "无关",
    # deviations, incidents, checks, products, deliveries, clocks
    "accepted": "已接受",
    "breach": "严重违反方案或GCP",
    "continuous_24h": "连续24小时",
    "corrective": "纠正",
    "critical": "严重",
    "database": "数据库",
    "deferred": "暂缓",
    "final": "最终",
    "interim": "临时",
    "intermittent": "间歇",
    "mail": "邮件",
    "major": "重要",
    "minor": "轻微",
    "newest_fact": "最新事实",
    "preventive": "预防",
    "query": "质疑",
    "refused": "已拒收",
    "reject": "拒绝",
    "security": "信息安全",
    "steady_clock": "单调时钟",
    "time_server": "时间服务器",
    "webhook": "网络回调",
}


def in_chinese(code: str) -> str:
    """The Chinese of a code; the code itself where it has none."""
    return CHINESE.get(code, code)


def in_english(code: str) -> str:
    """A code as words: `principal_investigator` is written with a blank."""
    return code.replace("_", " ")


def alternatives(pattern: str) -> tuple[str, ...]:
    """The codes that a pattern lists, none where it asks for a form."""
    known = _ALTERNATIVES.fullmatch(pattern)
    return tuple(known[1].split("|")) if known else ()


def codes_of(annotation: Any, constraints: tuple[Any, ...] = ()) -> Iterator[str]:  # noqa: ANN401 - any type
    """The codes that a field of this type may hold, none where it holds a text of people's own."""
    origin = typing.get_origin(annotation)
    if origin is Annotated:
        inner, *more = typing.get_args(annotation)
        yield from codes_of(inner, tuple(more))
    elif origin is Literal:
        yield from typing.get_args(annotation)
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from map(str, annotation)
    else:
        for each in constraints:
            yield from alternatives(str(getattr(each, "pattern", None)))
        for part in typing.get_args(annotation):
            yield from codes_of(part)
