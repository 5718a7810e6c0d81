"""The fold's own `replace` is the standard one, only quicker."""

import dataclasses
from typing import Any

import pytest

from domain import infusion, outcome, participant, trial, visit
from domain.aggregates import AGGREGATES
from domain.casebook_record import Records
from domain.replacing import replace

FOLDED = (
    *(aggregate.state for aggregate in AGGREGATES),
    participant.Participant,
    visit.Visit,
    infusion.Infusion,
    outcome.Outcomes,
    Records,
    trial.Trial,
)
STATES: list[Any] = [state for state in FOLDED if dataclasses.is_dataclass(state)]


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_a_state_with_one_field_changed_is_what_the_standard_replace_makes_of_it(kind: type[Any]) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    before = kind(**{name: f"the {name}" for name in names})
    for name in names:
        after = replace(before, **{name: "another"})
        assert after == dataclasses.replace(before, **{name: "another"})
        assert type(after) is kind
        assert after != before
    assert before == kind(**{name: f"the {name}" for name in names})


@pytest.mark.parametrize("kind", STATES, ids=lambda kind: kind.__name__)
def test_no_state_has_a_constructor_of_its_own_that_a_copy_would_pass_by(kind: type[Any]) -> None:
    assert not hasattr(kind, "__post_init__")


def test_a_field_that_is_none_is_refused() -> None:
    wrong: dict[str, Any] = {"appointments": None}
    with pytest.raises(AttributeError, match="appointments"):
        replace(visit.Visit("week-4"), **wrong)


def test_a_copy_is_frozen_like_its_original() -> None:
    copy: Any = replace(visit.Visit("week-4"), missed_because="ill")
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.missed_because = "well"


def test_a_copy_can_be_told_from_its_original_by_nothing_but_its_fields() -> None:
    before = visit.Visit("week-4", missed_because="ill")
    copy = replace(before)
    assert copy == before
    assert (repr(copy), hash(copy), type(copy)) == (repr(before), hash(before), visit.Visit)
