"""What is accepted as a report: numbers, comparators and units; what is refused, by name."""

from __future__ import annotations

from itertools import product

import pytest

from domain.errors import Invalid
from domain.scores import FORMULAS, Quantity, ScoreInputs, score
from domain.scores.reading import ANALYTES
from tests.scores.reports import (
    ALBI,
    CHILD_PUGH,
    MELD,
    MELD_3_0,
    MELD_FAMILY,
    MELD_NA,
    formulas_with,
    raw_of,
    refusal_of,
    reports,
    scored,
    value_of,
)

# ---------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    "text", ["abc", "NaN", "Infinity", "1,5", "1_0", "１０", "0x10", "1.2.3", "--1", "5 6", "~5"]
)
@pytest.mark.parametrize("name", ANALYTES)
def test_a_text_that_is_no_number_is_refused(name: str, text: str) -> None:
    unit = ANALYTES[name].units[0].code
    for formula in formulas_with(name):
        refusal = refusal_of(formula, **{name: Quantity(text, unit)})
        assert refusal == f"{name} '{text}' is no number"


def test_a_number_of_more_than_40_characters_is_refused() -> None:
    assert refusal_of(MELD, inr="1." + "0" * 39) == f"inr '1.{'0' * 37}…' is no number"
    assert value_of(MELD, inr="1." + "0" * 38) == 6


@pytest.mark.parametrize("text", ["0", "0.0", "-1", "-0", "<0", "<=0", ">-1", ">0", "-1e300"])
@pytest.mark.parametrize("name", ANALYTES)
def test_a_value_that_is_not_above_0_is_refused(name: str, text: str) -> None:
    for formula in formulas_with(name):
        refusal = refusal_of(formula, **{name: Quantity(text, ANALYTES[name].units[0].code)})
        assert refusal.startswith(f"{name} {text} ")
        assert refusal.endswith("is impossible: it must be above 0")


@pytest.mark.parametrize("text", [" 54 ", "54.0", "+54", "5.4e1", "54.", "054", "5.4E+01"])
def test_a_number_may_be_written_in_the_usual_ways(text: str) -> None:
    assert raw_of(ALBI, bilirubin=Quantity(text, " umol/L ")) == raw_of(ALBI, bilirubin="54 umol/L")


# ---------------------------------------------------------------- units


@pytest.mark.parametrize(
    "unit", ["", "mmol/L", "mg/L", "MG/DL", "Umol/L", "g/dL", "µmol", "umol/L total", "?"]
)
@pytest.mark.parametrize("name", ["bilirubin", "creatinine"])
def test_an_unknown_unit_is_refused_and_never_guessed(name: str, unit: str) -> None:
    for formula in formulas_with(name):
        refusal = refusal_of(formula, **{name: Quantity("2", unit)})
        assert refusal.startswith(f"{name} has ")
        assert refusal.endswith(": write umol/L or mg/dL")
        assert unit in refusal


@pytest.mark.parametrize(
    ("name", "value", "unit"),
    [
        ("albumin", "30", ""),
        ("albumin", "30", "mg/dL"),
        ("albumin", "500", "umol/L"),
        ("sodium", "135", "mg/dL"),
        ("sodium", "135", "umol/L"),
        ("inr", "1.2", "s"),
        ("inr", "1.2", "%"),
    ],
)
def test_a_unit_of_something_else_is_refused(name: str, value: str, unit: str) -> None:
    for formula in (MELD_3_0, *formulas_with(name)):
        if name in FORMULAS[formula].inputs:
            assert refusal_of(formula, **{name: Quantity(value, unit)}).startswith(f"{name} has ")


@pytest.mark.parametrize(
    ("name", "unit"), [(name, unit) for name in ANALYTES for unit in ANALYTES[name].units]
)
def test_every_listed_spelling_of_a_unit_is_that_unit(name: str, unit: object) -> None:
    analyte = ANALYTES[name]
    spellings = {spelling for spelling, known in analyte.spellings.items() if known is unit}
    assert spellings
    code = next(known.code for known in analyte.units if known is unit)
    number = {"bilirubin": "30", "creatinine": "16", "inr": "2", "sodium": "130", "albumin": "30"}[name]
    if code == "g/dL":
        number = "3"
    raws = {
        raw_of(formula, **{name: Quantity(number, spelling)})
        for formula in formulas_with(name)[-1:]
        for spelling in spellings
    }
    assert len(raws) == 1


