"""`trialog endpoints` and `trialog participant scores`: what they tell, in words and in JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal
from tests.endpoints.liver import ARTERY, bled, died, document, infused, seen, transplanted
from tests.support.scenario import Scenario
from tests.support.trial import active
from workflows import observation

STATISTICIAN = ("--role", "statistician")


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A terminal on a trial in which a little of everything happened."""
    folder = tmp_path_factory.mktemp("endpoints")
    liver = Scenario(folder)
    liver.given(active(document()))
    for number, arm in enumerate(("by-vein", ARTERY, ARTERY, "by-vein", "by-vein"), start=1):
        liver.given(infused(f"S1-00{number}", arm))
    liver.given(seen("S1-001", "week-4", 28), seen("S1-002", "week-4", 28, {"tbil": "50 umol/L"}))
    liver.given(observation.CorrectResult(participant="S1-001", visit="week-4", result="alb", value="30"))
    liver.given(observation.VoidResult(participant="S1-002", visit="week-4", result="tbil"))
    liver.given(died("S1-003", 20), transplanted("S1-004", 20), bled("S1-005", 10)).on(200)
    liver.close()
    told = Terminal(folder)
    told.clock.moment = liver.clock.moment
    return told


def test_every_answer_has_its_shape(terminal: Terminal) -> None:
    assert terminal.data("endpoints", "--curves", *STATISTICIAN)["endpoints"]
    for code in ("S1-001", "S1-002"):
        row = terminal.data("participant", "scores", code)["rows"][0]
        assert terminal.data("audit", "lineage", code, row["visit"], row["formula"])["rows"]


def test_without_curves_the_json_has_chosen_days_only(terminal: Terminal) -> None:
    data = terminal.data("endpoints", *STATISTICIAN)
    group = data["endpoints"][0]["analyses"][0]["groups"][0]
    assert group["curve"] is None
    assert [each["day"] for each in group["estimates"]] == [28, 84]


def test_the_answer_says_what_it_was_true_of_and_by_what_it_is_told(terminal: Terminal) -> None:
    masked = terminal.data("endpoints", "--role", "outcome_assessor")
    assert [masked[name] for name in ("trial", "axis", "by")] == ["T-1", "recorded", "pooled"]
    assert terminal.data("endpoints", *STATISTICIAN)["by"] == "arm"


def test_the_tables_tell_every_endpoint(terminal: Terminal) -> None:
    told = terminal.do("endpoints", *STATISTICIAN)
    for words in (
        "Survival after 12 weeks",
        "Kaplan-Meier with log-log interval",
        "Arms compared",
        "Change from baseline in MELD (UNOS 2002); nothing is imputed",
        "Bleeding, by episodes alone",
        "Ascites, assessed at visits as 'ascites'",
    ):
        assert words in told


def test_one_endpoint_can_be_asked_for_and_an_unknown_one_is_refused(terminal: Terminal) -> None:
    assert [each["endpoint"] for each in terminal.data("endpoints", "--endpoint", "meld")["endpoints"]] == [
        "meld"
    ]
    fault = terminal.fault("endpoints", "--endpoint", "cure")
    assert (fault["code"], fault["exit"]) == ("endpoint.unknown", 5)


def test_endpoints_can_be_asked_for_on_both_axes_at_any_instant(terminal: Terminal) -> None:
    def events(*words: str) -> list[int]:
        found = terminal.data("endpoints", "--endpoint", "survival", *words)["endpoints"][0]
        return [each["events"] for each in found["analyses"][0]["groups"]]

    assert events() == [0, 1, 1]
    assert events("--axis", "effective", "--as-of", "2026-03-21T00:00:00Z") == [0, 0, 0]
    assert events("--axis", "effective", "--as-of", "2026-03-23T00:00:00Z") == [0, 1, 1]
    assert events("--as-of", "8") == [0]


def test_plots_are_drawn_into_a_folder_and_named(terminal: Terminal, tmp_path: Path) -> None:
    folder = tmp_path / "plots" / "today"
    data = terminal.data("endpoints", "--plots", str(folder))
    assert sorted(Path(each).name for each in data["plots"]) == [
        "bilirubin.svg",
        "child.svg",
        "decompensation-ascites.svg",
        "decompensation-bleeding.svg",
        "meld.svg",
        "survival-competing.svg",
        "survival-overall.svg",
        "survival-transplant_free.svg",
    ]
    assert sorted(each.name for each in folder.iterdir()) == sorted(Path(f).name for f in data["plots"])
    assert terminal.fault("endpoints", "--plots", str(folder))["code"] == "file.exists"


def test_a_folder_that_cannot_be_written_to_is_one_line(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    fault = terminal.fault("endpoints", "--plots", str(tmp_path / "file" / "plots"))
    assert (fault["code"], fault["exit"]) == ("file.other_kind", 2)


def score(terminal: Terminal, code: str, *words: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = terminal.data("participant", "scores", code, *words)["rows"]
    assert len(rows) == 1
    return rows[0]


def test_a_score_tells_its_value_change_and_the_facts_it_comes_from(terminal: Terminal) -> None:
    row = score(terminal, "S1-001", "--visit", "week-4", "--formula", "albi.2015")
    assert (row["value"], row["class"], row["baseline"], row["change"]) == ("-1.41", "2", "-1.24", "-0.17")
    albumin = next(each for each in row["inputs"] if each["input"] == "albumin")
    assert (albumin["state"], albumin["given"]) == ("corrected", "30 g/L")
    assert albumin["facts"] == [albumin["first"], albumin["fact"]]


def test_what_a_score_lacks_and_what_undid_it_is_told_in_words(terminal: Terminal) -> None:
    row = score(terminal, "S1-002", "--visit", "week-4", "--formula", "meld.unos2002")
    assert [each["input"] for each in row["lacks"]] == ["bilirubin", "creatinine", "inr"]
    assert row["lacks"][0]["why"] == "tbil: voided"
    told = terminal.do("participant", "scores", "S1-003", "--visit", "week-4")
    assert "undefined: died" in told


def test_the_table_of_one_visit_shows_the_way_back(terminal: Terminal) -> None:
    told = terminal.do("participant", "scores", "S1-001", "--visit", "week-4")
    assert "Computed from" in told
    assert "corrected" in told
    assert "add --visit or --formula" in terminal.do("participant", "scores", "S1-001")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("S1-404",), "participant.unknown"),
        (("S1-001", "--visit", "week-99"), "visit.unknown"),
        (("S1-001", "--formula", "meld"), "formula.unknown"),
    ],
)
def test_what_is_not_there_is_one_line(terminal: Terminal, words: tuple[str, ...], code: str) -> None:
    fault = terminal.fault("participant", "scores", *words)
    assert (fault["code"], fault["exit"]) == (code, 5)
