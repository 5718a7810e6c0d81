"""The sentence of a fact says what is there, says so where something is missing, and hides what is sealed."""

import re
from decimal import Decimal

import pytest

import workflows.policy  # noqa: F401 - makes every fact known
from domain.consent_given import ConsentGiven
from domain.eligibility import CriterionAnswered
from domain.fact import FACTS, Fact, coded_fields
from domain.infusion import InfusionCompleted, InfusionOrdered
from domain.observation import ResultRecorded, TreatmentRecorded
from domain.participant import Died, Randomized
from domain.screening import PreScreened
from domain.viewing import AllocationViewed
from domain.visit import VisitMissed
from domain.words import codes_of, in_chinese
from tests.support.trial import SEALED


@pytest.mark.parametrize(
    ("comparator", "en"), [("", "week-4: tbil 5.1 umol/L"), ("<", "week-4: tbil <5.1 umol/L")]
)
def test_an_empty_comparator_says_nothing(comparator: str, en: str) -> None:
    fact = ResultRecorded(visit="week-4", result="tbil", value="5.1", unit="umol/L", comparator=comparator)
    assert fact.sentence() == en


def test_an_empty_note_or_detail_says_nothing_and_leaves_no_gap() -> None:
    assert (
        CriterionAnswered(criterion="disease", holds=True).sentence() == "Eligibility criterion disease: yes"
    )
    assert TreatmentRecorded(treatment="albumin").sentence("zh") == "治疗：albumin"


def test_what_is_missing_elsewhere_is_told_as_not_stated() -> None:
    assert Died().sentence() == "Death, cause: not stated"
    assert Died().sentence("zh") == "死亡，原因：未说明"
    assert VisitMissed(visit="week-4").sentence() == "Visit week-4 missed: not stated"
    assert PreScreened(code="S1-001", site="S1").sentence() == (
        "Pre-screened at site S1 (sex not stated, age not stated)"
    )


def test_a_unit_stands_behind_a_value_that_is_there_and_behind_no_other() -> None:
    assert InfusionCompleted().sentence() == "Infusion 1 completed: volume not stated, cells not stated"
    given = InfusionCompleted(volume_ml=Decimal(50), cells_million=Decimal(60))
    assert given.sentence() == "Infusion 1 completed: volume 50 mL, cells 60 x 10^6"
    assert given.sentence("zh") == "第 1 次输注完成：体积 50 mL，细胞数 60 x 10^6"


@pytest.mark.parametrize(
    ("unit", "en", "zh"),
    [
        ("10*6/kg", "1.5 x 10^6 cells per kg", "每公斤 1.5 x 10^6 个细胞"),
        ("10*8.{cells}", "1.5 x 10^8 cells", "1.5 x 10^8 个细胞"),
        ("mL", "1.5 mL", "1.5 mL"),
    ],
)
def test_a_planned_dose_is_told_as_people_write_it(unit: str, en: str, zh: str) -> None:
    ordered = InfusionOrdered(dose=Decimal("1.5"), dose_unit=unit, weight_kg=Decimal(60))
    assert ordered.sentence() == f"Infusion 1 ordered: {en}, weight 60 kg"
    assert ordered.sentence("zh") == f"开具第 1 次输注：{zh}，体重 60 kg"


def test_a_look_at_the_data_of_several_says_so() -> None:
    look = AllocationViewed(question="endpoints", role="coordinator")
    assert look.sentence() == (
        "Unmasked data of more than one participant viewed in the role coordinator (endpoints),"
        " purpose: not stated"
    )
    assert "多名试验参与者" in look.sentence("zh")
    one = AllocationViewed(question="endpoints", role="coordinator", participant="S1-001", purpose="safety")
    assert one.sentence().startswith("Unmasked data of S1-001 viewed")


def test_an_answer_that_could_not_be_given_is_told_as_such() -> None:
    assert CriterionAnswered(criterion="x").sentence() == "Eligibility criterion x: not stated"


def test_lists_and_yes_and_no_are_told_in_words() -> None:
    fact = ConsentGiven(version="1.0", language="en", parties=("participant", "witness"), copy_given=False)
    assert fact.sentence() == (
        "Consent given on version 1.0 (en), signed by participant, witness; copy given: no"
    )
    assert fact.sentence("zh").endswith("已给副本：否")


def test_a_sealed_value_stays_sealed_in_words() -> None:
    fact = Randomized(place=3, allocation=SEALED.model_copy(update={"text": "c2VjcmV0"}))
    assert "c2VjcmV0" not in fact.sentence() + fact.sentence("zh")
    assert fact.sentence() == "Randomized to place 3 of the list, allocation ▮▮▮"


@pytest.mark.parametrize("cls", FACTS.topics().values(), ids=FACTS.topics())
def test_every_code_that_a_chinese_sentence_tells_is_told_in_chinese(cls: type[Fact]) -> None:
    for name in coded_fields(cls) & set(re.findall(r"{(\w+)}", cls.ZH)):
        field = cls.model_fields[name]
        for code in codes_of(field.annotation, tuple(field.metadata)):
            assert re.search(r"[\u4e00-\u9fff]", in_chinese(code)), f"{cls.__name__}.{name}: {code}"


def test_codes_are_told_in_chinese_and_texts_of_people_as_they_are() -> None:
    fact = PreScreened(code="S1-001", site="S1", sex="female", age=Decimal(54))
    assert fact.sentence("zh") == "在中心 S1 预筛选（性别 女，年龄 54 岁）"
    given = ConsentGiven(version="1.0", language="en", parties=("participant", "witness"), copy_given=False)
    assert "签署方 试验参与者, 公正见证人；" in given.sentence("zh")
    assert Died(cause="fatal").sentence("zh") == "死亡，原因：fatal"