def test_no_spelling_stands_for_two_units() -> None:
    for analyte in ANALYTES.values():
        written = [spelling for unit in analyte.units for spelling in (unit.code, *unit.spellings)]
        assert len(written) == len(set(written))


def test_milliequivalents_and_millimoles_of_sodium_are_the_same_number() -> None:
    for unit in ("mmol/L", "meq/L", "mEq/L", ""):
        assert raw_of(MELD_3_0, sodium=Quantity("130", unit)) == raw_of(MELD_3_0, sodium="130")


def test_bilirubin_in_micromoles_does_not_go_into_the_logarithm_as_it_is() -> None:
    """The classic fault: 27 instead of 17."""
    assert value_of(MELD, bilirubin="171 umol/L") == value_of(MELD, bilirubin="10 mg/dL") == 15


def test_bilirubin_is_converted_by_17_1_and_not_by_swapped_digits_of_its_molar_mass() -> None:
    """548.66 for 584.66 would make 1.067 mg/dL of 17.1 umol/L, and add to the score."""
    used = scored(MELD, bilirubin="34.2 umol/L", creatinine="176.8 umol/L").used
    assert [each.value for each in used[:2]] == [2, 2]


# ---------------------------------------------------------------- guards and limits


@pytest.mark.parametrize(
    ("name", "value", "unit", "likely"),
    [
        ("bilirubin", "60.1", "mg/dL", "umol/L"),
        ("bilirubin", "171", "mg/dL", "umol/L"),
        ("bilirubin", ">60", "mg/dL", "umol/L"),
        ("creatinine", "20.1", "mg/dL", "umol/L"),
        ("creatinine", "88", "mg/dL", "umol/L"),
        ("albumin", "10.1", "g/dL", "g/L"),
        ("albumin", "35", "g/dL", "g/L"),
        ("albumin", "9.9", "g/L", "g/dL"),
        ("albumin", "3.5", "g/L", "g/dL"),
        ("albumin", "<10", "g/L", "g/dL"),
    ],
)
def test_a_number_that_belongs_to_another_unit_stops_for_review(
    name: str, value: str, unit: str, likely: str
) -> None:
    for formula in formulas_with(name):
        refusal = refusal_of(formula, **{name: Quantity(value, unit)})
        assert refusal.startswith(f"{name} {value} {unit} is ")
        assert refusal.endswith(f"is the unit {likely}?")


LIMITS = [
    ("bilirubin", "umol/L", "1", "1000", "0.99", "1000.1"),
    ("creatinine", "umol/L", "15", "2000", "14.9", "2000.1"),
    ("inr", "", "0.6", "15", "0.59", "15.01"),
    ("sodium", "mmol/L", "100", "180", "99.9", "180.1"),
    ("albumin", "g/dL", "0.8", "6.5", "0.79", "6.51"),
]


@pytest.mark.parametrize(("name", "unit", "low", "high", "below", "above"), LIMITS)
def test_a_value_no_patient_has_is_refused_and_the_limits_themselves_are_not(
    name: str, unit: str, low: str, high: str, below: str, above: str
) -> None:
    for formula in formulas_with(name):
        for value in (low, high):
            scored(formula, **{name: Quantity(value, unit)})
        for value in (below, above, f"<{low}", f">{high}"):
            refusal = refusal_of(formula, **{name: Quantity(value, unit)})
            assert refusal.startswith(f"{name} {value} ".replace("  ", " "))
            assert "outside the limits" in refusal


def test_bilirubin_up_to_the_guard_in_mg_per_dl_must_still_be_within_the_limits() -> None:
    assert "outside the limits" in refusal_of(MELD, bilirubin="59 mg/dL")


