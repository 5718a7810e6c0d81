"""Marks, canonical text, digests and differences of protocol documents."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from domain.errors import Invalid
from domain.protocol_document import (
    Difference,
    Marked,
    ProtocolDocument,
    Standing,
    canonical,
    differences,
    read_document,
)
from tests.protocol.documents import SMALL, changed, document


@pytest.fixture
def small(tmp_path: Path) -> ProtocolDocument:
    return document(tmp_path)


def value_at(read: ProtocolDocument, path: str) -> Marked:
    return next(value for value in read.values if value.path == path)


def test_a_value_takes_the_nearest_mark_above_it(small: ProtocolDocument) -> None:
    assert value_at(small, "enrolment.target") == Marked(
        "enrolment.target", 32, Standing.REGISTERED, "the registration"
    )
    assert value_at(small, "schedule.visits.week-4.before") == Marked(
        "schedule.visits.week-4.before", 7, Standing.ASSUMED, "a week"
    )


def test_the_assumptions_are_the_assumed_values_and_only_those(small: ProtocolDocument) -> None:
    assert {value.path for value in small.assumptions} == {
        "masking.masked_roles",
        "randomization.block_sizes",
        "schedule.visits.week-4.before",
        "schedule.visits.week-4.after",
    }


def test_every_value_stands_under_its_own_path(small: ProtocolDocument) -> None:
    paths = [value.path for value in small.values]
    assert len(paths) == len(set(paths))


def test_a_list_of_plain_values_is_one_value(small: ProtocolDocument) -> None:
    assert value_at(small, "randomization.block_sizes").value == (2, 4)


def test_an_empty_list_needs_a_mark_like_any_value() -> None:
    with pytest.raises(Invalid, match="neither registered nor assumed") as refused:
        read_document(canonical({"decompensation": []}))
    assert refused.value.where == "decompensation"


def test_an_empty_list_is_among_the_assumptions(tmp_path: Path) -> None:
    none = 'decompensation = { value = [], assumed = "nobody recorded them" }\n'
    read = document(tmp_path, changed('trial = "T-1"\n', f'trial = "T-1"\n{none}'))
    assert Marked("decompensation", (), Standing.ASSUMED, "nobody recorded them") in read.assumptions


def test_consent_forms_of_one_version_in_two_languages_keep_apart(tmp_path: Path) -> None:
    form = '[[consent.versions]]\nversion = "1.0"\nlanguage = "zh-CN"\n\n'
    read = document(tmp_path, changed("[[consent.versions]]", form + "[[consent.versions]]"))
    paths = [value.path for value in read.values]
    assert "consent.versions.1.0 en.language" in paths
    assert "consent.versions.1.0 zh-CN.language" in paths


def test_the_canonical_text_sorts_keys_and_keeps_decimals_as_written() -> None:
    assert canonical({"b": Decimal("1.10"), "a": {"d": 1, "c": "试"}}) == '{"a":{"c":"试","d":1},"b":"1.10"}'


def test_neither_order_of_sections_nor_comments_change_the_digest(
    small: ProtocolDocument, tmp_path: Path
) -> None:
    moved = SMALL.replace("[enrolment]\ntarget = 32\n", "") + "\n# how many\n[enrolment]\ntarget = 32\n"
    assert document(tmp_path, moved).digest == small.digest


def test_a_document_read_again_from_its_own_text_is_the_same(small: ProtocolDocument) -> None:
    read_document.cache_clear()
    assert read_document(small.text) == small


@pytest.mark.parametrize("text", ["", "{", "[]", "1", "null", '"protocol"'])
def test_a_text_that_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no protocol document"):
        read_document(text)


@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_a_document_nested_too_deep_is_refused(depth: int) -> None:
    with pytest.raises(Invalid):
        read_document('{"a":' * depth + "1" + "}" * depth)


def test_a_value_no_protocol_can_hold_is_refused() -> None:
    with pytest.raises(Invalid, match="cannot hold"):
        canonical({"trial": object()})


def test_a_document_does_not_differ_from_itself(small: ProtocolDocument) -> None:
    assert list(differences(small, small)) == []


@pytest.mark.parametrize(
    ("old", "new", "path", "before", "after"),
    [
        ("target = 32", "target = 40", "enrolment.target", 32, 40),
        ("years = 30", "years = 31", "retention.years", 30, 31),
        ("factor = 17.1", "factor = 17.104", "items.tbil.units.mg/dL.factor", "17.1", "17.104"),
        ("infusions = 1", 'infusions = 1\nuse_by = "end"', "product.use_by", None, "end"),
    ],
)
def test_a_changed_value_is_told_with_its_path(
    small: ProtocolDocument, tmp_path: Path, old: str, new: str, path: str, before: object, after: object
) -> None:
    (difference,) = differences(small, document(tmp_path, changed(old, new)))
    assert difference.path == path
    assert [each and each.value for each in (difference.before, difference.after)] == [before, after]


def test_another_source_for_the_same_value_is_a_difference(small: ProtocolDocument, tmp_path: Path) -> None:
    other = document(tmp_path, changed('before = { value = 7, assumed = "a week" }', "before = 7"))
    path = "schedule.visits.week-4.before"
    assert list(differences(small, other)) == [Difference(path, value_at(small, path), value_at(other, path))]


def test_a_member_put_in_front_changes_nothing_about_the_others(
    small: ProtocolDocument, tmp_path: Path
) -> None:
    visit = '[[schedule.visits]]\nid = "week-1"\nname.en = "Week 1"\nday = 7\nbefore = 1\nafter = 1\n\n'
    amended = document(tmp_path, changed("[[schedule.visits]]", visit + "[[schedule.visits]]"))
    paths = [difference.path for difference in differences(small, amended)]
    assert paths
    assert all(path.startswith("schedule.visits.week-1.") for path in paths)
