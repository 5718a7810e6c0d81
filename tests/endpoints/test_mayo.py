"""The endpoints of the Mayo Clinic trial on its published data, held to statsmodels and to the file."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight, survdiff

from adapters.app import App
from adapters.plots.pictures import pictures
from domain.clinical_time import Instant
from domain.record import Role
from projections.as_of import Axis
from projections.endpoints import Evaluation, evaluate
from projections.endpoints.change import ChangeResult
from projections.endpoints.incidence import IncidenceResult
from projections.endpoints.survival import Analysis, SurvivalResult
from projections.scores import VisitScore, scores
from tests.support.mayo import DATA, TRIAL, mayo

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "img" / "mayo-survival.svg"
ARMS = {"d_penicillamine": ["1"], "placebo": ["0"], "pooled": ["0", "1"]}

pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the data set is not at ../shared/data/pbcseq.csv")


@pytest.fixture(scope="module")
def app() -> App:
    return mayo().app


@pytest.fixture(scope="module")
def evaluation(app: App) -> Evaluation:
    view = app.view(TRIAL)
    return evaluate(view, app.unseal(view.trial, Role.STATISTICIAN))


@pytest.fixture(scope="module")
def computed(app: App) -> list[VisitScore]:
    return list(scores(app.view(TRIAL)))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with DATA.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def people(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """The first row of each participant: arm, follow-up and how it ended."""
    return list({row["id"]: row for row in reversed(rows)}.values())


def survival(evaluation: Evaluation, endpoint: str) -> SurvivalResult:
    found = next(each for each in evaluation.endpoints if each.endpoint == endpoint)
    assert isinstance(found, SurvivalResult)
    return found


def observed(
    people: list[dict[str, str]], group: str, events: tuple[str, ...]
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    chosen = [each for each in people if each["trt"] in ARMS[group]]
    days = np.array([int(each["futime"]) for each in chosen])
    return days, np.array([int(each["status"] in events) for each in chosen])


EVENTS = {"survival": ("2",), "transplant_free_survival": ("1", "2")}


def analysis(evaluation: Evaluation, endpoint: str) -> Analysis:
    (found,) = survival(evaluation, endpoint).analyses
    return found


@pytest.mark.parametrize("group", ARMS)
@pytest.mark.parametrize("endpoint", EVENTS)
def test_kaplan_meier_equals_an_independent_library(
    evaluation: Evaluation, people: list[dict[str, str]], endpoint: str, group: str
) -> None:
    days, events = observed(people, group, EVENTS[endpoint])
    theirs = SurvfuncRight(days, events)
    ours = next(each for each in analysis(evaluation, endpoint).groups if each.group == group)
    assert (ours.participants, ours.events) == (len(days), int(events.sum()))
    steps = {step.day: step for step in ours.curve}
    for place, day in enumerate(theirs.surv_times):
        step = steps[int(day)]
        assert step.survival == pytest.approx(float(theirs.surv_prob[place]), abs=1e-9)
        assert step.at_risk == int(theirs.n_risk[place])
    assert ours.median == int(theirs.quantile(0.5))


@pytest.mark.parametrize("group", ARMS)
def test_the_log_log_interval_is_greenwoods_on_that_scale(
    evaluation: Evaluation, people: list[dict[str, str]], group: str
) -> None:
    days, events = observed(people, group, EVENTS["survival"])
    theirs = SurvfuncRight(days, events)
    ours = next(each for each in analysis(evaluation, "survival").groups if each.group == group)
    steps = {step.day: step for step in ours.curve}
    for day, survived, error in zip(theirs.surv_times, theirs.surv_prob, theirs.surv_prob_se, strict=True):
        reach = 1.959963984540054 * error / (survived * np.log(survived))
        assert steps[int(day)].low == pytest.approx(float(survived ** np.exp(-reach)), abs=1e-9)
        assert steps[int(day)].high == pytest.approx(float(survived ** np.exp(reach)), abs=1e-9)


@pytest.mark.parametrize("endpoint", EVENTS)
def test_the_log_rank_test_equals_an_independent_library(
    evaluation: Evaluation, people: list[dict[str, str]], endpoint: str
) -> None:
    days, events = observed(people, "pooled", EVENTS[endpoint])
    statistic, p = survdiff(days, events, np.array([each["trt"] for each in people]))
    (comparison,) = analysis(evaluation, endpoint).comparisons
    assert comparison.log_rank is not None
    assert comparison.log_rank.statistic == pytest.approx(float(statistic), abs=1e-9)
    assert comparison.log_rank.p == pytest.approx(float(p), abs=1e-9)


@pytest.mark.parametrize("group", ARMS)
@pytest.mark.parametrize(("cause", "status"), [("died", 1), ("transplanted", 2)])
def test_competing_incidences_equal_an_independent_library(
    evaluation: Evaluation, people: list[dict[str, str]], group: str, cause: str, status: int
) -> None:
    days, _ = observed(people, group, ())
    causes = [{"0": 0, "2": 1, "1": 2}[each["status"]] for each in people if each["trt"] in ARMS[group]]
    theirs = CumIncidenceRight(days, np.array(causes))
    found = survival(evaluation, "survival").competing
    ours = {
        rise.day: rise for each in found if (each.group, each.cause) == (group, cause) for rise in each.curve
    }
    assert ours
    for day, incidence in zip(theirs.times, theirs.cinc[status - 1], strict=True):
        assert ours[int(day)].incidence == pytest.approx(float(incidence), abs=1e-9)


@pytest.mark.parametrize("group", ARMS)
def test_the_incidence_of_ascites_equals_an_independent_library(
    evaluation: Evaluation, rows: list[dict[str, str]], people: list[dict[str, str]], group: str
) -> None:
    days, causes = [], []
    for person in (each for each in people if each["trt"] in ARMS[group]):
        own = [row for row in rows if row["id"] == person["id"] and row["ascites"] != ""]
        if own[0]["day"] != "0" or own[0]["ascites"] != "0":
            continue
        seen = [int(row["day"]) for row in own if row["ascites"] == "1"]
        ended = int(person["futime"])
        if seen:
            days.append(seen[0])
            causes.append(1)
        else:
            days.append(ended if person["status"] != "0" else int(own[-1]["day"]))
            causes.append({"0": 0, "2": 2, "1": 3}[person["status"]])
    theirs = CumIncidenceRight(np.array(days), np.array(causes))
    result = next(each for each in evaluation.endpoints if each.endpoint == "ascites_incidence")
    assert isinstance(result, IncidenceResult)
    ours = next(each for each in result.types[0].groups if each.group == group)
    assert ours.free_at_baseline == len(days)
    steps = {rise.day: rise for rise in ours.curve}
    for day, incidence in zip(theirs.times, theirs.cinc[0], strict=True):
        assert steps[int(day)].incidence == pytest.approx(float(incidence), abs=1e-9)


def test_albi_is_there_wherever_its_inputs_are(computed: list[VisitScore]) -> None:
    found = Counter(
        each.status for each in computed if each.formula == "albi.2015" and each.undefined is None
    )
    assert found == {"scored": 1943, "missing": 2}
    lacking = [e for e in computed if e.formula == "albi.2015" and e.status == "missing"]
    assert {each.lacks[0].why for each in lacking} == {
        "alb: outside the limits beyond which a value is not used"
    }


def test_albi_is_what_the_file_says_by_its_formula(
    computed: list[VisitScore], rows: list[dict[str, str]]
) -> None:
    baseline = {each.participant: each for each in computed if each.is_baseline}
    assert len(baseline) == 312
    for row in (each for each in rows if each["day"] == "0"):
        expected = 0.66 * np.log10(float(row["bili"]) * 17.1) - 0.085 * float(row["albumin"]) * 10
        raw = baseline[f"MAYO-{int(row['id']):03}"].raw
        assert float(raw or "nan") == pytest.approx(float(expected), abs=1e-9)


def test_the_other_scores_say_what_they_lack(computed: list[VisitScore]) -> None:
    def lacks(formula: str) -> Counter[str]:
        chosen = (each for each in computed if each.formula == formula and each.undefined is None)
        return Counter(", ".join(lack.input for lack in each.lacks) for each in chosen)

    assert lacks("meld.unos2002") == {"creatinine, inr": 1945}
    assert lacks("meld_na.optn2016") == {"creatinine, inr, sodium": 1945}
    assert set(lacks("child_pugh.si_34_51")) >= {"inr, encephalopathy", "inr, ascites, encephalopathy"}


def test_the_change_in_albi_counts_everybody_once(evaluation: Evaluation) -> None:
    result = next(each for each in evaluation.endpoints if each.endpoint == "albi_change")
    assert isinstance(result, ChangeResult)
    for group in result.groups:
        for visit in group.visits:
            counted = visit.change.n + sum(visit.undefined.values()) + sum(visit.missing.values())
            assert counted == group.participants


@pytest.mark.parametrize("year", [1975, 1980, 1984])
def test_as_of_a_past_day_the_dead_are_those_who_had_died_by_then(
    app: App, people: list[dict[str, str]], year: int
) -> None:
    instant = Instant.parse(f"{year}-01-01T12:00:00Z")
    view = app.view(TRIAL, instant, Axis.EFFECTIVE)
    found = evaluate(view, app.unseal(app.view(TRIAL).trial, Role.STATISTICIAN), "survival")
    passed = (instant.moment.date() - datetime(1974, 1, 1, tzinfo=UTC).date()).days
    expected = Counter(
        each["trt"] for each in people if each["status"] == "2" and int(each["futime"]) <= passed
    )
    groups = {each.group: each.events for each in analysis(found, "survival").groups}
    assert (groups["d_penicillamine"], groups["placebo"]) == (expected["1"], expected["0"])


def test_the_picture_in_the_documentation_is_drawn_from_the_data(evaluation: Evaluation) -> None:
    drawn = dict(pictures(evaluation))["survival-overall.svg"]
    assert PICTURE.read_text("utf-8") == drawn