# ---------------------------------------------------------------- comparators


@pytest.mark.parametrize("comparator", ["<", "<="])
def test_bilirubin_below_the_detection_limit_is_certain_for_meld_and_child_pugh(comparator: str) -> None:
    for formula in (*MELD_FAMILY, CHILD_PUGH):
        certain = raw_of(formula, bilirubin="5.1 umol/L")
        assert raw_of(formula, bilirubin=f"{comparator}5.1 umol/L") == certain
        assert raw_of(formula, bilirubin=Quantity("5.1", "umol/L", comparator)) == certain
        assert raw_of(formula, bilirubin=Quantity(f" {comparator} 5.1 ", "µmol/L", comparator)) == certain


CERTAIN = [
    (MELD, "bilirubin", "<=17.1 umol/L", "1"),
    (MELD, "creatinine", "<1", "1"),
    (MELD, "creatinine", ">4", "4"),
    (MELD, "creatinine", ">=4", "4"),
    (MELD, "inr", "<1.0", "1"),
    (MELD_3_0, "creatinine", ">3", "3"),
    (MELD_3_0, "sodium", "<125", "125"),
    (MELD_3_0, "sodium", ">137", "137"),
    (MELD_3_0, "albumin", ">3.5", "3.5"),
    (MELD_3_0, "albumin", "<15 g/L", "1.5"),
    (CHILD_PUGH, "bilirubin", "<34 umol/L", "1 umol/L"),
    (CHILD_PUGH, "bilirubin", ">51 umol/L", "60 umol/L"),
    (CHILD_PUGH, "inr", "<1.7", "1"),
    (CHILD_PUGH, "inr", ">2.3", "3"),
    (CHILD_PUGH, "inr", ">10", "3"),
    (CHILD_PUGH, "albumin", "<28 g/L", "20 g/L"),
    (CHILD_PUGH, "albumin", ">35 g/L", "40 g/L"),
]
OPEN = [
    (MELD, "bilirubin", "<25 umol/L"),
    (MELD, "bilirubin", "<=17.2 umol/L"),
    (MELD, "bilirubin", ">500 umol/L"),
    (MELD, "creatinine", ">3.9"),
    (MELD, "inr", ">10"),
    (MELD, "inr", "<1.1"),
    (MELD_3_0, "creatinine", ">2.9"),
    (MELD_3_0, "sodium", "<126"),
    (MELD_3_0, "sodium", ">136"),
    (MELD_3_0, "albumin", ">3.4"),
    (CHILD_PUGH, "bilirubin", "<=34 umol/L"),
    (CHILD_PUGH, "bilirubin", "<40 umol/L"),
    (CHILD_PUGH, "bilirubin", ">=51 umol/L"),
    (CHILD_PUGH, "bilirubin", ">34 umol/L"),
    (CHILD_PUGH, "inr", "<=1.7"),
    (CHILD_PUGH, "albumin", "<=28 g/L"),
    (CHILD_PUGH, "albumin", ">=35 g/L"),
    (ALBI, "bilirubin", "<5.1 umol/L"),
    (ALBI, "albumin", ">50 g/L"),
]


@pytest.mark.parametrize(("formula", "name", "report", "same"), CERTAIN)
def test_a_comparator_is_accepted_where_bound_or_band_makes_the_result_certain(
    formula: str, name: str, report: str, same: str
) -> None:
    assert raw_of(formula, **{name: report}) == raw_of(formula, **{name: same})


@pytest.mark.parametrize(("formula", "name", "report"), OPEN)
def test_a_comparator_that_leaves_the_result_open_makes_no_score(
    formula: str, name: str, report: str
) -> None:
    refusal = refusal_of(formula, **{name: report})
    assert refusal.startswith(f"{name} {report}")
    assert "leaves the result open" in refusal


def test_a_comparator_does_not_matter_where_the_value_does_not() -> None:
    assert value_of(MELD, creatinine=">2", dialysis=True) == value_of(MELD, creatinine="4")
    assert value_of(MELD_NA, sodium="<130") == 6


