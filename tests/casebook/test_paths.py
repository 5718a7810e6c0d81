"""Records of a casebook: every fact of a participant belongs to one, or is a word on one."""

from __future__ import annotations

import json

from domain.casebook_paths import path_of, within
from domain.casebook_record import RECORD_FACTS, ChangesAuthorised
from domain.fact import FACTS
from tests.golden.files import HISTORY_FILES
from trialog import __version__


def test_every_fact_of_a_participant_belongs_to_a_record_or_speaks_of_one() -> None:
    lines = (HISTORY_FILES / f"{__version__}.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    own = [each for each in told if each["stream"].startswith("participant/")]
    facts = [FACTS.read(each["topic"], each["data"]) for each in own]
    placed = {type(fact) for fact in facts if path_of(fact) is not None}
    assert {type(fact).TOPIC for fact in facts} - {kind.TOPIC for kind in placed} == {
        kind.TOPIC for kind in (*RECORD_FACTS, ChangesAuthorised)
    }


def test_a_record_holds_its_fields_and_the_casebook_holds_everything() -> None:
    assert within("week-4", "week-4/alt")
    assert within("casebook", "week-4/alt")
    assert not within("week-4", "week-44/alt")
    assert not within("week-4/alt", "week-4")
