"""The stored form of every fact is fixed: one golden file per topic, decoded and encoded to the byte."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import ClassVar

import pytest

import domain
from domain.errors import Broken
from domain.fact import FACTS, Fact, encode
from tests.golden.files import FACT_FILES
from tests.support.scenario import Scenario
from tests.support.trial import active, of_trial, small

for _module in pkgutil.iter_modules(domain.__path__):
    importlib.import_module(f"domain.{_module.name}")

TOPICS = list(FACTS.topics())


@pytest.fixture
def forgotten() -> Iterator[None]:
    """Takes the topics that a test registers out again."""
    known = set(FACTS.topics())
    yield
    for topic in [*(set(FACTS.topics()) - known), "test.weighed.v1"]:
        FACTS.forget(topic)


def test_every_topic_has_exactly_one_golden_file_and_every_file_a_topic() -> None:
    assert sorted(file.name for file in FACT_FILES.iterdir()) == sorted(f"{topic}.json" for topic in TOPICS)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_golden_fact_is_read_as_its_class_and_written_back_to_the_same_bytes(topic: str) -> None:
    stored = (FACT_FILES / f"{topic}.json").read_bytes()
    fact = FACTS.read(topic, stored)
    assert type(fact) is FACTS.topics()[topic]
    assert encode(fact) == stored


@pytest.mark.parametrize("topic", TOPICS)
def test_a_golden_fact_tells_its_sentence_in_both_languages(topic: str) -> None:
    fact = FACTS.read(topic, (FACT_FILES / f"{topic}.json").read_bytes())
    for language in ("en", "zh"):
        sentence = fact.sentence(language)
        assert sentence == sentence.strip()
        assert sentence
        assert "{" not in sentence
        assert "None" not in sentence


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_names_its_subject_its_event_and_its_version(topic: str) -> None:
    subject, event, version = topic.split(".")
    assert subject.replace("_", "").isalpha()
    assert event.replace("_", "").isalpha()
    assert version.startswith("v")
    assert version[1:].isdigit()


@pytest.mark.parametrize("topic", TOPICS)
def test_a_fact_is_closed_to_fields_it_does_not_know(topic: str) -> None:
    stored = (FACT_FILES / f"{topic}.json").read_text("utf-8")
    more = stored[:-1] + (", " if stored != "{}" else "") + '"surprise": 1}'
    with pytest.raises(Broken, match="surprise"):
        FACTS.read(topic, more)


def test_a_topic_is_taken_once(forgotten: None) -> None:
    with pytest.raises(TypeError, match=r"trial\.activated\.v1 belongs to Activated and .*Again"):

        class Again(Fact):
            TOPIC = "trial.activated.v1"
            EN = "Again"
            ZH = "再次"


@pytest.mark.parametrize("language", ["EN", "ZH"])
def test_a_fact_without_a_sentence_in_either_language_is_refused(language: str, forgotten: None) -> None:
    sentences = {"EN": "Weighed", "ZH": "称重"} | {language: ""}
    with pytest.raises(TypeError, match=f"Mute owns no sentence {language}"):
        type("Mute", (Fact,), {"TOPIC": "test.mute.v1", "__module__": __name__, **sentences})


def test_a_topic_nobody_knows_cannot_be_read() -> None:
    with pytest.raises(Broken, match="no fact is known") as broken:
        FACTS.read("test.unheard_of.v1", b"{}")
    assert broken.value.code == "fact.unknown_topic"


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"visit": "week-4"}'])
def test_a_fact_that_cannot_be_read_is_told_as_broken(stored: bytes) -> None:
    with pytest.raises(Broken, match=r"a stored visit\.scheduled\.v1") as broken:
        FACTS.read("visit.scheduled.v1", stored)
    assert broken.value.code == "fact.unreadable"


@pytest.mark.requirement("VA-04", "EX-08")
def test_an_old_fact_is_read_from_a_store_in_its_newest_shape(scenario: Scenario, forgotten: None) -> None:
    class Weighed(Fact):
        TOPIC: ClassVar[str] = "test.weighed.v1"
        EN: ClassVar[str] = "Weighed {pounds}"
        ZH: ClassVar[str] = "称重 {pounds}"
        pounds: int

    scenario.given(active(small()), of_trial(Weighed(pounds=150)))
    position = scenario.position(Weighed)
    stored = scenario.store.rows("SELECT data FROM fact WHERE position = ?", position)
    FACTS.forget("test.weighed.v1")

    class WeighedInGrams(Fact):
        TOPIC: ClassVar[str] = "test.weighed.v3"
        EN: ClassVar[str] = "Weighed {grams} g"
        ZH: ClassVar[str] = "称重 {grams} 克"
        grams: int

    FACTS.upcast("test.weighed.v1", "test.weighed.v2", lambda old: {"kilograms": old["pounds"] * 0.454})
    FACTS.upcast("test.weighed.v2", "test.weighed.v3", lambda old: {"grams": round(old["kilograms"] * 1000)})
    try:
        assert scenario.records()[position - 1].fact == WeighedInGrams(grams=68100)
        assert scenario.store.rows("SELECT data FROM fact WHERE position = ?", position) == stored
        with pytest.raises(TypeError, match="has an upcaster"):
            FACTS.upcast("test.weighed.v1", "test.weighed.v3", dict)
    finally:
        FACTS.forget("test.weighed.v2")
    with pytest.raises(Broken, match="no fact is known as") as broken:
        FACTS.read("test.weighed.v2", b"{}")
    assert broken.value.code == "fact.unknown_topic"
