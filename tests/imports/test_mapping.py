"""The mapping language: what can be said in it, and one line for each thing that cannot."""

import re
from pathlib import Path

import pytest

from adapters.files.protocol_file import read_protocol
from adapters.imports.mapping import Mapping
from adapters.imports.mapping_file import read_mapping
from adapters.imports.mapping_fit import check_fit
from domain.errors import Invalid, NotFound, TrialogError
from protocols import path_of
from tests.imports.tables import MAPPING, document

BUNDLED = path_of("mayo-pbc").with_suffix(".mapping.toml")


def read(folder: Path, text: str) -> Mapping:
    path = folder / "mapping.toml"
    path.write_text(text, encoding="utf-8")
    return read_mapping(path)


def fault(folder: Path, text: str) -> str:
    """The one line that a faulty mapping is told in."""
    with pytest.raises(Invalid) as caught:
        read(folder, text)
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder / "mapping.toml") in line
    return line


def test_the_bundled_mapping_fits_the_bundled_protocol() -> None:
    check_fit(read_mapping(BUNDLED), read_protocol(path_of("mayo-pbc")).protocol)


def test_the_parts_shown_in_the_documentation_make_a_mapping_that_fits(tmp_path: Path) -> None:
    page = (BUNDLED.parents[1] / "docs" / "import.md").read_text(encoding="utf-8")
    parts = re.findall(r"^```toml\n(.*?)^```$", page, flags=re.DOTALL | re.MULTILINE)
    shown = read(tmp_path, "\n".join(parts))
    check_fit(shown, read_protocol(path_of("mayo-pbc")).protocol)
    bundled = read_mapping(BUNDLED)
    assert (shown.participant, shown.row, shown.dates) == (bundled.participant, bundled.row, bundled.dates)


def test_a_mapping_names_every_column_it_reads_once(tmp_path: Path) -> None:
    mapping = read(tmp_path, MAPPING)
    assert mapping.columns == (
        *("no", "site", "visit_day", "enrolled", "sex", "age", "arm", "alt", "bili", "ascites"),
        *("last_day", "status"),
    )
    assert mapping.telling == {"arm"}


BAD = {
    "a field that is not of the language": (
        "[row]",
        "[row]\ncolour = 1",
        "row.colour: a mapping has no",
    ),
    "an unknown command": ('"visit.record"', '"visit.dance"', "steps.visit.command: there is no command"),
    "a command that an import may not issue": (
        '"visit.record"',
        '"participant.randomize"',
        "steps.visit.command: an import may not participant.randomize",
    ),
    "a command about no participant": ('"visit.record"', '"trial.lock"', "an import may not trial.lock"),
    "a field the command has not": ("fields.age", "fields.height", "no field height"),
    "a field the command needs": ("fields.arm", "#", "steps.allocation: fields: participant.record_rand"),
    "a field that is said elsewhere": ("fields.age", "fields.site", "site is said elsewhere"),
    "results without readings": (
        '"visit.record"',
        '"observation.record_results"',
        "steps.visit: readings: observation.record_results needs readings",
    ),
    "readings of something else": (
        '"observation.record_results"',
        '"observation.record_dialysis"',
        "steps.results: readings: observation.record_dialysis takes no readings",
    ),
    "a template without a column": ('"S1-{no:03}"', '"S1-001"', "participant.code: the template names no"),
    "a template with a stray brace": ('"S1-{no:03}"', '"S1-{no"', "participant.code: a template holds"),
    "an unknown encoding": ("[table]", "[table]\nencoding = 'klingon'", "table.encoding: 'klingon'"),
    "an encoding that is not of text": (
        "[table]",
        "[table]\nencoding = 'base64'",
        "table.encoding: 'base64'",
    ),
    "a delimiter of two characters": ("[table]", "[table]\ndelimiter = '||'", "table.delimiter"),
    "a column that is read and unused": ('["note"]', '["note", "alt"]', "table.unused: alt is read"),
    "an unknown date": ('date = "enrolled", plus_days = "visit_day"', 'date = "born"', "no date born"),
    "a value from a column and constant": (
        'site = { column = "site" }',
        'site = { column = "site", value = "S1" }',
        "participant.site: a value comes from a column or is a constant",
    ),
    "an assumed column": (
        'site = { column = "site" }',
        'site = { column = "site", assumed = "x" }',
        "participant.site: assumed",
    ),
    "a format of dates without the year": (
        'enrolled = { column = "enrolled" }',
        'enrolled = { column = "enrolled", format = "%d.%m." }',
        "dates.enrolled: format: '%d.%m.' does not tell",
    ),
    "the allocation as a key": (
        'key = ["visit_day"]',
        'key = ["visit_day", "arm"]',
        "arm tells the allocation",
    ),
    "alternatives that ask the same": (
        'equals = ["alive"]',
        'equals = ["dead"]',
        "'dead' leads to more than one",
    ),
    "alternatives that ask another column": (
        'when = { column = "status", equals = ["alive"] }',
        'when = { column = "sex", equals = ["m"] }',
        "end: steps of one id run together",
    ),
    "no TOML": ("[row]", "[row", "mapping.toml:13: this is not TOML"),
}


@pytest.mark.parametrize(("old", "new", "told"), BAD.values(), ids=BAD)
def test_a_bad_mapping_is_one_line_with_path_and_reason(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in MAPPING
    assert told in fault(tmp_path, MAPPING.replace(old, new, 1))


MISFITS = {
    "an item": ('item = "alt"', 'item = "glucose"', "steps.results.readings.alt: the protocol has no item"),
    "a unit": ('unit = "U/L"', 'unit = "mol"', "'mol' is no unit of alt: the protocol has U/L"),
    "a grade": ('"1" = "mild"', '"1" = "huge"', "the protocol has no grade huge of ascites"),
    "an arm": ('V = "by-vein"', 'V = "by-mouth"', "steps.allocation.fields.arm: the protocol has no arm"),
    "a site": (
        'site = { column = "site" }',
        'site = { value = "S9" }',
        "participant.site: the protocol has no",
    ),
    "a day": ('{ column = "enrolled" }', '{ value = "2026-02-30" }', "dates.enrolled: "),
}


@pytest.mark.parametrize(("old", "new", "told"), MISFITS.values(), ids=MISFITS)
def test_a_mapping_that_names_what_the_protocol_has_not_is_refused(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in MAPPING
    mapping = read(tmp_path, MAPPING.replace(old, new, 1))
    with pytest.raises(Invalid) as caught:
        check_fit(mapping, document().protocol)
    assert told in str(caught.value)


def test_a_mapping_that_is_not_there_or_not_utf8_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_mapping(tmp_path / "none.toml")
    for path, data in ((tmp_path, None), (tmp_path / "latin.toml", "name = 'é'".encode("latin-1"))):
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(TrialogError) as caught:
            read_mapping(path)
        assert "\n" not in str(caught.value)
