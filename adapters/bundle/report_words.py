"""The words of the report in a bundle, in English and Chinese."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """Everything the report says besides data."""

    language: str
    title: str
    what: tuple[str, ...]
    scope: str
    scope_rows: tuple[str, ...]
    whole: str
    part: str
    masked: str
    unmasked: str
    nothing_signed: str
    counts: str
    count_names: dict[str, str]
    people: str
    people_columns: tuple[str, ...]
    timeline: str
    timeline_columns: tuple[str, ...]
    signatures: str
    signature_columns: tuple[str, ...]
    stands: dict[str, str]
    deviations: str
    deviation_columns: tuple[str, ...]
    withheld: str
    withheld_columns: tuple[str, ...]
    parts: dict[str, str]
    grounds: dict[str, str]
    none: str


ENGLISH = Words(
    language="en",
    title="Clinical trial {trial}: the record as a bundle",
    what=(
        (
            "This bundle holds the record of a clinical trial as Trialog keeps it, and what it takes to prove"
            " that nothing of it was altered, removed, reordered, inserted or back-dated. It can be checked"
            " without anything of ours: take verify.py and the public keys from the trial master file, not"
            " from here, and run “python3 verify.py FOLDER --policy FILE”. The program can be read; SPEC.md"
            " says exactly what it does, so that anybody can write another."
        ),
        (
            "What counts is trial/ledger.txt. This page is made from it for people to read, and proves"
            " nothing by itself."
        ),
        (
            "What is proved reaches as far as the newest checkpoint that somebody else than the keeper of"
            " this record has seen: compare the root below with one that you hold."
        ),
    ),
    scope="What it holds",
    scope_rows=(
        "Trial",
        "Facts",
        "As of",
        "Extent",
        "Reader",
        "Root over all facts",
        "Signed to",
        "Program",
    ),
    whole="the whole record, facts 1 to {size}",
    part="what concerns participant {participant}, with proofs that it is part of the record of {size} facts",
    masked="{role}: masked, so nothing here tells an allocation",
    unmasked="{role}",
    nothing_signed="nothing: no checkpoint of this record is kept",
    counts="Participants",
    count_names={
        "screened": "screened",
        "consented": "consented",
        "eligible": "eligible",
        "screen_failed": "screen failures",
        "randomized": "randomized",
        "infused": "infused",
        "completed": "completed",
        "withdrawn": "withdrawn",
        "lost_to_follow_up": "lost to follow-up",
        "transplanted": "transplanted",
        "died": "died",
    },
    people="People who made these entries",
    people_columns=("Who", "Name", "Role", "Site", "Commands", "First", "Last"),
    timeline="What happened",
    timeline_columns=("Position", "Recorded (UTC)", "Happened", "Who", "What", "Why"),
    signatures="Signatures on the records",
    signature_columns=("Position", "Participant", "Record", "Name", "Role", "Signed", "Meaning", "Stands"),
    stands={"current": "as it stands", "changed": "the record changed since"},
    deviations="Departures from the protocol, found by replaying its rules",
    deviation_columns=("Participant", "On", "What", "Detail", "Classified as"),
    withheld="What is withheld, and why",
    withheld_columns=("Position", "What", "Why"),
    parts={"fact": "the fact", "envelope": "who, why and how of the command"},
    grounds={
        "masked": "it would tell an allocation, and the reader is masked",
        "scope": "it is out of scope; only its place in the record is shown",
        "genetic": "genetic data, which leave for genetic use only, with consent and an authority's permit",
        "redacted": "redacted; the fact at position {by} says by whom, for whom and on what ground",
    },
    none="None.",
)

CHINESE = Words(
    language="zh",
    title="临床试验 {trial}：记录包",
    what=(
        (
            "本文件包包含 Trialog 所保存的临床试验记录，以及证明该记录未被更改、删除、调序、"
            "插入或倒填日期所需的全部内容。核验无需使用我方任何软件：请从试验主文件（而非本包）"
            "取得 verify.py 与公钥，运行“python3 verify.py 文件夹 --policy 文件”。"
            "该程序可读；SPEC.md 准确说明其所做的检查，任何人均可据此另写一个。"
        ),
        ("有效力的是 trial/ledger.txt。本页由其生成，供人阅读，本身不构成证明。"),
        ("所证明的范围止于记录保管人之外的人所见过的最新检查点：请将下列根哈希与您所持有的检查点核对。"),
    ),
    scope="内容",
    scope_rows=("试验", "记录数", "截至", "范围", "读者", "全部记录的根哈希", "已签署至", "程序"),
    whole="全部记录，第 1 至 {size} 条",
    part="与试验参与者 {participant} 有关的记录，并证明其属于共 {size} 条的记录",
    masked="{role}：处于盲态，本包不透露任何分配",
    unmasked="{role}",
    nothing_signed="无：未保存该记录的检查点",
    counts="试验参与者",
    count_names={
        "screened": "筛选",
        "consented": "已知情同意",
        "eligible": "合格",
        "screen_failed": "筛选失败",
        "randomized": "已随机",
        "infused": "已输注",
        "completed": "完成",
        "withdrawn": "退出",
        "lost_to_follow_up": "失访",
        "transplanted": "肝移植",
        "died": "死亡",
    },
    people="录入人员",
    people_columns=("人员", "姓名", "角色", "中心", "指令数", "首次", "末次"),
    timeline="经过",
    timeline_columns=("位置", "记录时间（UTC）", "发生时间", "人员", "事实", "原因"),
    signatures="记录上的签名",
    signature_columns=("位置", "试验参与者", "记录", "姓名", "角色", "签名时间", "含义", "效力"),
    stands={"current": "当前有效", "changed": "签名后记录已更改"},
    deviations="按方案规则重放所得的方案偏离",
    deviation_columns=("试验参与者", "日期", "偏离", "说明", "分类"),
    withheld="未提供的内容及原因",
    withheld_columns=("位置", "内容", "原因"),
    parts={"fact": "事实", "envelope": "指令的人员、原因与方式"},
    grounds={
        "masked": "会透露分配，而读者处于盲态",
        "scope": "不在范围内，仅示其在记录中的位置",
        "genetic": "遗传数据，仅可在获得同意及主管部门许可后用于遗传研究",
        "redacted": "已遮盖；由何人、为何遮盖，见位置 {by} 的事实",
    },
    none="无。",
)
