"""What to do where something is refused, in Chinese. What is not here is told in English alone."""

from __future__ import annotations

import re

from adapters.cli.chinese_steps import what_can_follow

_ADVICE = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        # the words of a command
        (r"See '(.+) --help'\.", r"见 '\1 --help'"),
        (r"See '(trialog .+)'\.", r"见 '\1'"),
        (r"Who asks is said with --role ROLE\.", r"提问者的角色用 --role ROLE 指明"),
        (r"Who acts is said with --as ACTOR:ROLE\.", r"操作者用 --as ACTOR:ROLE 指明"),
        (
            r"The document's own language is said with --document-language TAG\.",
            r"文件本身的语言用 --document-language TAG 指明",
        ),
        (
            r"Give --as ACTOR:ROLE, or set TRIALOG_AS; roles: (.+)\.",
            r"请用 --as ACTOR:ROLE 或设置 TRIALOG_AS；角色：\1",
        ),
        (
            r"Give --store PATH_OR_URL, or set TRIALOG_STORE\.",
            r"请用 --store PATH_OR_URL 或设置 TRIALOG_STORE",
        ),
        (r"Give --store PATH, or set TRIALOG_STORE\.", r"请用 --store PATH 或设置 TRIALOG_STORE"),
        (
            r"Ask in your own role: --role ROLE, or set TRIALOG_AS=ACTOR:ROLE\.",
            r"请以自己的角色提问：--role ROLE，或设置 TRIALOG_AS=ACTOR:ROLE",
        ),
        (
            r"Ask in your own role: set TRIALOG_AS=ACTOR:ROLE\.",
            r"请以自己的角色提问：设置 TRIALOG_AS=ACTOR:ROLE",
        ),
        (r"Say it, or leave the option out\.", r"请给出内容，或去掉该选项"),
        (r"Give (--[a-z-]+)\.", r"请给出 \1"),
        (r"Give --reason, in words of your own\.", r"请用自己的话给出 --reason"),
        (r"Give --reason-code: (.+)\.", r"请给出 --reason-code：\1"),
        (r"Give --at together with --command-id\.", r"--command-id 须与 --at 一并给出"),
        (r"Give --csv or --json, not both\.", r"--csv 与 --json 只能选一"),
        (r"Give (--[a-z-]+) FILE, or its SHA-256\.", r"请给出 \1 FILE，或其 SHA-256"),
        (
            r"'(.+)' holds characters that only look like plain ones: write '(.+)'\.",
            r"'\1' 含有形似普通字符的字符，请写作 '\2'",
        ),
        # times and values
        (r"Check the dates?\.", r"请核对日期"),
        (
            r"Where it is known less exactly, give the month or the year alone\.",
            r"若不确知，可只给出年月或年份",
        ),
        (
            r"Write 2026-03-05, 2026-03-05T09:30, or 2026-03 when the day is unknown\.",
            r"请写作 2026-03-05、2026-03-05T09:30，日期不详时写作 2026-03",
        ),
        (r"Use an IANA name, as Asia/Shanghai\.", r"请用 IANA 时区名，如 Asia/Shanghai"),
        (r"Give the offset, as 2026-10-25T02:30\+01:00\.", r"请给出时差，如 2026-10-25T02:30+01:00"),
        (r"Write tbil=\"54 umol/L\" or ascites=mild\.", r'请写作 tbil="54 umol/L" 或 ascites=mild'),
        (
            r"Write it as 5\.4, or as <5\.4, <=5\.4, >5\.4 or >=5\.4 where it was reported so\.",
            r"请写作 5.4；报告值带比较符时写作 <5.4、<=5.4、>5.4 或 >=5.4",
        ),
        (r"Write it like (\S+)\.", r"请写作如 \1"),
        (r"Codes are in capital letters: (\S+)\.", r"编号用大写字母：\1"),
        # what there is
        (r"(?:It has|The protocol has|There are|Known|There are|Bundled are):? (.+)\.", r"现有：\1"),
        (r"(?:It plans|Planned are) (.+)\.", r"计划有：\1"),
        (r"The protocol names (.+)\.", r"方案所列：\1"),
        (r"Here acted: (.+)\.", r"曾在此操作者：\1"),
        (r"Recorded is (.+)\.", r"所记录的是：\1"),
        (r"Name the visit\.", r"请指明访视"),
        (r"Give what is wrong, and nothing else\.", r"只给出有误之处"),
        # who, and signing in
        (r"Sign in\.", r"请登录"),
        (r"Sign in with 'trialog account sign-in NAME'\.", r"请用 'trialog account sign-in NAME' 登录"),
        (r"Sign in again with 'trialog account sign-in'\.", r"请用 'trialog account sign-in' 重新登录"),
        (
            r"After five failures an account is locked until an administrator unlocks it\.",
            r"失败五次后账户锁定，须由系统管理员解锁",
        ),
        (
            r"An administrator does it with 'trialog account verify-identity'\.",
            r"由系统管理员用 'trialog account verify-identity' 办理",
        ),
        (
            r"The principal investigator delegates with 'trialog delegation add'\.",
            r"由主要研究者用 'trialog delegation add' 授权",
        ),
        (r"Record it with 'trialog training record'\.", r"请用 'trialog training record' 登记"),
        (
            r"Take several words that have nothing to do with each other or with you\.",
            r"请用若干互不相关、也与本人无关的词",
        ),
        (r"Run it at a terminal, or give TRIALOG_SECRETS_FD\.", r"请在终端运行，或给出 TRIALOG_SECRETS_FD"),
        # consent, corrections, the casebook
        (
            r"Let each party sign by itself, with 'trialog consent sign-as'\.",
            r"请各签署方用 'trialog consent sign-as' 自行签署",
        ),
        (r"Sign in, and use 'trialog consent sign'\.", r"请登录，并用 'trialog consent sign'"),
        (r"Sign the approved file, by its SHA-256\.", r"请按 SHA-256 签署已获批的文件"),
        (
            r"Record a consent given elsewhere with 'trialog record consent'\.",
            r"在别处签署的知情同意用 'trialog record consent' 记录",
        ),
        (
            r"Consent is taken back with 'trialog record withdrawal'\.",
            r"撤回同意用 'trialog record withdrawal'",
        ),
        (
            r"If it is wrong: 'trialog participant correct', or 'trialog participant void'\.",
            r"如有误，用 'trialog participant correct' 或 'trialog participant void'",
        ),
        (
            r"Correct the record with a reason: an import changes nothing\.",
            r"请附原因更正该记录：导入不更改任何内容",
        ),
        (
            r"Propose it with 'trialog correction propose'; the investigator accepts by signature\.",
            r"请用 'trialog correction propose' 提议；由研究者签名接受",
        ),
        (
            r"Two people unlock it: 'trialog casebook request-unlock', 'trialog casebook unlock'\.",
            r"解锁须两人：'trialog casebook request-unlock'、'trialog casebook unlock'",
        ),
        (
            r"A data manager opens it with 'trialog casebook unfreeze'\.",
            r"由数据管理员用 'trialog casebook unfreeze' 解除",
        ),
        (r"Unlock it, with a reason\.", r"请附原因解锁"),
        (r"Look at it with 'trialog casebook sheet'\.", r"请用 'trialog casebook sheet' 查看"),
        (r"Use a fresh id for another command\.", r"另一命令请用新的编号"),
        # the store
        (r"Create it\.", r"请先建立"),
        (
            r"Check the path; 'trialog trial activate' makes a new one\.",
            r"请核对路径；新的存储由 'trialog trial activate' 建立",
        ),
        (r"Name the store's file in it\.", r"请指明其中的存储文件"),
        (r"Try again\.", r"请重试"),
        (r"Restore a backup\.", r"请恢复备份"),
        (r"The file is damaged: restore a backup\.", r"文件已损坏：请恢复备份"),
        (r"Put the key file beside the store\.", r"请将密钥文件置于存储旁"),
        (r"Use the release that wrote it, or a later one\.", r"请用写入它的版本或更新的版本"),
        (r"Verify it with --store (\S+)\.", r"请用 --store \1 验证"),
        (r"Sign with 'trialog ledger sign'\.", r"请用 'trialog ledger sign' 签署"),
        (r"Nothing was imported\.", r"未导入任何内容"),
        (
            r"What was to be recorded is recorded: ask before you repeat it\.",
            r"应记录的已记录：重复之前请先查询",
        ),
        (
            r"This is a fault of Trialog; TRIALOG_DEBUG=1 shows where\.",
            r"这是 Trialog 的故障；TRIALOG_DEBUG=1 可显示位置",
        ),
    )
)
"""What is advised, and the same in Chinese. Commands and options are what one types, and stay."""

_SENTENCES = re.compile(r"(?<=[.?]) (?=[A-Z'])")


def advice(remedy: str) -> str:
    """What is advised, in Chinese; "" where a part of it has no words here."""
    steps = what_can_follow(remedy)
    if steps or not remedy:
        return steps
    parts = [_put(remedy)] if _put(remedy) else [_put(each) for each in _SENTENCES.split(remedy)]
    return "。".join(parts) if all(parts) else ""


def _put(sentence: str) -> str:
    matches = ((form.fullmatch(sentence), chinese) for form, chinese in _ADVICE)
    return next((found.expand(chinese) for found, chinese in matches if found), "")
