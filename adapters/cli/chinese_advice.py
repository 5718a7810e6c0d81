"""What to do where something is refused, in Chinese; a test holds the forms complete."""

from __future__ import annotations

import re

from adapters.cli.chinese_advice_on_stores import ADVICE
from adapters.cli.chinese_steps import what_can_follow

FORMS = tuple(
    (re.compile(english), chinese)
    for english, chinese in (
        *ADVICE,
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
        (
            r"Ask on the clinical axis, with --axis effective, or leave --known-at out\.",
            r"请用 --axis effective 按临床时间提问，或去掉 --known-at",
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
        (r"It has no free text\.", "其中没有自由文本"),
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
        # words of a command
        (r"--broken and --renewal are for verifying a store\.", r"--broken 与 --renewal 用于验证存储"),
        (r"As: esld=yes hiv=no, one or the other\.", r"如 esld=yes hiv=no，两种方式只选其一"),
        (r"Give HOST:PORT, as 127\.0\.0\.1:8642\.", r"请给出 HOST:PORT，如 127.0.0.1:8642"),
        (r"Give a country, as CN, or a region of it, as DE-BE\.", r"请给出国家，如 CN，或其地区，如 DE-BE"),
        (r"Give another --listen, or port 0 for any\.", r"请另给 --listen，或用端口 0 表示任意端口"),
        (r"Give the permit's number\.", r"请给出许可编号"),
        (r"Give --policy FILE\.", r"请给出 --policy FILE"),
        (r"Leave --as-of out to ask as of now\.", r"问当前情况时请去掉 --as-of"),
        (r"Ask again with --old (.+)\.", r"请用 --old \1 再问"),
        (r"Say --as or --role; held are (.+)\.", r"请给出 --as 或 --role；持有的角色：\1"),
        (r"Say (--[a-z-]+)\.", r"请给出 \1"),
        (r"Say which with --trial\.", r"请用 --trial 指明是哪个试验"),
        (r"Say it without\.", r"请去掉它"),
        (r"Name its file\.", r"请指明其文件"),
        (r"Name the file or --version\.", r"请指明文件或 --version"),
        (r"Name another with --rejected\.", r"请用 --rejected 另指一个"),
        (r"Swap them\.", r"请对调"),
        (r"(?:Roles|Sites): (.+)\.", r"现有：\1"),
        (r"They begin with (.+)\.", r"开头为：\1"),
        (r"(?:It names|An envelope has|Parties are) (.+)\.", r"现有：\1"),
        # times and values
        (r"Add it, as \[Asia/Shanghai\]\.", r"请加上，如 [Asia/Shanghai]"),
        (r"Write 2026-03-05, or an instant\.", r"请写作 2026-03-05，或给出时刻"),
        (r"Write (2026-03-05|6-22)\.", r"请写作如 \1"),
        (r"Write 5d, 36h or 10min\.", r"请写作 5d、36h 或 10min"),
        (r"Write a decimal point, as 5\.4\.", r"请用小数点，如 5.4"),
        (r"Write it like esld=yes, no or unknown\.", r"请写作 esld=yes，或 no、unknown"),
        (
            r"Write the site's own time, or name the zone that this is of, as \[Asia/Tokyo\]\.",
            r"请写中心当地时间，或注明所属时区，如 [Asia/Tokyo]",
        ),
        (r"Spellings of laboratories are the unit's aliases\.", r"实验室的写法列为该单位的别名"),
        # the course, corrections and data
        (r"Activate it\.", r"请启动"),
        (r"Begin with 'trialog trial activate'\.", r"请先用 'trialog trial activate'"),
        (r"Record the visit first\.", r"请先记录访视"),
        (
            r"Use 'trialog participant correct-adverse-event'\.",
            r"请用 'trialog participant correct-adverse-event'",
        ),
        (r"Put right first what is recorded wrongly: (.+)", r"请先更正有误的记录：\1"),
        (
            r"Take that back first \(--part\), or correct the sample\.",
            r"请先撤回该部分（--part），或更正样本",
        ),
        (
            r"Take them back with it \(--with-results\), or correct the visit's time\.",
            r"请一并作废结果（--with-results），或更正访视时间",
        ),
        (r"Correct it, or say that this is a repeat\.", r"请更正，或说明这是重复检查"),
        (r"Reject it; a new one may be proposed\.", r"请拒绝；可另行提议"),
        (r"Somebody who entered none of it reviews the trail\.", r"审阅轨迹者须未录入其中任何内容"),
        (
            r"See 'trialog casebook overdue --all --as-of (\S+)', or take a data cut\.",
            r"见 'trialog casebook overdue --all --as-of \1'，或设定数据截点",
        ),
        (
            r"See 'trialog protocol diff'; a change is an amendment\.",
            r"见 'trialog protocol diff'；更改须修订方案",
        ),
        (r"A changed document is a new version\.", r"更改后的文件是新版本"),
        (r"Note the error of randomization, and what was given\.", r"请记录随机错误及实际所给"),
        (r"Name every bag of the lot, those that are assigned too\.", r"请列出该批次的每一袋，包括已分配的"),
        (
            r"Ask as of position (\S+) or later: there the order stands beside it\.",
            r"请以序号 \1 或之后提问：那里医嘱与之并列",
        ),
        (
            r"Ask 'trialog alert simulate' what will be told\.",
            r"将通知什么，请用 'trialog alert simulate' 查看",
        ),
        (r"Restrict the processing of the participant's data instead\.", r"请改为限制处理该试验参与者的数据"),
        (r"Mask them with 'trialog privacy redact'\.", r"请用 'trialog privacy redact' 遮盖"),
        (r"Say that it is for cross_border, with a permit\.", r"请说明用于 cross_border，并附许可"),
        (r"Export a participant\.", r"请导出一名试验参与者"),
        (
            r"Take a whole bundle for a reader who is not masked, or another copy of the store\.",
            r"请用供非盲读者的完整记录包，或存储的另一副本",
        ),
        (r"Ask as of later, or as of now\.", r"请以更晚的时刻或当前提问"),
        (r"Open it with 'trialog trial open'\.", r"请用 'trialog trial open' 开放入组"),
        (
            r"See 'trialog protocol show --assumptions' for what is confirmed\.",
            r"待确认内容见 'trialog protocol show --assumptions'",
        ),
        (r"Name the --sheet, or say --yes\.", r"请给出 --sheet，或用 --yes"),
        (
            r"Give a day, an instant, as (\S+), or a position \(there is no data cut yet\)\.",
            r"请给出日期、时刻（如 \1）或序号（尚无数据截点）",
        ),
        (
            r"Give a day, an instant, as (\S+), or a position or a data cut: (.+)\.",
            r"请给出日期、时刻（如 \1）、序号或数据截点：\2",
        ),
        (r"Nothing is offered now\.", r"目前没有使用中的知情同意书"),
        (r"Offered now: version (.+)\.", r"目前使用版本 \1"),
        (
            r"Who has granted what, or has withdrawn: 'trialog consent show CODE'\.",
            r"谁同意或撤回了哪些内容，见 'trialog consent show CODE'",
        ),
        (r"Export a table, or one participant\.", r"请导出一个表，或一名试验参与者"),
        (
            r"'trialog outage list' shows which, to who is of the whole trial\.",
            r"是哪一个，负责整个试验者可用 'trialog outage list' 查看",
        ),
        (
            r"Have it given back, and record that with 'trialog outage withdraw'\.",
            r"请收回该信封包，并用 'trialog outage withdraw' 记录",
        ),
        (r"They are as (.+), 9 for any digit\.", r"编号形如 \1，9 代表任一数字"),
        (r"Name with --was the time that is recorded\.", r"请用 --was 指明所记录的时间"),
        (
            r"Say to whom, and with --was the time that is recorded\.",
            r"请指明对象，并用 --was 指明所记录的时间",
        ),
        (r"Tell every one of them, in order\.", r"请按顺序给出每一个时间"),
        (
            r"Name the version or the scope, and with --was the time that is recorded\.",
            r"请指明版本或范围，并用 --was 指明所记录的时间",
        ),
        (
            r"The cell laboratory says with 'lot return' that it is there and can be used\.",
            r"由细胞实验室用 'lot return' 说明其仍在且可用",
        ),
        (
            r"What was given without one is recorded all the same, with 'record infusion'\.",
            r"未称体重而已输注的，仍用 'record infusion' 记录",
        ),
        # who signs in, and envelopes
        (r"Sign in again\.", r"请重新登录"),
        (r"Ask for a new one\.", r"请申请新的"),
        (
            r"An administrator resets the account's secrets for another one\.",
            r"须由系统管理员重置该账户的密钥后更换",
        ),
        (r"Look at the time, and at which package it was\.", r"请核对时间及所属的信封包"),
        (
            r"Name it with --defects; one without entries says that none is known\.",
            r"请用 --defects 指明；没有条目的清单表示无已知缺陷",
        ),
        (r"Reconcile it first, with 'trialog outage reconcile'\.", r"请先用 'trialog outage reconcile' 核对"),
        (r"Record the envelopes in the order of their places\.", r"请按名额次序记录信封"),
        (
            r"Record what was opened, and reconcile with 'trialog outage reconcile'\.",
            r"请记录已开启的信封，并用 'trialog outage reconcile' 核对",
        ),
        (r"Record what was opened, or look again\.", r"请记录已开启的信封，或再次核查"),
        (r"Register it with 'trialog originator register'\.", r"请用 'trialog originator register' 登记"),
    )
)
"""What is advised, and the same in Chinese. Commands and options are what one types, and stay."""

_SENTENCES = re.compile(r"(?<=[.?]) (?=[A-Z'])")


def advice(remedy: str) -> str:
    """What is advised, in Chinese; "" where a part of it has no words here."""
    steps = what_can_follow(remedy)
    if steps or not remedy:
        return steps
    parts = [_put(remedy)] if _put(remedy) else [_put(each) for each in sentences(remedy)]
    return "。".join(parts) if all(parts) else ""


def sentences(remedy: str) -> list[str]:
    """What is advised, sentence by sentence."""
    return _SENTENCES.split(remedy)


def _put(sentence: str) -> str:
    matches = ((form.fullmatch(sentence), chinese) for form, chinese in FORMS)
    return next((found.expand(chinese) for found, chinese in matches if found), "")
