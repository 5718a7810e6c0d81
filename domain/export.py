"""Exports: that something of the trial was handed out, to whom, what for, and exactly which file it was."""

from typing import Annotated

from pydantic import Field

from domain.consent import Purpose
from domain.fact import Fact, FreeText
from domain.identifiers import Digest
from domain.words import in_chinese

EXPORT_STREAM = "export"
"""The stream of a trial's exports. They have no state: each is a fact of its own."""


class ExportMade(Fact):
    """A file with data of the trial was written (EX-04). Its own bytes do not hold this fact.

    `scope` says what of the trial it holds, `reader` the role it was made for, `position` how far it goes.
    `uses` are those for which consent was asked beside that to take part, `permit` the authority's number,
    `country` where it goes, `left_out` how many participants were left out.
    """

    TOPIC = "export.made.v1"
    PROMPT = True
    EN = (
        "Exported as {kind}, {scope}, to position {position}, for the role {reader}: {purpose}{terms}"
        " (sha256 {sha256})"
    )
    ZH = (
        "已导出 {kind}，{scope}，至位置 {position}，读者角色 {reader}：{purpose}{terms_zh}（sha256 {sha256}）"
    )
    SILENT = ("terms", "terms_zh")
    CODED = ("reader",)
    kind: str
    scope: str
    reader: str
    purpose: FreeText
    position: Annotated[int, Field(ge=1)]
    sha256: Digest
    uses: tuple[Purpose, ...] = ()
    permit: str = ""
    country: str = ""
    left_out: int = 0

    @property
    def terms(self) -> str:
        """For which uses, where to and under which permit, for the sentence."""
        parts = (
            f"for {', '.join(self.uses)}" if self.uses else "",
            f"to {self.country}" if self.country else "",
            f"permit {self.permit}" if self.permit else "",
            f"{self.left_out} left out" if self.left_out else "",
        )
        return "".join(f"; {part}" for part in parts if part)

    @property
    def terms_zh(self) -> str:
        """For which uses, where to and under which permit, for the sentence in Chinese."""
        parts = (
            f"用途 {', '.join(map(in_chinese, self.uses))}" if self.uses else "",
            f"接收国 {self.country}" if self.country else "",
            f"许可号 {self.permit}" if self.permit else "",
            f"未含 {self.left_out} 人" if self.left_out else "",
        )
        return "".join(f"；{part}" for part in parts if part)
