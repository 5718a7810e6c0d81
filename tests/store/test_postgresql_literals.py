"""What travels to PostgreSQL as array literals arrives as it was."""

from __future__ import annotations

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.postgresql import bytes_literal, numbers_literal, texts_literal

TEXTS = st.lists(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20), max_size=6
)
SHARED = settings(
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=60,
)


@SHARED
@given(
    TEXTS,
    st.lists(st.binary(max_size=20), max_size=6),
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=6),
    st.sampled_from(([], ["\x1f"], ["a\x1fb", '"\x1f'])),
)
def test_every_text_byte_and_number_arrives_unchanged(
    postgresql_server: str, texts: list[str], data: list[bytes], numbers: list[int], extra: list[str]
) -> None:
    texts = [*texts, *extra, "", "NULL", 'a"b', "a\\b", "{x,y}", "\n", "体"]
    with psycopg.connect(postgresql_server) as connection:
        row = connection.execute(
            "SELECT %s::text[], %s::bytea[], %s::bigint[]",
            (texts_literal(texts), bytes_literal(data), numbers_literal(numbers)),
        ).fetchone()
    assert row == (texts, data, numbers)
