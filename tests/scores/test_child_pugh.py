"""Child-Pugh with SI bands: every limit from both sides, the classes, and the convention for bilirubin."""

from __future__ import annotations

from itertools import product

import pytest

from domain.scores import score
from tests.scores.reports import CHILD_PUGH, reports, scored, value_of


def points(**changed: object) -> int:
    """The points of one input, where all others have one."""
    return int(value_of(CHILD_PUGH, **changed)) - 4


@pytest.mark.parametrize(
    ("bilirubin", "expected"),
    [
        ("1", 1),
        ("33.9", 1),
        ("33.999999999999999999999999999999", 1),
        ("34", 2),
        ("34.0", 2),
        ("34.1", 2),
        ("34.2", 2),
        ("50.0", 2),
        ("50.1", 2),
        ("51", 2),
        ("51.0", 2),
        ("51.000000000000000000000000000001", 3),
        ("51.1", 3),
        ("51.3", 3),
        ("51.4", 3),
        ("1000", 3),
    ],
)
def test_bilirubin_scores_2_from_34_to_51_micromoles_per_litre(bilirubin: str, expected: int) -> None:
    assert points(bilirubin=f"{bilirubin} umol/L") == expected


@pytest.mark.parametrize(
    ("bilirubin", "expected"),
    [
        ("1.98", 1),  # 33.858 umol/L
        ("1.99", 2),  # 34.029
        ("2.0", 2),  # 34.2
        ("2.98", 2),  # 50.958
        ("2.99", 3),  # 51.129
        ("3.0", 3),  # 51.3, which a convention in mg/dL would give 2
    ],
)
def test_bilirubin_in_mg_per_dl_is_banded_as_micromoles_too(bilirubin: str, expected: int) -> None:
    assert points(bilirubin=f"{bilirubin} mg/dL") == expected


@pytest.mark.parametrize(
    ("inr", "expected"),
    [
        ("0.9", 1),
        ("1.69", 1),
        ("1.7", 2),
        ("1.70", 2),
        ("1.71", 2),
        ("2.2", 2),
        ("2.25", 2),
        ("2.3", 2),
        ("2.30", 2),
        ("2.31", 3),
        ("15", 3),
    ],
)
def test_inr_scores_2_from_1_7_to_2_3(inr: str, expected: int) -> None:
    assert points(inr=inr) == expected


@pytest.mark.parametrize(
    ("albumin", "expected"),
    [
        ("65", 1),
        ("35.1", 1),
        ("35", 2),
        ("35.0", 2),
        ("30", 2),
        ("28", 2),
        ("28.0", 2),
        ("27.9", 3),
        ("10", 3),
    ],
)
def test_albumin_scores_2_from_28_to_35_grams_per_litre(albumin: str, expected: int) -> None:
    assert points(albumin=f"{albumin} g/L") == expected
    grams_per_decilitre = f"{float(albumin) / 10:.3f} g/dL"
    assert points(albumin=grams_per_decilitre) == expected


@pytest.mark.parametrize(("ascites", "expected"), [("none", 1), ("mild", 2), ("moderate", 3), ("severe", 3)])
def test_ascites_scores_by_its_grade(ascites: str, expected: int) -> None:
    assert points(ascites=ascites) == expected


@pytest.mark.parametrize(("grade", "expected"), [(0, 1), (1, 2), (2, 2), (3, 3), (4, 3)])
def test_encephalopathy_scores_by_its_west_haven_grade(grade: int, expected: int) -> None:
    assert points(encephalopathy=grade) == expected


BILIRUBIN = {1: "10 umol/L", 2: "40 umol/L", 3: "60 umol/L"}
INR = {1: "1", 2: "2", 3: "3"}
ALBUMIN = {1: "40 g/L", 2: "30 g/L", 3: "20 g/L"}
ASCITES = {1: "none", 2: "mild", 3: "severe"}
ENCEPHALOPATHY = {1: 0, 2: 1, 3: 4}


def test_the_score_is_the_sum_and_the_class_follows_for_every_combination_of_points() -> None:
    classes = {5: "A", 6: "A", 7: "B", 8: "B", 9: "B", **dict.fromkeys(range(10, 16), "C")}
    for each in product((1, 2, 3), repeat=5):
        found = scored(
            CHILD_PUGH,
            bilirubin=BILIRUBIN[each[0]],
            inr=INR[each[1]],
            albumin=ALBUMIN[each[2]],
            ascites=ASCITES[each[3]],
            encephalopathy=ENCEPHALOPATHY[each[4]],
        )
        assert found.value == sum(each)
        assert found.grade == classes[sum(each)]
        assert [int(used.value) for used in found.used] == list(each)


@pytest.mark.parametrize("name", ["ascites", "encephalopathy"])
def test_what_nobody_graded_is_missing_and_not_absent(name: str) -> None:
    answer = score(CHILD_PUGH, reports(**{name: None}))
    assert answer.value is None
    assert answer.grade is None
    assert answer.missing == (name,)


def test_creatinine_sodium_sex_and_dialysis_are_not_needed() -> None:
    assert scored(CHILD_PUGH, creatinine=None, sodium=None, sex=None, dialysis=None).flags == ()
