"""The attack runs on a store: everything somebody can do who may write the database, and what is found.

The file is changed with its guards dropped. `reference`: the threat model of docs/verification.md.
"""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest

from adapters.keys.ed25519 import verified
from adapters.store import Store
from domain.identifiers import SYSTEM_LOG
from domain.ledger.tree import Frontier, leaf_hash
from domain.privacy import Part
from domain.record import Role
from projections.verification.signed import Trust
from projections.verification.store import verify_store
from tests.store.histories import TRIAL as LOG
from tests.store.histories import known_fact, written
from tests.support.trial import TRIAL, person
from tests.verification.signed_store import Signed, changed, found, opened, verification
from workflows import privacy

AT = 20
"""A position in the middle, well before the first checkpoint."""

OF_SIGNER = "holder = 'trialog/T-1'"
OF_SITE = "holder = 'site.example/witness'"

OF_TRIAL = f" WHERE trial = '{TRIAL}'"

ALL = ("fact", "command", "document", "document_key", "anchor")


def rows(file: Path, statement: str) -> list[tuple[object, ...]]:
    """What the store holds."""
    with opened(file) as app:
        assert isinstance(app.store, Store)
        return app.store.rows(statement)


def rehashed(file: Path, log: str = TRIAL) -> None:
    """Make every node of a log's tree anew from its lines, as an attacker who knows the format would."""
    lines = rows(file, f"SELECT position, entry FROM fact WHERE trial = '{log}' ORDER BY position")
    tree, changes = Frontier(), []
    for position, entry in lines:
        nodes = b"".join(tree.append(leaf_hash(str(entry).encode())))
        changes.append(("UPDATE fact SET nodes = ? WHERE trial = ? AND position = ?", (nodes, log, position)))
    changed(file, *changes)


def test_a_store_that_nobody_touched_verifies(signed: Signed, file: Path) -> None:
    whole = verification(file, signed.policy, signed.notes)
    assert whole.findings == ()
    (trial,) = [each for each in whole.logs if each.log == TRIAL]
    assert (trial.facts, trial.coverage.size) == (signed.head, signed.last)
    assert [name for name, _ in trial.coverage.witnesses] == ["site", "sponsor"]


# ---------------------------------------------------------------- one row changed


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ("UPDATE fact SET data = CAST(replace(CAST(data AS TEXT), '\"', '''') AS BLOB)", "fact"),
        ("UPDATE fact SET topic = 'visit.missed.v1'", "line"),
        ("UPDATE fact SET stream = 'participant/S1-009'", "line"),
        ("UPDATE fact SET effective_at = '2020-01-01[Asia/Shanghai]'", "line"),
        ("UPDATE fact SET protocol_version = '9.9'", "line"),
        ("UPDATE fact SET version = 99", "line"),
        ('UPDATE fact SET entry = replace(entry, \'"topic":"\', \'"topic":"x\')', "line"),
        ("UPDATE fact SET entry = '[' ", "line"),
        ("UPDATE fact SET entry = entry || ' '", "line"),
        ("UPDATE fact SET salts = zeroblob(length(salts))", "fact"),
        ("UPDATE fact SET salts = CAST(salts || zeroblob(16) AS BLOB)", "line"),
        ("UPDATE fact SET nodes = zeroblob(length(nodes))", "tree"),
    ],
)
def test_an_edited_column_is_found_at_its_position(file: Path, change: str, check: str) -> None:
    assert changed(file, f"{change} WHERE trial = '{TRIAL}' AND position = {AT}") == 1
    finding = found(file)[TRIAL, check]
    assert finding.position == AT
    assert finding.more == 0


COMMAND = "command_id kind digest actor name role site delegation reason_code reason_text origin origin_id"
MORE = "session authentication correlation_id causation_id app_version"


@pytest.mark.parametrize("column", [*COMMAND.split(), *MORE.split()])
def test_an_edited_envelope_is_found_where_its_command_begins(file: Path, column: str) -> None:
    value = {"role": "monitor", "origin": "device"}.get(column, "edited")
    begins = f"(SELECT command FROM fact WHERE trial = '{TRIAL}' AND position = {AT})"
    assert changed(
        file, f"UPDATE command SET {column} = '{value}' WHERE trial = '{TRIAL}' AND first = {begins}"
    )
    finding = found(file)[TRIAL, "envelope"]
    ((first,),) = rows(file, f"SELECT command FROM fact WHERE trial = '{TRIAL}' AND position = {AT}")
    assert finding.position == first


