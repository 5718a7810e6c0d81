"""An answer for people in Chinese: headings, states, and what the protocol names. Its data stay as they are.

What one types again (a visit, an item, an arm) keeps its id and has its name behind it: `week-4 第4周`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from adapters.cli.chinese_findings import found
from adapters.cli.chinese_headings import HEADINGS
from adapters.cli.chinese_headings_beside import AMONG
from adapters.cli.chinese_words import CODES, DOSES, PHRASES, RECORDS, STATES
from adapters.cli.output import Answer, Listing, Row, Table
from domain.words import CHINESE, in_chinese

if TYPE_CHECKING:
    from domain.protocol import Protocol

NAMED = frozenset({"visit", "item", "result", "arm", "subject", "score", "endpoint", "field", "record"})
"""Columns that hold ids of the protocol."""

CODED = frozenset(
    {"status", "state", "classification", "sex", "role", "told", "gravity", "clock", "parties", "event"}
)
"""Columns that hold codes of a list of Trialog's own."""

OWN_WORDS = frozenset({"text", "answer", "reason", "term", "cause", "correction", "sentence"})
"""Columns in which people wrote: nothing in them is translated."""

COMPOSED = frozenset(
    {
        "",
        "detail",
        "dose",
        "enrolment",
        "as of",
        "as_of",
        "history ends",
        "what",
        "about",
        "why missing",
        "from",
        "to",
        "incident",
        "new or worse",
        "present",
        "range",
    }
)
"""Columns in which Trialog puts phrases together."""


class Chinese:
    """What is told in Chinese, with the names that one protocol gives."""

    def __init__(self, protocol: Protocol | None) -> None:
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {"All participants": HEADINGS["All participants"]}
        self._grades: dict[str, dict[str, str]] = {}
        self._criteria: dict[str, str] = {}
        if protocol is None:
            return
        self._names[protocol.title.en] = protocol.title.told("zh")
        self._names |= {each.title.en: each.title.told("zh") for each in protocol.endpoints}
        self._criteria = {each.id: each.text.zh for each in protocol.eligibility.criteria}
        for key, item in protocol.item_plans.items():
            self._grades[key] = {grade.code: grade.name.zh for grade in item.grades}
        named = (protocol.visit_plans, protocol.item_plans, protocol.arm_plans)
        for key, name in ((key, plan.name) for plans in named for key, plan in plans.items()):
            if name.zh:
                self._ids.setdefault(key, name.zh)
                self._names[name.en] = name.zh

    def answer(self, answer: Answer | Listing) -> Answer | Listing:
        """The answer with its text in Chinese. A list as CSV is data, and stays."""
        if isinstance(answer, Answer):
            return replace(answer, text=tuple(self._part(each) for each in answer.text))
        if answer.as_csv:
            return answer
        headings = self._headings(answer.columns)
        rows = (self._row(row, headings) for row in answer.rows)
        return replace(answer, rows=rows, columns=list(headings.values()))

    def _part(self, part: Table | str) -> Table | str:
        if isinstance(part, str):
            name, colon, title = part.partition(": ")
            if colon and title in self._names:
                return f"{name}：{self._names[title]}"
            phrased = _phrased(part)
            if phrased == part:
                return HEADINGS.get(part, part)
            return ", ".join(self._counted(each) for each in phrased.split(", "))
        if tuple(part.columns) == ("", " "):  # names and values below each other
            rows: Sequence[Row] = [
                {"": self.heading(str(row[""])), " ": self._value(row[" "], str(row[""]))}
                for row in part.rows
            ]
            return Table(rows, part.columns, _phrased(self.heading(part.title)))
        headings = self._headings(part.columns)
        rows = [self._row(row, headings) for row in part.rows]
        return Table(rows, list(headings.values()), _phrased(self.heading(part.title)))

    def _counted(self, words: str) -> str:
        """`hUC-MSC through a vein 16`: a name of the protocol at the end of words, and how many."""
        begun, colon, rest = words.rpartition("：")
        name, _, count = rest.rpartition(" ")
        return f"{begun}{colon}{self._names[name]} {count}" if name in self._names else words

    def _headings(self, columns: Sequence[str]) -> dict[str, str]:
        """Each column with its heading; where two would have the same, the second keeps its own name."""
        headings: dict[str, str] = {}
        for column in columns:
            among = (AMONG.get((column, other)) for other in columns)
            heading = next(filter(None, among), "") or self.heading(column)
            headings[column] = column if heading in headings.values() else heading
        return headings

    def _row(self, row: Row, headings: Mapping[str, str]) -> Row:
        told = {heading: self._value(row.get(each), each) for each, heading in headings.items()}
        if "check" in headings and isinstance(row.get("what"), str):
            told[headings["what"]] = found(str(row["what"]))
        for column in ("value", "was"):  # a grade
            grades = self._grades.get(str(row.get("result", "")).partition("#")[0], {})
            code = row.get(column)
            if column in headings and isinstance(code, str) and grades.get(code):
                told[headings[column]] = f"{code} {grades[code]}"
        return told

    def heading(self, column: str) -> str:
        """A heading, as people read it."""
        name = column.replace("_", " ")
        known = (
            table.get(each)
            for each in (name, name[:1].lower() + name[1:])
            for table in (HEADINGS, CHINESE, STATES)
        )
        return self._names.get(column) or next(filter(None, known), column)

    def _value(self, value: Any, column: str) -> Any:  # noqa: ANN401 - any cell
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, Mapping):
            return {self.heading(name): self._value(each, name) for name, each in value.items()}
        if isinstance(value, list | tuple):
            return [self._value(each, column) for each in value]
        if not isinstance(value, str) or not value or column in OWN_WORDS:
            return value
        return self._text(value, column)

    def _text(self, value: str, column: str) -> str:
        if column in CODED:
            return STATES.get(value) or in_chinese(value)
        if column in CODES:
            return CODES[column].get(value) or in_chinese(value)
        if column == "criterion" and self._criteria.get(value):
            return f"{value} {self._criteria[value]}"
        if column in NAMED:
            return self._named(value)
        if value.startswith("without "):
            items = value.removeprefix("without ").split(", ")
            return f"缺少 {'、'.join(self._ids.get(each, each) for each in items)}"
        if column == "rule":
            return _ruled(value)
        if column == "arms":
            return " / ".join(self._names.get(each, each) for each in value.split(" / "))
        if column == "":
            return self.heading(value) if self.heading(value) != value else _phrased(value)
        if column in COMPOSED or column in self._names:
            return _phrased(value)
        return self._names.get(value) or value

    def _named(self, value: str) -> str:
        """An id with its name behind it; of a path (`week-4/alt`) the names of its parts."""
        ids = [each.partition("#")[0] for each in value.split("/")]
        names = [self._ids.get(each) or RECORDS.get(each, "") for each in ids]
        told = "：".join(each for each in names if each)
        return f"{value} {told}" if told else self._names.get(value) or _phrased(value)


def _ruled(code: str) -> str:
    from projections.deviations import RULES

    return f"{code} {RULES[code].zh}" if code in RULES else code


def _phrased(text: str) -> str:
    for english, chinese in PHRASES:
        found = english.fullmatch(text)
        if found is not None:
            told = found.expand(chinese)
            for words, meant in DOSES:
                told = words.sub(meant, told)
            return told
    return text
