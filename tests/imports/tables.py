"""A small table and its mapping: participants of the small trial, a row for each visit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from adapters.imports.mapping_file import read_mapping
from adapters.imports.table_file import read_table
from adapters.imports.table_import import Outcome, TableImport
from domain.protocol_document import ProtocolDocument
from tests.support.scenario import Scenario
from tests.support.trial import EXTERNAL, small

MAPPING = """
name = "visits"
trial = "T-1"

[table]
missing = ["", "ND"]
unused = ["note"]

[participant]
code = "S1-{no:03}"
site = { column = "site" }

[row]
key = ["visit_day"]

[dates]
enrolled = { column = "enrolled" }

[[steps]]
id = "screening"
runs = "at_start"
command = "participant.pre_screen"
at = { date = "enrolled" }
fields.sex = { column = "sex", values = { f = "female", m = "male" } }
fields.age = { column = "age" }

[[steps]]
id = "allocation"
runs = "at_start"
command = "participant.record_randomization"
at = { date = "enrolled" }
fields.arm = { column = "arm", values = { V = "by-vein", A = "by-artery" } }

[[steps]]
id = "visit"
command = "visit.record"
at = { date = "enrolled", plus_days = "visit_day" }

[[steps]]
id = "results"
command = "observation.record_results"
at = { date = "enrolled", plus_days = "visit_day" }
readings = [
    { column = "alt", item = "alt", unit = "U/L" },
    { column = "bili", item = "tbil", unit = "mg/dl" },
    { column = "ascites", item = "ascites", values = { "0" = "none", "1" = "mild" } },
]

[[steps]]
id = "end"
runs = "at_end"
when = { column = "status", equals = ["dead"], skips = ["unknown"] }
command = "participant.record_death"
at = { date = "enrolled", plus_days = "last_day" }

[[steps]]
id = "end"
runs = "at_end"
when = { column = "status", equals = ["alive"] }
command = "participant.record_end_of_follow_up"
at = { date = "enrolled", plus_days = "last_day" }
"""

COLUMNS = {
    "no": "1",
    "site": "S1",
    "sex": "f",
    "age": "58.5",
    "arm": "V",
    "enrolled": "2026-03-02",
    "visit_day": "0",
    "alt": "40",
    "bili": "14.5",
    "ascites": "1",
    "status": "alive",
    "last_day": "300",
    "note": "",
}
"""The columns of the table, and what stands there unless a test says otherwise."""

Row = Mapping[str, str]


def document() -> ProtocolDocument:
    """The small protocol, allocated elsewhere, its visits counted from randomization."""
    return small(
        {
            **EXTERNAL,
            "schedule.anchor": "randomized",
            "schedule.visits.baseline.anchor": "randomized",
            "consent": {"required": False},
            "enrolment.target": 1000,
        }
    )


def row(no: int = 1, visit_day: int = 0, **changes: str) -> Row:
    """A row of the table."""
    return {**COLUMNS, "no": str(no), "visit_day": str(visit_day), **changes}


def text(rows: Iterable[Row | str]) -> str:
    """The table as a file; a text stands for a line as it is."""
    lines = [each if isinstance(each, str) else ",".join(each.values()) for each in rows]
    return "\n".join([",".join(COLUMNS), *lines]) + "\n"


def imported(
    scenario: Scenario,
    rows: Iterable[Row | str],
    *,
    mapping: str = MAPPING,
    name: str = "visits.csv",
    stop_on_error: bool = False,
) -> Outcome:
    """Import rows into the scenario's store."""
    folder = Path(scenario.location).parent
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    (folder / name).write_text(text(rows), encoding="utf-8")
    known = read_mapping(folder / "mapping.toml")
    table = read_table(folder / name, known)
    return TableImport(scenario.app, known, table, stop_on_error=stop_on_error).run()


def reasons(outcome: Outcome) -> list[tuple[int, str, str]]:
    """The rejected rows: line, column and code."""
    return [(each.line, each.column, each.error.code) for each in outcome.rejected]