@pytest.mark.requirement("AT-04")
def test_an_edit_with_a_line_and_a_tree_made_to_fit_is_found_by_the_signed_root(
    signed: Signed, file: Path
) -> None:
    edit = f"SET topic = 'visit.missed.v1' WHERE trial = '{TRIAL}' AND position = {AT}"
    ((entry, topic),) = rows(
        file,
        f"SELECT entry, topic FROM fact WHERE trial = '{TRIAL}' AND position = {AT}",
    )
    line = str(entry).replace(str(topic), "visit.missed.v1")
    changed(
        file,
        f"UPDATE fact {edit}",
        ("UPDATE fact SET entry = ? WHERE trial = ? AND position = ?", (line, TRIAL, AT)),
    )
    rehashed(file)
    known = found(file)
    assert known[TRIAL, "root"].position == signed.first
    assert known[TRIAL, "system"].position == signed.first
    assert (TRIAL, "line") not in known
    assert (TRIAL, "tree") not in known


# ---------------------------------------------------------------- rows removed, moved, put in


def test_a_deleted_fact_is_found(file: Path) -> None:
    changed(file, f"DELETE FROM fact WHERE trial = '{TRIAL}' AND position = {AT}")
    assert found(file)[TRIAL, "place"].position == AT


def test_a_deleted_line_is_found(file: Path) -> None:
    changed(file, f"UPDATE fact SET entry = '' WHERE trial = '{TRIAL}' AND position = {AT}")
    assert found(file)[TRIAL, "line"].position == AT


def test_a_deleted_command_is_found(file: Path) -> None:
    begins = f"(SELECT command FROM fact WHERE trial = '{TRIAL}' AND position = {AT})"
    changed(file, f"DELETE FROM command WHERE trial = '{TRIAL}' AND first = {begins}")
    assert found(file)[TRIAL, "command"].position <= AT


def test_a_fact_taken_out_with_everything_behind_it_moved_up_is_found_by_the_signed_root(
    signed: Signed, file: Path
) -> None:
    """A whole command removed, the rest renumbered, lines and nodes rewritten."""
    ((first, last),) = rows(
        file, f"SELECT first, last FROM command WHERE trial = '{TRIAL}' AND first <= {AT} AND last >= {AT}"
    )
    gone = f"WHERE trial = '{TRIAL}' AND position BETWEEN {first} AND {last}"
    by = int(str(last)) - int(str(first)) + 1
    changed(
        file,
        f"DELETE FROM fact {gone}",
        f"DELETE FROM command WHERE trial = '{TRIAL}' AND first = {first}",
        f"UPDATE fact SET position = -position WHERE trial = '{TRIAL}' AND position > {last}",
        f"UPDATE fact SET position = -position - {by}, command = command - {by} WHERE position < 0",
        f"UPDATE command SET first = -first WHERE trial = '{TRIAL}' AND first > {last}",
        f"UPDATE command SET first = -first - {by}, last = last - {by} WHERE first < 0",
    )
    rehashed(file)
    known = found(file)
    assert known[TRIAL, "root"].position == signed.first
    assert known[TRIAL, "line"].position == first


def test_two_facts_that_changed_places_are_found(file: Path) -> None:
    swap = "UPDATE fact SET position = {0} WHERE trial = '" + TRIAL + "' AND position = {1}"
    changed(file, swap.format(-1, AT), swap.format(AT, AT + 1), swap.format(AT + 1, -1))
    assert found(file)[TRIAL, "line"].position == AT


def test_a_fact_put_in_at_the_end_without_a_command_is_found(signed: Signed, file: Path) -> None:
    end = signed.head + 1
    copy = (
        f"INSERT INTO fact SELECT trial, {end}, stream, 999, topic, data, effective_at, protocol_version,"
        f" {end}, entry, salts, nodes FROM fact WHERE trial = '{TRIAL}' AND position = {AT}"
    )
    changed(file, "PRAGMA foreign_keys = OFF", copy)
    assert found(file)[TRIAL, "stray"].position == end


