"""What a verification finds, in Chinese; a test holds the forms complete."""

from __future__ import annotations

import re

FORMS = tuple(
    (re.compile(english, re.DOTALL), chinese)
    for english, chinese in (
        # a line, a fact and its command
        (r"this is no line of a ledger", r"这不是账本的条目行"),
        (r"the line is not in the form of the ledger", r"条目行不符合账本格式"),
        (r"the line of the ledger cannot be read", r"账本的条目行无法读取"),
        (r"the line is not the one that was hashed", r"条目行与计算哈希时不同"),
        (r"the line commits to other than its fact and its envelope", r"条目行的承诺与其事实及记录信息不符"),
        (r"the line says (\S+) (.+), and the store (.+)", r"条目行的 \1 为 \2，存储中为 \3"),
        (r"a node is wrong", r"哈希树节点有误"),
        (r"the entry is not in its form", r"条目不符合格式"),
        (r"the entry is not the one whose hash stands before it", r"条目与其前所载哈希不符"),
        (r"the entry is not of the command that it names", r"条目不属于其所载指令"),
        (r"the entry does not fit its command", r"条目与其指令不符"),
        (r"the entry says that it is (.+) at (.+)", r"条目自称为 \1 的 \2"),
        (
            r"the entry is not in the tree of (\d+|X) entries that was signed",
            r"该条目不在已签署的 \1 个条目的哈希树中",
        ),
        (r"an entry stands here that belongs elsewhere, to (.+)", r"此处的条目应属于别处：\1"),
        (r"entries of (.+) before this one are missing", r"\1 在此之前的条目缺失"),
        (r"recorded at (\S+), after one(?: recorded at| of) (\S+)", r"记录于 \1，却在记录于 \2 者之后"),
        (r"a(?: fact of the topic)? (\S+)(?: that)? cannot be read", r"\1 无法读取"),
        (r"a fact that is not of (.+)", r"该事实不属于 \1"),
        (r"the fact is not what its line commits to", r"事实与条目行的承诺不符"),
        (r"the fact is not what its entry commits to", r"事实与条目的承诺不符"),
        (r"the envelope of the command is not what its line commits to", r"指令的记录信息与条目行的承诺不符"),
        (r"the (?:envelope|X) is not what its entry commits to", r"记录信息与条目的承诺不符"),
        (r"the envelope is of another command", r"记录信息属于另一指令"),
        (r"the envelope does not say what the entry says", r"记录信息与条目所载不符"),
        (r"there is no such fact in the command from (\S+)", r"自 \1 起的指令中没有该事实"),
        (r"the command is not in the journal", r"日志中没有该指令"),
        (
            r"the command from (\S+) on has facts to (\S+), and another begins here",
            r"自 \1 起的指令含事实至 \2，此处却另起一指令",
        ),
        (r"facts are missing, to position (\S+)", r"事实缺失，至序号 \1"),
        (r"positions (.+) to (\S+) are missing", r"序号 \1 至 \2 缺失"),
        (r"version (.+) of (.+) is missing: (.+) stands here", r"\2 的版本 \1 缺失：此处为 \3"),
        (r"the protocol document is not that of the fact", r"方案文件与事实所载不符"),
        (r"the protocol (.+), which was in force here, is missing", r"此处有效的方案 \1 缺失"),
        # what is withheld, covered or sealed
        (r"this envelope cannot be withheld as (.+)", r"该记录信息不能以 \1 为由不予提供"),
        (r"this (?:fact|X) cannot be withheld as (.+)", r"该事实不能以 \1 为由不予提供"),
        (r"nothing allows that this (?:\S+) is withheld as (.+)", r"没有依据允许以 \1 为由不予提供"),
        (
            r"the signature of (\S+) (\S+) is not of what stood there at (\S+)",
            r"\1 \2 的签名所涵盖的并非序号 \3 时的内容",
        ),
        (
            r"the verification of (\S+) (\S+) is not of what stood there at (\S+)",
            r"\1 \2 的核对所涵盖的并非序号 \3 时的内容",
        ),
        (r"what is signed of (.+) is not what stood there at (\S+)", r"\1 所签署的并非序号 \2 时的内容"),
        (
            r"the key of (.+) is not held, and no fact says that it was destroyed",
            r"没有 \1 的密钥，也没有事实说明其已销毁",
        ),
        (
            r"the key held for (.+) does not open this: it is damaged, or another store's",
            r"所持 \1 的密钥打不开此内容：密钥已损坏，或属于另一存储",
        ),
        (
            r"the (\S+) was destroyed by the fact at (\S+), which is not brought back",
            r"\1 已由序号 \2 的事实销毁，该事实未补回",
        ),
        # checkpoints, signatures, policies
        (r"this is no checkpoint of that size", r"这不是该条目数的检查点"),
        (r"no checkpoint counts, and one was asked for", r"要求有检查点，但没有一个有效"),
        (r"a time stamp stands for no checkpoint", r"时间戳没有对应的检查点"),
        (r"there is no proof for a checkpoint of (\S+) entries", r"\1 个条目的检查点没有证明"),
        (
            r"a checkpoint of (\S+) entries is signed, and the log has (\S+): its end is missing",
            r"已签署 \1 个条目的检查点，日志却只有 \2 个：末尾缺失",
        ),
        (
            r"the checkpoint of (\S+) entries bears no signature of a key that counts",
            r"\1 个条目的检查点没有有效公钥的签名",
        ),
        (
            r"the checkpoint of (\S+) entries is not signed by (.+), to which the log had changed",
            r"\1 个条目的检查点未由日志其时已更换的公钥 \2 签署",
        ),
        (
            r"the log is declared anew here, and no checkpoint that counts bears it out",
            r"日志在此重新声明，但没有有效的检查点予以证实",
        ),
        (r"the signature of (.+) is not of its key", r"\1 的签名与其公钥不符"),
        (
            (
                r"the newest checkpoint, of (\S+) entries, lacks cosignatures that the policy demands:"
                r" it has (.+), and could have (.+)"
            ),
            r"最新检查点（\1 个条目）缺少策略要求的会签：现有 \2，可有 \3",
        ),
        (r"a checkpoint that was given is of no log in the bundle", r"所给检查点不属于记录包中的任何日志"),
        (r"a checkpoint that was given is not of this log", r"所给检查点不属于此日志"),
        (r"a checkpoint given is of (.*), no log of this store", r"所给检查点属于 \1，不是此存储的日志"),
        (
            r"the system log, of which a key was given, is not here",
            r"已给出系统日志的公钥，此处却没有系统日志",
        ),
        (
            r"the time stamp of (.+) is of no authority that was given, or damaged",
            r"\1 的时间戳不属于所给的时间戳机构，或已损坏",
        ),
        (r"no key of this log was given", r"没有给出此日志的公钥"),
        (
            r"the checkpoint of (\S+) entries that the system log tells of is not kept",
            r"系统日志所载 \1 个条目的检查点未保存",
        ),
        (r"what (.+) signed was kept at no instant", r"\1 所签署的内容没有保存时刻"),
        (r"what is kept of (.+) is signed by (.+)", r"保存为 \1 所签的内容由 \2 签署"),
        (r"this is not what (.+) has signed: (.+)", r"这并非 \1 所签署的内容：\2"),
        (r"(\S+) is of no such checkpoint", r"\1 没有对应的检查点"),
        (
            (
                r"the proof is of the tree of (\S+) entries, and the checkpoint that was given of (\S+):"
                r" have it made as of (\S+)"
            ),
            r"证明基于 \1 个条目的哈希树，所给检查点为 \2 个：请以序号 \3 重新制作证明",
        ),
        (r"the first (\S+) entries are not those that were signed", r"前 \1 个条目并非所签署的条目"),
        (r"the first (\S+) entries are not those that were named", r"前 \1 个条目并非数据截点所指的条目"),
        (
            r"the first (\S+) facts are not those that the data cut names",
            r"前 \1 个事实并非数据截点所指的事实",
        ),
        (
            r"the first (\S+) entries are not those that the system log knows",
            r"前 \1 个条目并非系统日志所知的条目",
        ),
        (
            r"the system log knows (\S+) entries, and the log has (\S+)",
            r"系统日志记有 \1 个条目，日志有 \2 个",
        ),
        (
            r"the system log knows this log, and the store does not hold it",
            r"系统日志记有此日志，存储中却没有",
        ),
        (r"the policy lists this log, and the store does not hold it", r"策略列有此日志，存储中却没有"),
        (r"the log was never named (.+)", r"日志从未名为 \1"),
        (
            r"(.+) ended at (\S+), and no entry after it was declared lost",
            r"\1 止于 \2，其后没有条目被声明丢失",
        ),
        # renewals
        (
            r"under (\S+) the first (\S+) entries are not those that were renewed",
            r"按 \1，前 \2 个条目并非更新证明所涵盖的条目",
        ),
        (
            r"the renewal of (\S+) entries under (\S+) bears no signature that counts",
            r"\2 下 \1 个条目的更新证明没有有效签名",
        ),
        (r"nothing proves this log but algorithms that are broken", r"此日志仅由已失效的算法证明"),
        # the store
        (r"its rows are of other types than ours: (.+)", r"其行的类型与本产品不符：\1"),
        (r"a row of the table (\S+) stands for no fact", r"表 \1 中有一行没有对应的事实"),
        (r"the read models cannot be made again: (.+)", r"无法重建读模型：\1"),
        (r"the (\S+) (\S+) is missing", r"缺少 \1 \2"),
        (r"the (\S+) (\S+) is another", r"\1 \2 与本产品的不同"),
        (r"the (\S+) (\S+) is none of Trialog's", r"\1 \2 不属于 Trialog"),
        (r"the file does not fit itself: (.+)", r"文件自相矛盾：\1"),
        # a bundle
        (r"the manifest is not in its form", r"清单不符合格式"),
        (r"it does not say what is so: (.+)", r"清单所述与实际不符：\1"),
        (r"there is no (.+)", r"没有 \1"),
        (r"(.+) is no file of a bundle", r"\1 不是记录包的文件"),
        (r"SHA256SUMS does not fit: another list", r"SHA256SUMS 不符：清单不同"),
        (r"SHA256SUMS does not fit: (.+)", r"SHA256SUMS 不符：\1"),
    )
)
"""What is found, and the same in Chinese. What names a place, a key or a file stays."""


def found(what: str) -> str:
    """What is found, in Chinese; as it is where it is told in words of another error."""
    matches = ((form.fullmatch(what), chinese) for form, chinese in FORMS)
    return next((match.expand(chinese) for match, chinese in matches if match), what)
