"""The table of standing values holds what the results hold, block by block."""

from domain.casebook import Touched, TrialFold
from domain.clinical_time import ClinicalTime
from domain.fact import Fact
from domain.observation import AssessmentGraded, ResultCorrected, ResultRecorded, ResultVoided
from domain.record import Record
from projections.documents import BLOCK, MODELS, project, values_from

AT = ClinicalTime("2026-03-05[Asia/Shanghai]")
CODE = "S1-001"


def folded(*facts: Fact) -> TrialFold:
    """A trial of one participant after these facts."""
    stream = f"participant/{CODE}"
    return TrialFold().run(Record(n, stream, n, AT, "1.0", fact) for n, fact in enumerate(facts, start=1))


def table(fold: TrialFold) -> list[tuple[str, str, str, str]]:
    """The value table as read back from the documents that every visit of the fold makes."""
    touched = [Touched("results", f"{CODE}/{visit}") for visit in fold.casebooks[CODE].results]
    documents = [each for each in project(fold, touched, 1) if each.model == MODELS["values"]]
    assert len(documents) == -(-len(touched) // BLOCK)
    return values_from([(each.key, each.body) for each in documents])


def result(visit: str, name: str, value: str) -> ResultRecorded:
    return ResultRecorded(visit=visit, result=name, value=value, unit="U/L")


def test_values_stand_in_the_order_of_their_visits_and_results_through_every_block() -> None:
    visits = [f"unscheduled-{n}" for n in range(1, 2 * BLOCK + 2)]
    facts = [result(visit, name, f"{n}") for n, visit in enumerate(visits) for name in ("alt", "ast#2")]
    assert table(folded(*facts)) == [
        (CODE, visit, name, f"{n}") for n, visit in enumerate(visits) for name in ("alt", "ast#2")
    ]


def test_a_corrected_value_stands_in_its_place_and_a_voided_one_does_not_stand() -> None:
    fold = folded(
        result("week-4", "alt", "48"),
        result("week-4", "ast", '1\n2 \x1f"中'),
        AssessmentGraded(visit="week-4", result="ascites", grade="mild"),
        result("week-12", "alt", "50"),
        ResultCorrected(visit="week-4", result="alt", value="<5.1", unit="U/L", was="48 U/L"),
        ResultVoided(visit="week-12", result="alt", was="50 U/L"),
    )
    assert table(fold) == [
        (CODE, "week-4", "alt", "<5.1"),
        (CODE, "week-4", "ast", '1\n2 \x1f"中'),
        (CODE, "week-4", "ascites", "mild"),
    ]