def test_a_back_dated_command_is_found_by_the_clock(file: Path) -> None:
    """Line and tree rewritten to say so too: the clock of the lines goes back."""
    ((first, recorded_at),) = rows(
        file,
        "SELECT first, recorded_at FROM command WHERE trial = 'T-1' AND first ="
        f" (SELECT command FROM fact WHERE trial = 'T-1' AND position = {AT})",
    )
    earlier = "2020-01-01T00:00:00.000000Z"
    changed(
        file,
        f"UPDATE command SET recorded_at = '{earlier}' WHERE trial = '{TRIAL}' AND first = {first}",
        f"UPDATE fact SET entry = replace(entry, '{recorded_at}', '{earlier}')",
    )
    rehashed(file)
    known = found(file)
    assert known[TRIAL, "clock"].position == first
    assert (TRIAL, "root") in known


@pytest.mark.parametrize(
    ("topic", "check"), [("trial.protocol_adopted.v1", "fact"), ("consent.given.v1", "")]
)
def test_an_order_to_redact_excuses_no_change_of_what_verification_reads(
    file: Path, topic: str, check: str
) -> None:
    """Of any other fact it does: that is what a redaction is, and it is told."""
    ((position,),) = rows(
        file, f"SELECT min(position) FROM fact WHERE trial = '{TRIAL}' AND topic = '{topic}'"
    )
    place = int(str(position))
    asked = privacy.RequestRedaction(position=place, part=Part.FACT, field="document", ground="a name")
    agreed = privacy.ApproveRedaction(redaction=f"{place}-document")
    with opened(file) as app:
        app.engine.execute(TRIAL, asked, person(Role.DATA_MANAGER))
        app.engine.execute(TRIAL, agreed, person(Role.PRINCIPAL_INVESTIGATOR))
    changed(
        file,
        f"UPDATE fact SET data = CAST(data || ' ' AS BLOB) WHERE trial = '{TRIAL}' AND position = {place}",
    )
    known = {each for log, each in found(file) if log == TRIAL}
    assert known == ({check} if check else set())


# ---------------------------------------------------------------- the end cut off, the whole gone


def truncated(file: Path, size: int, *, with_anchors: bool) -> None:
    """Cut a log off after so many facts, read models too."""
    cuts = [
        f"DELETE FROM {table} WHERE trial = '{TRIAL}' AND position > {size}" for table in ALL[:1] + ALL[2:4]
    ]
    cuts.append(f"DELETE FROM command WHERE trial = '{TRIAL}' AND first > {size}")
    if with_anchors:
        cuts.append(f"DELETE FROM anchor WHERE trial = '{TRIAL}' AND size > {size}")
    changed(file, *cuts)


@pytest.mark.requirement("AT-04")
def test_a_log_cut_off_under_a_newer_checkpoint_is_found(signed: Signed, file: Path) -> None:
    truncated(file, signed.first, with_anchors=False)
    known = found(file)
    assert known[TRIAL, "checkpoint"].position == signed.first
    assert "its end is missing" in known[TRIAL, "checkpoint"].what


def test_a_log_cut_off_with_its_checkpoints_is_found_by_the_system_log(signed: Signed, file: Path) -> None:
    truncated(file, signed.first, with_anchors=True)
    assert set(found(file)) == {(TRIAL, "system")}


def test_a_log_and_the_system_log_cut_off_together_are_found_by_a_checkpoint_held_outside(
    signed: Signed, file: Path
) -> None:
    truncated(file, signed.first, with_anchors=True)
    system = f"WHERE trial = '{SYSTEM_LOG}' AND"
    ((head, size),) = rows(
        file,
        "SELECT max(last), min(a.size) FROM command c, anchor a WHERE c.trial = a.trial"
        f" AND a.trial = '{SYSTEM_LOG}'",
    )
    assert head != size
    changed(
        file,
        *(f"DELETE FROM {table} {system} position > {size}" for table in ALL[:1] + ALL[2:4]),
        f"DELETE FROM command {system} first > {size}",
        f"DELETE FROM anchor {system} size > {size}",
    )
    assert found(file) == {}, "nothing inside can tell: that is the limit"
    known = found(file, notes=signed.notes)
    assert {(TRIAL, "checkpoint"), (SYSTEM_LOG, "checkpoint")} == set(known)


