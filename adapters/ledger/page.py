"""A checkpoint as a page for paper: self-contained HTML, with the note as text and as a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import segno

from domain.ledger.note import Checkpoint, Note

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{origin} {size}</title>
<style>
@page {{ size: A4; margin: 18mm }}
body {{ font: 11pt/1.4 "Noto Sans", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #000;
       max-width: 174mm; margin: 8mm auto }}
h1 {{ font-size: 17pt; margin: 0 0 2mm }}
h2 {{ font-size: 12pt; margin: 7mm 0 1mm }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: 1mm 2mm 1mm 0; border-bottom: .2mm solid #999 }}
th {{ font-weight: normal; width: 48mm }}
td, pre {{ font-family: "Noto Sans Mono", "DejaVu Sans Mono", monospace; font-size: 9pt;
          overflow-wrap: anywhere }}
pre {{ white-space: pre-wrap; border: .2mm solid #999; padding: 3mm; margin: 0 }}
svg {{ width: 62mm; height: 62mm }}
.signed td {{ height: 12mm }}
</style>
</head>
<body>
<h1>Checkpoint of the ledger · 账本检查点</h1>
<p>This page fixes the first {size} entries of the log: whoever holds it can prove that none of them was
changed, removed, reordered or put in later.<br>
本页固定该日志的前 {size} 条记录：持有者可据此证明其中任何一条均未被更改、删除、调换或事后插入。</p>
<table>
<tr><th>Log · 日志</th><td>{origin}</td></tr>
<tr><th>Entries · 条数</th><td>{size}</td></tr>
<tr><th>Root · 根哈希</th><td>{root}</td></tr>
<tr><th>Kept · 保存时间</th><td>{kept_at}</td></tr>
</table>
<h2>Signed note · 签名文本</h2>
<pre>{note}</pre>
<h2>The note as a QR code · 二维码</h2>
{picture}
<h2>Public keys · 公钥</h2>
<table>{keys}</table>
<h2>Filed by · 归档人</h2>
<table class="signed">
<tr><th>Name · 姓名</th><td></td></tr>
<tr><th>Signature, date · 签名、日期</th><td></td></tr>
</table>
</body>
</html>
"""


def page(note: Note, keys: Sequence[str], kept_at: str) -> str:
    """The page of a checkpoint with its signatures, and the keys to compare with those that are filed."""
    checkpoint = Checkpoint.parse(note.text)
    code = segno.make(str(note), error="m", encoding="utf-8", micro=False, boost_error=False)
    picture = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    rows = "".join(f"<tr><th>{escape(key.partition('+')[0])}</th><td>{escape(key)}</td></tr>" for key in keys)
    return _PAGE.format(
        origin=escape(checkpoint.origin),
        size=checkpoint.size,
        root=note.text.split("\n")[2],
        kept_at=escape(kept_at),
        note=escape(str(note).rstrip("\n")),
        picture=picture,
        keys=rows,
    )
