"""The security log out of administrators' reach: it grows as things happen, and what is deleted stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.ledger.sink import sink
from domain.errors import Broken, Denied
from domain.identifiers import SYSTEM_LOG
from tests.support.people import CRC, PASSWORD, House, staffed
from tests.support.scenario import Scenario
from tests.verification.signed_store import changed


@pytest.fixture
def house(scenario: Scenario) -> House:
    return staffed(scenario)


def failed(house: House) -> None:
    """Somebody tries a wrong password."""
    house.wait()
    with pytest.raises(Denied):
        house.app.people.sign_in(CRC, "wrong", house.code(CRC))


def positions(file: Path) -> list[int]:
    return [json.loads(line)["position"] for line in file.read_text("utf-8").splitlines()]


def test_entries_on_accounts_are_copied_once_each_as_they_happen_and_no_secret_with_them(
    house: House, tmp_path: Path
) -> None:
    file = tmp_path / "security.jsonl"
    first = sink(house.app.ledger, file)
    assert len(first) == len(positions(file)) > 10
    assert sink(house.app.ledger, file) == []
    failed(house)
    (news,) = sink(house.app.ledger, file)
    assert CRC in news.entry
    assert positions(file) == [*(each.position for each in first), news.position]
    assert file.stat().st_mode & 0o077 == 0
    text = file.read_text("utf-8")
    assert PASSWORD not in text
    assert '"text":' not in text
    facts = {line.position: line.data.decode() for line in house.app.ledger.stored_lines(SYSTEM_LOG)}
    assert not any(data in text for data in facts.values() if len(data) > 2)


@pytest.mark.requirement("SE-08")
def test_what_an_administrator_deletes_in_the_store_stays_in_the_file_and_is_told(
    house: House, tmp_path: Path
) -> None:
    """By whoever may write the database: the application has no way to delete anything."""
    file = tmp_path / "security.jsonl"
    failed(house)
    sink(house.app.ledger, file)
    before = file.read_bytes()
    last = positions(file)[-1]
    location = Path(house.scenario.location)
    changed(location, ("DELETE FROM fact WHERE trial = ? AND position = ?", (SYSTEM_LOG, last)))
    with pytest.raises(Broken) as missing:
        sink(house.app.ledger, file)
    assert missing.value.code == "sink.missing"
    assert f"position {last}" in missing.value.message
    assert file.read_bytes() == before


@pytest.mark.requirement("SE-08")
def test_an_entry_that_is_made_to_say_something_else_is_told(house: House, tmp_path: Path) -> None:
    file = tmp_path / "security.jsonl"
    sink(house.app.ledger, file)
    other = "UPDATE fact SET entry = replace(entry, 'account', 'accoumt') WHERE trial = ?"
    changed(Path(house.scenario.location), (other, (SYSTEM_LOG,)))
    with pytest.raises(Broken) as rewritten:
        sink(house.app.ledger, file)
    assert rewritten.value.code == "sink.rewritten"


def test_a_file_that_somebody_else_wrote_to_is_told_and_not_written_to(house: House, tmp_path: Path) -> None:
    file = tmp_path / "security.jsonl"
    sink(house.app.ledger, file)
    for damage in (b"x\n", b'{"position": 1, "entry": "", "words": ""}\n', b'{"position":1'):
        data = file.read_bytes()
        file.write_bytes(data + damage)
        with pytest.raises(Broken) as damaged:
            sink(house.app.ledger, file)
        assert damaged.value.code == "sink.damaged"
        assert file.read_bytes() == data + damage
        file.write_bytes(data)
