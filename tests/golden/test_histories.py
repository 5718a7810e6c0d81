"""Recorded histories are forever: every release folds what each release before it has stored."""

from pathlib import Path

import pytest

from domain.fact import FACTS
from tests.golden.files import HISTORY_FILES, folded, record_of, told
from trialog import __version__

HISTORIES = sorted(HISTORY_FILES.glob("*.jsonl"))


@pytest.mark.parametrize("history", HISTORIES, ids=lambda file: file.stem)
@pytest.mark.requirement("VA-04", "EX-08")
def test_a_recorded_history_folds_to_its_recorded_read_models(history: Path) -> None:
    lines = history.read_text("utf-8").splitlines()
    assert told(folded(lines)) == history.with_suffix(".documents.json").read_text("utf-8")


@pytest.mark.parametrize("history", HISTORIES, ids=lambda file: file.stem)
def test_positions_and_stream_versions_of_a_recorded_history_are_gapless(history: Path) -> None:
    records = [record_of(line)[0] for line in history.read_text("utf-8").splitlines()]
    assert [record.position for record in records] == list(range(1, len(records) + 1))
    versions: dict[str, int] = {}
    for record in records:
        assert record.version == versions.get(record.stream, 0) + 1
        versions[record.stream] = record.version


def test_the_history_of_this_release_holds_every_fact_there_is() -> None:
    lines = (HISTORY_FILES / f"{__version__}.jsonl").read_text("utf-8").splitlines()
    topics = {record_of(line)[0].fact.TOPIC for line in lines}
    assert sorted(topic for topic in FACTS.topics() if not topic.startswith("test.")) == sorted(topics)


def test_every_history_has_its_read_models_and_no_file_is_left_over() -> None:
    stems = [file.stem for file in HISTORIES]
    assert __version__ in stems
    assert sorted(file.name for file in HISTORY_FILES.iterdir()) == sorted(
        name for stem in stems for name in (f"{stem}.jsonl", f"{stem}.documents.json")
    )
