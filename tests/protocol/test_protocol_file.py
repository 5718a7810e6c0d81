"""What is wrong with a protocol file is told in one line with its place, never as a traceback."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from adapters.files.protocol_file import read_protocol
from domain.errors import Invalid, NotFound, TrialogError
from tests.protocol.documents import SMALL, changed, document, without

SECOND_VISIT = """
[[schedule.visits]]
id = "week-4"
name.en = "Again"
day = 56
before = 7
after = 7
"""

BAD = {
    "unknown key": (changed("target = 32", "target = 32\ntint = 1"), "enrolment.tint", "no such field"),
    "unknown section": (SMALL + "\n[[panel]]\nid = 'x'\n", "panel", "no such field"),
    "missing section": (without("[consent]", "[eligibility]"), "consent", "missing"),
    "missing field": (changed("years = 30", ""), "retention.years", "missing"),
    "duplicate visit": (SMALL + SECOND_VISIT, "schedule", "week-4"),
    "duplicate arm": (changed('id = "artery"', 'id = "vein"'), "arms", "more than once"),
    "duplicate item": (changed('id = "ascites"', 'id = "tbil"'), "items", "more than once"),
    "duplicate spelling": (changed('["mg/dl"]', '["umol/L"]'), "items.tbil", "more than once"),
    "unknown item in a panel": (changed('["tbil"]', '["bile"]'), "panels.liver.items", "bile"),
    "unknown panel at a visit": (
        changed('["liver"]', '["kidney"]'),
        "schedule.visits.week-4.panels",
        "kidney",
    ),
    "unknown visit of an endpoint": (
        changed('["week-4"]', '["week-5"]'),
        "endpoints.albi_change.visits",
        "week-5",
    ),
    "unknown measure": (
        changed('measure = "albi.2015"', 'measure = "x"'),
        "endpoints.albi_change.measure",
        "x",
    ),
    "endpoint without measure": (changed('measure = "albi.2015"', ""), "endpoints.albi_change", "measure"),
    "incidence of what is not counted": (
        changed(
            'kind = "change"\nmeasure = "albi.2015"',
            'kind = "incidence"\ndenominator = "all"\nmeasure = "ascites"',
        ),
        "endpoints.albi_change.measure",
        "defines no ascites",
    ),
    "incidence without denominator": (changed('"change"', '"incidence"'), "endpoints", "denominator"),
    "block size no multiple": (changed("[2, 4]", "[2, 3]"), "randomization.block_sizes", "no multiple"),
    "no block size": (changed("[2, 4]", "[]"), "randomization", "at least one"),
    "blocks for an external list": (changed('"permuted_blocks"', '"external"'), "randomization", "none"),
    "no arms": (
        changed('design = "two arms"', 'design = "x"\narms = []', without("[[arms]]", "[masking]")),
        "arms",
        "at least one",
    ),
    "unknown time zone": (changed("Asia/Shanghai", "Asia/Shenyang"), "sites.S1.zone", "no time zone"),
    "a machine's own zone": (changed("Asia/Shanghai", "localtime"), "sites.S1.zone", "no time zone"),
    "a masked operator who gives each arm by its route": (
        changed('"outcome_assessor"', '"outcome_assessor", "infusion_operator"'),
        "masking.masked_roles",
        "the arms differ in route (vein by vein, artery by artery)",
    ),
    "unknown role": (changed("outcome_assessor", "bystander"), "masking.masked_roles.1", "bystander"),
    "unknown alert rule": (changed('"visit_due"', '"visit_do"'), "alerts.due.rule", "visit_do"),
    "alert to nobody": (changed('["coordinator"]', "[]"), "alerts.due.roles", "at least one"),
    "text for a number": (changed("target = 32", 'target = "32"'), "enrolment.target", "integer"),
    "truth for a number": (changed("target = 32", "target = true"), "enrolment.target", "integer"),
    "fraction for a whole number": (
        changed("day = 28", "day = 28.5"),
        "schedule.visits.week-4.day",
        "integer",
    ),
    "a date for a number": (changed("years = 30", "years = 2030-01-01"), "retention.years", "integer"),
    "not a number": (changed("factor = 17.1", "factor = nan"), "items.tbil.units.mg/dL.factor", "finite"),
    "factor zero": (
        changed("factor = 17.1", "factor = 0"),
        "items.tbil.units.mg/dL.factor",
        "greater than 0",
    ),
    "own unit with a factor": (changed('"umol/L"', '"umol/L"\nfactor = 2'), "items.tbil", "factor is 1"),
    "both units and grades": (
        changed('name.en = "Ascites"', 'name.en = "Ascites"\nunits = [{ ucum = "1" }]'),
        "items.ascites",
        "either units",
    ),
    "neither units nor grades": (without("[[items.grades]]", "[product]"), "items.ascites", "either units"),
    "limits on an assessment": (
        changed('name.en = "Ascites"', 'name.en = "Ascites"\nquery = { high = 1 }'),
        "items.ascites",
        "edit checks need units",
    ),
    "limits upside down": (changed("low = 1, high", "low = 2000, high"), "items.tbil.reject", "lies above"),
    "query outside reject": (changed("high = 500", "high = 5000"), "items.tbil", "inside the reject"),
    "negative window": (
        changed("value = 7, assumed", "value = -7, assumed"),
        "schedule.visits.week-4.before",
        "-7",
    ),
    "ages upside down": (changed("minimum_age = 18", "minimum_age = 81"), "eligibility", "lies above"),
    "unknown kind of criterion": (
        changed('"inclusion"', '"maybe"'),
        "eligibility.criteria.disease.kind",
        "maybe",
    ),
    "infused without a product": (
        without("[product]", "[[endpoints]]"),
        "schedule.anchor",
        "needs a product",
    ),
    "one visit infused without a product": (
        changed(
            "day = 28",
            'day = 28\nanchor = "infused"',
            changed('anchor = "infused"', 'anchor = "randomized"', without("[product]", "[[endpoints]]")),
        ),
        "schedule.visits.week-4.anchor",
        "needs a product",
    ),
    "route the product has not": (changed('["vein", "artery"]', '["vein"]'), "arms.route", "artery"),
    "consent without a form": (
        without("[[consent.versions]]", "[eligibility]"),
        "consent",
        "version must be named",
    ),
    "language no tag": (changed('language = "en"', 'language = "English!"'), "consent.versions", "language"),
    "id with capitals": (changed('id = "liver"', 'id = "Liver"'), "panels.Liver.id", "this is written"),
    "both marks": (
        changed('assumed = "usual sizes"', 'assumed = "a", registered = "b"'),
        "randomization.block_sizes",
        "either registered or assumed",
    ),
    "empty source": (changed('assumed = "who else"', 'assumed = " "'), "masking.masked_roles", "source"),
    "source no text": (changed('assumed = "who else"', "assumed = 1"), "masking.masked_roles", "source"),
    "unmarked": (
        changed('registered = "the registration"', ""),
        "alerts.due.id",
        "neither registered nor assumed (and",
    ),
}


@pytest.mark.parametrize(("text", "place", "reason"), BAD.values(), ids=BAD)
def test_a_bad_protocol_is_refused_in_one_line_with_file_path_and_reason(
    tmp_path: Path, text: str, place: str, reason: str
) -> None:
    with pytest.raises(Invalid) as refused:
        document(tmp_path, text)
    line = str(refused.value)
    assert "\n" not in line
    assert refused.value.where.startswith(str(tmp_path / "protocol.toml"))
    assert place in line
    assert reason in line


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    text = changed("target = 32", "target = 0", changed("years = 30", "years = 0"))
    with pytest.raises(Invalid) as refused:
        document(tmp_path, text)
    assert "enrolment.target" in refused.value.message
    assert "retention.years" in refused.value.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (changed("target = 32", "target = "), 1 + SMALL[: SMALL.index("target = 32")].count("\n")),
        (SMALL + "[enrolment]\n", SMALL.count("\n") + 1),
        ("trial = 'T", 1),
        ("trial = 1\nversion = {\n", 2),
    ],
    ids=["value missing", "section twice", "text not closed", "cut off"],
)
def test_a_syntax_error_names_its_line(tmp_path: Path, text: str, line: int) -> None:
    with pytest.raises(Invalid, match="not TOML") as refused:
        document(tmp_path, text)
    assert refused.value.where == f"{tmp_path / 'protocol.toml'}:{line}"


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "protocol.toml"
    file.write_bytes('# line one\ntitle = "试验"\n'.encode("gb18030"))
    with pytest.raises(Invalid, match="not UTF-8") as refused:
        read_protocol(file)
    assert refused.value.where == f"{file}:2"


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \r\n\t\n"], ids=["nothing", "mark only", "blank"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "protocol.toml"
    file.write_bytes(data)
    with pytest.raises(Invalid, match="empty"):
        read_protocol(file)


def test_a_file_of_comments_is_refused_for_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        document(tmp_path, "# to be written\n")


def test_a_short_file_name_is_not_taken_for_the_place_of_a_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t").write_text('trial = "T-1"\n', encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        read_protocol(Path("t"))
    assert refused.value.where == "t: trial"


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file") as missing:
        read_protocol(tmp_path / "nowhere.toml")
    assert missing.value.where == str(tmp_path / "nowhere.toml")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        read_protocol(tmp_path)
    assert refused.value.where == str(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 100_000,
        "a" + ".a" * 2_000 + " = 1",
        "a = " + "9" * 5_000,
        "a = 1e99999999999999999999",
    ],
    ids=["nested lists", "nested keys", "long number", "huge exponent"],
)
def test_an_extreme_file_is_refused_like_any_other(tmp_path: Path, text: str) -> None:
    with pytest.raises(TrialogError) as refused:
        document(tmp_path, text)
    assert "\n" not in str(refused.value)


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = document(tmp_path)
    file = tmp_path / "windows.toml"
    file.write_bytes(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
    assert read_protocol(file) == plain


@pytest.mark.parametrize(
    ("old", "new", "path", "told"),
    [
        (
            'ucum = "umol/L"',
            'ucum = "µmol/L"',
            "items.tbil.units.µmol/L.ucum",
            "there is no unit µmol: write umol",
        ),
        (
            'dose_unit = "10*6/kg"',
            'dose_unit = "million/kg"',
            "product.dose_unit",
            "there is no unit million",
        ),
    ],
)
def test_a_unit_that_is_none_is_refused_with_its_path_and_why(
    tmp_path: Path, old: str, new: str, path: str, told: str
) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        document(tmp_path, changed(old, new))
    assert refused.value.code == "protocol_file.unit"
    assert refused.value.where.endswith(f": {path}")


def test_decimals_are_read_as_they_are_written(tmp_path: Path) -> None:
    unit = document(tmp_path).protocol.item_plans["tbil"].unit("mg/dl")
    assert unit is not None
    assert unit.factor == Decimal("17.1")
