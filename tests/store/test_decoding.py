"""Facts that are stored alike are decoded once in a read, and read like any other."""

import pytest

from adapters.store import decoding
from adapters.store.decoding import Decoding
from domain.errors import Broken
from domain.visit import VisitAttended

AT = "2026-03-05[Asia/Shanghai]"


def row(position: int, data: bytes, topic: str = VisitAttended.TOPIC) -> tuple[object, ...]:
    return (position, "participant/S1-001", position, AT, "1.0", topic, data)


def test_alike_facts_at_other_places_are_records_of_their_own_that_share_the_fact() -> None:
    week, other = b'{"visit":"week-4"}', b'{"visit":"week-12"}'
    first, second, third = Decoding().records([row(1, week), row(2, other), row(3, week)])
    assert [each.position for each in (first, second, third)] == [1, 2, 3]
    assert first.fact == VisitAttended(visit="week-4") == third.fact
    assert first.fact is third.fact
    assert second.fact == VisitAttended(visit="week-12")


def test_past_what_is_kept_facts_are_decoded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "KEPT", 1)
    week, other = b'{"visit":"week-4"}', b'{"visit":"week-12"}'
    first, _, third = Decoding().records([row(1, week), row(2, other), row(3, week)])
    assert third == first._replace(position=3, version=3)
    assert third.fact is not first.fact


def test_the_same_bytes_under_another_topic_are_another_fact() -> None:
    data = b'{"visit":"week-4"}'
    attended, missed = Decoding().records([row(1, data), row(2, data, "visit.missed.v1")])
    assert type(attended.fact).__name__ == "VisitAttended"
    assert type(missed.fact).__name__ == "VisitMissed"


def test_what_cannot_be_read_is_told_each_time_it_is_met() -> None:
    reading = Decoding()
    for _ in range(2):
        with pytest.raises(Broken, match=r"a stored visit\.attended\.v1 cannot be read"):
            reading.records([row(1, b'{"visit":7}')])
