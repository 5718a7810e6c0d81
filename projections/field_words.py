"""Fields as people read them: `week-4/alb` is "Week 4: Albumin", in Chinese 第4周：白蛋白."""

from __future__ import annotations

from collections.abc import Iterator

from domain.protocol import Protocol
from projections.fields import Place

_WORDS: dict[str, tuple[str, str]] = {
    "access": ("access", "通路"),
    "access_placed": ("access placed", "通路建立"),
    "accession": ("accession number", "标本编号"),
    "adverse_events": ("adverse event", "不良事件"),
    "age": ("age", "年龄"),
    "algorithm": ("algorithm", "算法"),
    "allocation": ("allocation", "分配结果"),
    "allocation_list": ("allocation list", "随机分配表"),
    "answer": ("answer to the edit check", "逻辑核查答复"),
    "answers": ("eligibility criterion", "入排标准"),
    "appointment": ("appointment", "预约"),
    "approved": ("approved by ethics", "伦理批准"),
    "assessment": ("assessment", "评估"),
    "assigned": ("bag assigned", "产品袋分配"),
    "at": ("when", "时间"),
    "attempts": ("attempts to reach", "联系次数"),
    "attended": ("attended", "到访"),
    "bag": ("bag", "袋"),
    "cause": ("cause", "原因"),
    "cells_million": ("cells, in 10^6", "细胞数（10^6）"),
    "check": ("edit check", "逻辑核查"),
    "checked": ("checked at the bedside", "床旁核对"),
    "checkers": ("checked by", "核对人"),
    "classification": ("classification", "定级"),
    "classified": ("deviation", "方案偏离"),
    "closed": ("closed", "归档"),
    "commitment": ("commitment", "承诺值"),
    "completed": ("completed", "完成"),
    "confirmed": ("assumptions confirmed", "假设已确认"),
    "consents": ("consent", "知情同意"),
    "copy_given": ("copy given", "已给副本"),
    "correction": ("correction", "纠正措施"),
    "cuts": ("data cut", "数据截点"),
    "detail": ("detail", "详情"),
    "dialysis": ("dialysis", "透析"),
    "died": ("died", "死亡"),
    "digest": ("digest", "摘要值"),
    "dose": ("dose ordered", "医嘱剂量"),
    "eligible": ("eligibility signed", "入选资格签署"),
    "ended": ("ended", "结束"),
    "enrolling": ("enrolment open", "入组开放"),
    "episodes": ("decompensation", "失代偿事件"),
    "expires": ("expires", "有效期"),
    "failed_because": ("why it failed", "失败原因"),
    "failed_tests": ("failed tests", "不合格检验"),
    "finding": ("finding", "发现"),
    "follow_up_ended": ("end of follow-up", "随访结束"),
    "grades": ("grade", "分级"),
    "held": ("bags held", "暂扣的袋"),
    "holds": ("hold", "扣留"),
    "hours": ("hours", "小时"),
    "informed": ("told to", "知情者"),
    "infused": ("infused", "输注"),
    "intact": ("intact", "完好"),
    "kind": ("kind", "类型"),
    "language": ("language", "语言"),
    "limits": ("limits of the edit check", "逻辑核查界限"),
    "lost": ("lost to follow-up", "失访"),
    "lot": ("lot", "批次"),
    "medication": ("medication", "药物"),
    "misrandomized": ("randomized in error", "误随机"),
    "missed": ("missed", "错过"),
    "missed_because": ("why missed", "错过原因"),
    "not_given": ("not given", "未输注"),
    "note": ("note", "备注"),
    "noted": ("deviation noted", "记录的偏离"),
    "onset": ("onset", "发生"),
    "ordered": ("ordered", "医嘱"),
    "parties": ("signed by", "签署方"),
    "pauses": ("pause", "暂停"),
    "place": ("place", "位次"),
    "places_taken": ("places taken", "已用名额"),
    "premedicated": ("premedication", "预防用药"),
    "randomized": ("randomized", "随机"),
    "reactions": ("reactions", "反应"),
    "reason": ("reason", "原因"),
    "received": ("received", "接收"),
    "reconsent_requested": ("renewed consent requested", "要求重新知情同意"),
    "reference_high": ("reference range, upper end", "参考范围上限"),
    "reference_low": ("reference range, lower end", "参考范围下限"),
    "registered": ("registered", "登记"),
    "released": ("released", "放行"),
    "resolved": ("resolved", "缓解"),
    "resumed": ("resumed", "继续"),
    "revealed": ("secret revealed", "密钥公开"),
    "screen_failed": ("screen failure", "筛选失败"),
    "serious": ("serious", "严重不良事件"),
    "severity": ("severity", "严重程度"),
    "sex": ("sex", "性别"),
    "since": ("since", "自"),
    "site": ("site", "中心"),
    "sites": ("site", "中心"),
    "started": ("started", "开始"),
    "status": ("status", "状态"),
    "stopped_because": ("why stopped", "终止原因"),
    "stopped_early": ("stopped early", "提前终止"),
    "subtype": ("subtype", "亚型"),
    "term": ("term", "名称"),
    "text": ("text", "内容"),
    "thawed": ("thawed", "复苏"),
    "transplanted": ("transplanted", "肝移植"),
    "treatments": ("treatment", "治疗"),
    "type": ("type", "类型"),
    "unblinded": ("unblinded", "揭盲"),
    "unblinding_assessed": ("impact of the disclosure", "揭盲影响"),
    "unit": ("unit", "单位"),
    "until": ("until", "至"),
    "use_by": ("use by", "使用期限"),
    "versions": ("protocol version", "方案版本"),
    "viability_percent": ("viability, in %", "活率（%）"),
    "volume_ml": ("volume, in mL", "体积（mL）"),
    "watched": ("observed", "观察"),
    "weight_kg": ("weight, in kg", "体重（kg）"),
    "withdrawals": ("consent withdrawn", "撤回知情同意"),
}
"""The parts of fields, in English and Chinese. What is not here is told by its own name."""


def words_of(place: Place, protocol: Protocol | None, language: str = "en") -> str:
    """The field in words: visits, items and criteria by the names the protocol gives them."""
    told = [_part(each, language) for each in _named(place, protocol, language)]
    return ("：" if language == "zh" else ": ").join(told)


def _named(place: Place, protocol: Protocol | None, language: str) -> Iterator[str]:
    parts = place.path.split("/")
    if place.model in ("visit", "results") and protocol is not None:
        plan = protocol.visit_plans.get(parts[0])
        parts[0] = plan.name.told(language) if plan is not None else parts[0]
        if place.model == "results":
            parts[1] = _item(parts[1], protocol, language)
    elif place.model == "infusion":
        number = parts[0].removeprefix("infusion-")
        parts[0] = f"第 {number} 次输注" if language == "zh" else f"Infusion {number}"
    yield from parts


def _item(result: str, protocol: Protocol, language: str) -> str:
    item, _, draw = result.partition("#")
    known = protocol.item_plans.get(item)
    name = known.name.told(language) if known is not None else item
    if not draw:
        return name
    return f"{name}（第 {draw} 次采样）" if language == "zh" else f"{name}, draw {draw}"


def _part(part: str, language: str) -> str:
    known = _WORDS.get(part)
    return part.replace("_", " ") if known is None and part.isidentifier() else _in(known, part, language)


def _in(known: tuple[str, str] | None, part: str, language: str) -> str:
    return part if known is None else known[1 if language == "zh" else 0]
