"""Exports: that something of the trial was handed out, to whom, what for, and exactly which file it was."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.fact import Fact

EXPORT_STREAM = "export"
"""The stream of a trial's exports. They have no state: each is a fact of its own."""

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 in hexadecimal."""


class ExportMade(Fact):
    """A file with data of the trial was written (EX-04). Its own bytes do not hold this fact.

    `scope` says what of the trial it holds, `reader` the role it was made for, `position` how far it goes.
    """

    TOPIC = "export.made.v1"
    PROMPT = True
    EN = "Exported as {kind}, {scope}, to position {position}, for a {reader}: {purpose} (sha256 {sha256})"
    ZH = "已导出 {kind}，{scope}，至位置 {position}，读者角色 {reader}：{purpose}（sha256 {sha256}）"
    kind: str
    scope: str
    reader: str
    purpose: str
    position: Annotated[int, Field(ge=1)]
    sha256: Digest