def test_a_log_deleted_whole_is_found_by_the_system_log(signed: Signed, file: Path) -> None:
    changed(file, *(f"DELETE FROM {table} WHERE trial = '{TRIAL}'" for table in ALL))
    assert found(file)[TRIAL, "system"].what.startswith("the system log knows this log")
    assert found(file, signed.policy)["trialog/T-1", "policy"]


def test_both_logs_deleted_are_found_by_a_policy_that_lists_them(signed: Signed, file: Path) -> None:
    changed(file, *(f"DELETE FROM {table}" for table in ALL))
    assert found(file) == {}
    assert set(found(file, signed.policy)) == {("trialog/T-1", "policy"), ("trialog/_system", "policy")}


# ---------------------------------------------------------------- forks, keys, read models


def test_a_second_history_signed_at_the_same_size_is_found(signed: Signed, file: Path) -> None:
    """A split view: the signer's own key over another root."""
    other = verification(file).logs[0]
    assert other.log == TRIAL
    ((note, holder),) = rows(
        file,
        f"SELECT note, holder FROM anchor WHERE trial = '{TRIAL}' AND size = {signed.last} AND {OF_SIGNER}",
    )
    lines = str(note).split("\n")
    forged = str(note).replace(lines[2], "A" * 43 + "=")
    changed(
        file,
        (
            (
                "INSERT INTO anchor SELECT trial, size, 'z', ?, kept_at FROM anchor"
                " WHERE trial = ? AND size = ? AND holder = ?"
            ),
            (forged, TRIAL, signed.last, holder),
        ),
    )
    assert found(file)[TRIAL, "root"].position == signed.last


def test_a_checkpoint_signed_by_another_key_is_found_where_the_key_was_brought_along(
    signed: Signed, file: Path
) -> None:
    from tests.support.signing import Signing

    with opened(file) as app:
        thief = Signing(app, secret=b"t" * 32)
        forged = str(thief.note(TRIAL, signed.last))
    changed(
        file,
        (
            f"UPDATE anchor SET note = ? WHERE trial = '{TRIAL}' AND size = {signed.last} AND {OF_SIGNER}",
            (forged,),
        ),
    )
    assert found(file, signed.policy)[TRIAL, "signature"].position == signed.last


def test_a_false_signature_of_a_known_key_is_found(signed: Signed, file: Path) -> None:
    ((note,),) = rows(
        file,
        f"SELECT note FROM anchor WHERE trial = '{TRIAL}' AND size = {signed.last} AND {OF_SITE}",
    )
    ((other,),) = rows(
        file,
        f"SELECT note FROM anchor WHERE trial = '{TRIAL}' AND size = {signed.first} AND {OF_SITE}",
    )
    forged = str(note).rpartition("— ")[0] + "— " + str(other).rpartition("— ")[2]
    changed(
        file,
        (
            f"UPDATE anchor SET note = ? WHERE trial = '{TRIAL}' AND size = {signed.last} AND {OF_SITE}",
            (forged,),
        ),
    )
    assert found(file, signed.policy)[TRIAL, "signature"].position == signed.last


def test_missing_cosignatures_fail_where_the_policy_demands_them(signed: Signed, file: Path) -> None:
    changed(file, f"DELETE FROM anchor WHERE trial = '{TRIAL}' AND holder LIKE '%witness'")
    assert found(file, signed.policy)[TRIAL, "policy"].position == signed.last


def test_limit_a_cosignature_that_no_policy_demands_can_be_taken_out(signed: Signed, file: Path) -> None:
    """Whose word on the tree came back by post is told by no fact: the witness itself and a policy know."""
    for size in (signed.first, signed.last):
        assert changed(file, f"DELETE FROM anchor{OF_TRIAL} AND {OF_SITE} AND size = {size}") == 1
    (trial,) = [each for each in verification(file).logs if each.log == TRIAL]
    assert (found(file), trial.coverage.unknown) == ({}, ("sponsor.example/witness",))