@pytest.mark.parametrize("comparator", ["~", "≤", "=", "<>", "less"])
def test_an_unknown_comparator_is_refused(comparator: str) -> None:
    assert "comparator" in refusal_of(MELD, inr=Quantity("1", "", comparator))


def test_two_comparators_that_differ_are_refused() -> None:
    assert refusal_of(MELD, inr=Quantity("<1", "", ">")) == "inr says both '>' and '<'"


# ---------------------------------------------------------------- categories


@pytest.mark.parametrize("sex", ["Female", "f", "M", "unknown", "other", "0"])
def test_a_sex_that_is_neither_female_nor_male_is_refused(sex: str) -> None:
    assert refusal_of(MELD_3_0, sex=sex) == f"sex '{sex}' is not known: write one of female, male"


@pytest.mark.parametrize("ascites", ["slight", "None", "grade 2", "0", "controlled"])
def test_an_unknown_grade_of_ascites_is_refused(ascites: str) -> None:
    assert refusal_of(CHILD_PUGH, ascites=ascites).startswith(f"ascites '{ascites}' is not known")


@pytest.mark.parametrize("grade", [-1, 5, 10**50, True, False])
def test_an_encephalopathy_grade_that_there_is_not_is_refused(grade: int) -> None:
    assert refusal_of(CHILD_PUGH, encephalopathy=grade).startswith("encephalopathy '")


# ---------------------------------------------------------------- missing, and several at once


@pytest.mark.parametrize(("formula", "absent"), list(product(FORMULAS, [None, ""])))
def test_without_any_input_a_formula_names_all_it_needs(formula: str, absent: str | None) -> None:
    quantity = None if absent is None else Quantity(absent, "umol/L")
    nothing = ScoreInputs(quantity, quantity, quantity, quantity, quantity, absent, None, absent, None)
    answer = score(formula, nothing)
    assert answer.value is None
    assert answer.error is None
    assert answer.missing == tuple(name for name in FORMULAS[formula].inputs if name != "dialysis")


@pytest.mark.parametrize(
    ("formula", "name"),
    [(each.id, name) for each in FORMULAS.values() for name in each.inputs if name != "dialysis"],
)
def test_a_missing_input_gives_no_score_and_its_name(formula: str, name: str) -> None:
    """None of them counts as normal: not as ln(1), not as a sodium of 137, not as absent ascites."""
    severe = {"bilirubin": "20", "creatinine": "3", "inr": "3"}
    answer = score(formula, reports(**{**severe, name: None}))
    assert answer.value is None
    assert answer.raw is None
    assert answer.error is None
    assert answer.missing == (name,)


def test_inputs_a_formula_does_not_take_are_not_looked_at() -> None:
    assert value_of(MELD, sodium="banana", albumin="banana", sex="banana", ascites="banana") == 6
    assert value_of(CHILD_PUGH, creatinine="banana", sodium="banana") == 5


def test_an_impossible_input_is_refused_even_where_its_value_would_not_count() -> None:
    assert refusal_of(MELD, creatinine="900 mg/dL", dialysis=True).startswith("creatinine 900")
    assert refusal_of(MELD_NA, sodium="1350").startswith("sodium 1350")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    answer = score(MELD_3_0, reports(bilirubin="2 g/L", inr="x", sodium=None, sex=None))
    assert answer.value is None
    assert answer.missing == ("sodium", "sex")
    assert answer.error is not None
    assert answer.error.count(";") == 1
    assert "bilirubin" in answer.error
    assert "inr" in answer.error


def test_a_formula_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid, match=r"there is no score 'meld'; there are meld\.unos2002"):
        score("meld", reports())
    with pytest.raises(Invalid, match="no score"):
        score("75622-1", reports())  # a code for MELD-Na in the wild, which is an HIV test


def test_every_formula_says_its_conventions() -> None:
    assert list(FORMULAS) == [MELD, MELD_NA, MELD_3_0, CHILD_PUGH, ALBI]
    assert all("bili_factor=17.1" in each.conventions for each in FORMULAS.values())
