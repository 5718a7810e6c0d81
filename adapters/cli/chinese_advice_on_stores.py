"""What to do where a store, the ledger or a file is at fault, in Chinese."""

from __future__ import annotations

ADVICE = (
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
    (
        r"What was to be recorded is recorded: ask before you repeat it\.",
        r"应记录的已记录：重复之前请先查询",
    ),
    (
        r"This is a fault of Trialog; TRIALOG_DEBUG=1 shows where\.",
        r"这是 Trialog 的故障；TRIALOG_DEBUG=1 可显示位置",
    ),
    (r"Give a file path or postgresql://…\.", r"请给出文件路径或 postgresql://…"),
    (r"Check the path or the URL\.", r"请核对路径或 URL"),
    (
        r"Where others may write to it, even to read it takes an account that may write to its folder\.",
        r"若他人可写入该存储，即使只读也须用对其文件夹有写权限的账户",
    ),
    (r"Or copy it with its key file to a folder of your own\.", r"或将其连同密钥文件复制到自己的文件夹"),
    (
        r"See whether the disk is full: even to read takes a little room beside the store\.",
        r"请查看磁盘是否已满：即使只读，存储旁也须有少量空间",
    ),
    (
        r"Keep a copy of both, move (\S+) away, and run 'trialog audit verify'\.",
        r"请保留两者的副本，移走 \1，再运行 'trialog audit verify'",
    ),
    (
        r"'trialog replay' tells what differs; restore a backup\.",
        r"'trialog replay' 可列出不同之处；请恢复备份",
    ),
    (r"Name a new file in it\.", r"请在其中另指新文件"),
    (r"Name a new file\.", r"请另指新文件"),
    (r"Name a new one\.", r"请另指新文件"),
    (r"A demonstration that was stopped does not go on\.", r"已停止的演示不会继续"),
    (
        r"Once it answers, give the same command again with --command-id (\S+): it is stored once\.",
        r"待其恢复应答，请以 --command-id \1 再次执行同一命令：只存储一次",
    ),
    # backups
    (
        r"Install PostgreSQL's client programs, or name their folder in TRIALOG_PG_BIN\.",
        r"请安装 PostgreSQL 客户端程序，或在 TRIALOG_PG_BIN 中指明其文件夹",
    ),
    (
        r"Name a database of its own, kept empty, in TRIALOG_PROOF\.",
        r"请在 TRIALOG_PROOF 中指明一个专用的空数据库",
    ),
    (
        r"It is known by the name it was made under: was the file called otherwise\?",
        r"备份按制作时的名称登记：文件是否改过名？",
    ),
    # the ledger, its signer and its witnesses
    (
        r"Bring back what is missing with '(trialog .+ …)', or declare the loss with (.+)",
        r"请用 '\1' 补回缺失内容，或用 \2 声明丢失",
    ),
    (
        r"Compare its key with the paper in the trial master file, then 'trialog witness trust'\.",
        r"请与试验主文件中的纸质公钥核对，然后用 'trialog witness trust'",
    ),
    (r"Do not cosign\.", r"请勿会签"),
    (r"Do not cosign: two histories are signed\.", r"请勿会签：有两份历史被签署"),
    (
        r"Ask the site what happened, and keep this file as evidence\.",
        r"请向中心了解情况，并保留此文件为证据",
    ),
    (
        r"Ask the site why entries are missing, and keep this file as evidence\.",
        r"请向中心了解条目缺失的原因，并保留此文件为证据",
    ),
    (
        r"Ask the site who still signs with the old key, and keep this file as evidence\.",
        r"请向中心了解谁仍在用旧密钥签名，并保留此文件为证据",
    ),
    (
        r"Take another copy, or name the log's keys with --policy\.",
        r"请换用其他副本，或用 --policy 给出日志的公钥",
    ),
    (r"Put its newest copy in its place\.", r"请放回该文件夹的最新副本"),
    (
        r"If that is lost, move this one away, '(trialog .+-signer)', then '(trialog ledger declare)'\.",
        r"若已丢失，请移开此文件夹，先用 '\1'，再用 '\2'",
    ),
    (r"Keep both notes as evidence\.", r"请保留两份签名文本为证据"),
    (
        r"Find out what happened, then 'trialog ledger declare'\.",
        r"请查明情况，然后用 'trialog ledger declare'",
    ),
    (r"Finish it with 'trialog ledger declare'\.", r"请用 'trialog ledger declare' 完成"),
    (
        r"Use that signer's folder; if it is lost for good, 'trialog ledger declare'\.",
        r"请用该签署者的文件夹；若已永久丢失，用 'trialog ledger declare'",
    ),
    (r"Name the witness and its key in the policy\.", r"请在策略中列出见证者及其公钥"),
    (r"End it with 'quorum none'\.", r"请以 'quorum none' 结尾"),
    (r"Look with 'trialog audit verify'\.", r"请用 'trialog audit verify' 查看"),
    (
        r"Name the file of a bundle, the folder it was unpacked into, or a proof\.",
        r"请指明记录包文件、其解压后的文件夹，或一份证明",
    ),
    (r"Make it anew\.", r"请重新制作"),
    (r"Make one with 'make validation'\.", r"请用 'make validation' 制作"),
    (r"Nothing of it was left there\.", r"未留下任何部分"),
    (r"Nothing was stored: give it again\.", r"未存储任何内容：请再次执行"),
    (
        r"Replay its facts into a new store with the release that wrote it\.",
        r"请用写入它的版本将其事实重放到新存储",
    ),
    (r"Restore the folder from its backup\.", r"请从备份恢复该文件夹"),
    (r"Start 'trialog scheduler run'\.", r"请启动 'trialog scheduler run'"),
    (r"Install it where Trialog runs: (.+)\.", r"请在 Trialog 运行处安装：\1"),
    (r"chmod 600 it\.", r"请对其执行 chmod 600"),
    (r"Have the log signed with 'trialog ledger sign'\.", r"请用 'trialog ledger sign' 签署该日志"),
    (
        r"Run 'trialog ledger sign'; with --policy or --key, name the key that it registers there too\.",
        r"请运行 'trialog ledger sign'；用 --policy 或 --key 时，也须列出其登记的公钥",
    ),
    (
        (
            r"Run 'trialog ledger sign', and export the bundle anew; with --policy or --key,"
            r" name the key that it registers there too\."
        ),
        r"请运行 'trialog ledger sign'，并重新导出记录包；用 --policy 或 --key 时，也须列出其登记的公钥",
    ),
    (
        (
            r"If it lies elsewhere, name its folder \(--signer or TRIALOG_SIGNER, --witness\);"
            r" 'trialog ledger init-signer' and 'trialog witness init' make a first one\."
        ),
        (
            r"若在别处，请指明其文件夹（--signer 或 TRIALOG_SIGNER，--witness）；"
            r"首次建立用 'trialog ledger init-signer' 与 'trialog witness init'"
        ),
    ),
    # files that are imported
    (r"Nothing was imported\.", r"未导入任何内容"),
    (r"Check the delimiter and the names in the mapping\.", r"请核对映射文件中的分隔符与名称"),
    (r"Read it, or list it in table\.unused\.", r"请读取该列，或列入 table.unused"),
    (r"(?:The row is|They are) kept in (.+)\.", r"保存在 \1"),
    (r"Save it as UTF-8\.", r"请存为 UTF-8"),
    (r"Say in the mapping how it is written: table\.encoding\.", r"请在映射文件中写明其编码：table.encoding"),
    (
        r"It begins as UTF-16 does: say so in the mapping, table\.encoding\.",
        r"其开头与 UTF-16 相同：请在映射文件中写明，table.encoding",
    ),
    (r"What follows is read from the next line\.", r"后续内容从下一行读取"),
    (
        r"Import the same file again: what is in stays, and the rest is taken\.",
        r"请再次导入同一文件：已有内容保留，其余继续导入",
    ),
    (
        r"Write { value = …, registered = \"source\" } or assumed, or mark the section it stands in\.",
        r'请写作 { value = …, registered = "来源" } 或 assumed，或标记其所在部分',
    ),
)
"""Forms of what is advised, and the same in Chinese."""