@pytest.mark.parametrize("size", ["first", "last"])
def test_a_checkpoint_that_was_taken_out_is_found_by_the_system_log(
    signed: Signed, file: Path, size: str
) -> None:
    """With the cosignatures that are of it."""
    at = getattr(signed, size)
    assert changed(file, f"DELETE FROM anchor{OF_TRIAL} AND size = {at}") > 1
    known = found(file)
    assert (set(known), known[TRIAL, "system"].position) == ({(TRIAL, "system")}, at)
    assert "is not kept" in known[TRIAL, "system"].what


def test_limit_the_newest_checkpoint_of_the_system_log_can_be_taken_out(signed: Signed, file: Path) -> None:
    """No other log tells of it: whoever holds it knows."""
    newest = f"(SELECT max(size) FROM anchor WHERE trial = '{SYSTEM_LOG}')"
    assert changed(file, f"DELETE FROM anchor WHERE trial = '{SYSTEM_LOG}' AND size = {newest}") >= 1
    assert found(file) == {}


def test_limit_when_a_checkpoint_was_kept_is_the_store_s_own_word(signed: Signed, file: Path) -> None:
    """When it was signed is told by a fact of the system log, and when it was cosigned by the cosignature."""
    before = verification(file)
    assert changed(file, "UPDATE anchor SET kept_at = '2031-01-01T00:00:00.000000Z'") > 1
    assert verification(file) == before
    changed(
        file, "UPDATE command SET recorded_at = '2031-01-01T00:00:00.000000Z' WHERE kind LIKE '%checkpoint'"
    )
    assert (SYSTEM_LOG, "envelope") in found(file)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE document SET body = replace(body, 'S1', 'S2') WHERE model = 'participant.v1'",
        "DELETE FROM document WHERE model = 'visit.v1'",
        (
            "INSERT INTO document SELECT trial, model, key, position + 1, body FROM document"
            " WHERE model = 'enrolment.v1'"
        ),
        "UPDATE document_key SET position = position + 1 WHERE model = 'participant.v1'",
        "DELETE FROM document_key WHERE model = 'participant.v1'",
        (
            "INSERT INTO document SELECT trial, 'other.v1', key, position, body FROM document"
            " WHERE model = 'participant.v1'"
        ),
        (
            "INSERT INTO document_key SELECT trial, 'other.v1', key, position FROM document_key"
            " WHERE model = 'participant.v1'"
        ),
    ],
)
def test_an_edited_read_model_is_found_by_rebuilding(file: Path, change: str) -> None:
    assert changed(file, change) > 0
    assert set(found(file)) == {(TRIAL, "read_model")}


def test_what_is_written_meanwhile_raises_no_alarm_and_is_told(signed: Signed, file: Path) -> None:
    whole = verification(file, signed.policy)
    (trial,) = [each for each in whole.logs if each.log == TRIAL]
    assert (trial.coverage.size, trial.facts) == (signed.last, signed.head)
    assert trial.facts > trial.coverage.size


# ---------------------------------------------------------------- PostgreSQL, as its superuser


@pytest.mark.requirement("AT-04")
def test_a_superuser_of_postgresql_is_found_out(postgresql_url: str) -> None:
    with known_fact(), Store(postgresql_url, create=True) as store:
        written(store, 3, 2, 4)
        whole = verify_store(store, store, Trust(verified))
        assert [finding for finding in whole.findings if finding.check != "read_model"] == []
        for statement, check, position in (
            ("UPDATE fact SET data = '\\x00' WHERE position = 5", "fact", 5),
            ("UPDATE command SET reason_text = 'edited' WHERE first = 4", "envelope", 4),
            ("UPDATE fact SET topic = 'other' WHERE position = 2", "line", 2),
            ("DELETE FROM fact WHERE position = 7", "place", 7),
        ):
            with psycopg.connect(postgresql_url, autocommit=True) as superuser:
                superuser.execute("SET session_replication_role = replica")  # no trigger fires
                superuser.execute(statement)
            findings = {
                str(each.check): each for each in verify_store(store, store, Trust(verified)).findings
            }
            assert findings[check].position == position
            assert findings[check].log == LOG


def test_the_lines_are_the_canonical_json_that_they_say_they_are(file: Path) -> None:
    for (entry,) in rows(file, "SELECT entry FROM fact"):
        told = json.loads(str(entry))
        assert json.dumps(told, sort_keys=True, separators=(",", ":")) == entry
        assert told["v"] == 1
