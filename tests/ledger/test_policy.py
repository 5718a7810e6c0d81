"""The trust policy: C2SP's text, and whose signatures make a checkpoint count."""

import pytest

from adapters.keys.ed25519 import LogKey, WitnessKey, verified
from domain.errors import Invalid
from domain.ledger.note import Checkpoint, Key, Note, origin_of
from domain.ledger.policy import NONE, Policy

ORIGIN = origin_of("T-1")
LOG = LogKey(b"\x01" * 32, ORIGIN)
SYSTEM = LogKey(b"\x01" * 32, origin_of("_system"))
WITNESSES = {
    name: WitnessKey(name.encode() * 16, f"{name}.example/w") for name in ("x1", "x2", "x3", "y1", "y2")
}
TEXT = str(Checkpoint(ORIGIN, 3, b"\x03" * 32))


def lines(*more: str) -> str:
    keys = [f"log {LOG.key}", f"log {SYSTEM.key}"]
    keys += [f"witness {name} {witness.key} https://{name}.example" for name, witness in WITNESSES.items()]
    return "\n".join(["# filed in the TMF", "", *keys, *more, ""])


TWO_OF_X_AND_ONE_OF_Y = lines(
    "group X 2 x1 x2 x3", "group\tY any y1 y2", "  group both all X Y  ", "quorum both"
)


def note(*witnesses: str, log: LogKey = LOG) -> Note:
    return Note(TEXT, (log.sign(TEXT), *(WITNESSES[name].cosign(TEXT, 1_700_000_000) for name in witnesses)))


@pytest.mark.parametrize(
    ("witnesses", "met"),
    [
        ((), False),
        (("x1", "x2"), False),
        (("x1", "y1"), False),
        (("y1", "y2"), False),
        (("x1", "x3", "y2"), True),
        (("x1", "x2", "x3", "y1", "y2"), True),
    ],
)
def test_a_quorum_of_groups_is_counted_as_it_is_written(witnesses: tuple[str, ...], met: bool) -> None:
    policy = Policy.parse(TWO_OF_X_AND_ONE_OF_Y)
    judged = policy.judge(note(*witnesses), verified)
    assert judged.logs == (LOG.key,)
    assert judged.witnesses == witnesses
    assert judged.quorum is judged.valid is policy.is_met_by(witnesses) is met


def test_a_policy_tells_which_witnesses_are_still_wanting() -> None:
    policy = Policy.parse(TWO_OF_X_AND_ONE_OF_Y)
    assert policy.wanting(("x1",)) == ("x2", "x3", "y1", "y2")
    assert policy.wanting(("x1", "x2", "y1")) == ()
    assert Policy.parse(lines("quorum x2")).wanting(()) == ("x2",)


def test_without_its_logs_signature_no_cosignature_helps() -> None:
    policy = Policy.parse(lines("quorum x1"))
    cosigned = note("x1")
    assert policy.judge(cosigned, verified).valid
    assert not policy.judge(cosigned._replace(signatures=cosigned.signatures[1:]), verified).valid


def test_a_key_signs_for_its_own_log_only() -> None:
    policy = Policy.parse(lines("quorum none"))
    assert policy.quorum == NONE
    judged = policy.judge(note(log=SYSTEM), verified)
    assert not judged.valid
    assert judged.quorum


def test_a_cosignature_over_another_checkpoint_does_not_count() -> None:
    other = str(Checkpoint(ORIGIN, 4, b"\x03" * 32))
    mixed = Note(TEXT, (LOG.sign(TEXT), WITNESSES["x1"].cosign(other, 5)))
    assert not Policy.parse(lines("quorum x1")).judge(mixed, verified).quorum


X1 = str(WITNESSES["x1"].key)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("quorum x1\n", "line 1"),
        (f"witness x1 {X1}\nquorum x1\nquorum x1\n", "line 3"),
        (f"witness x1 {X1}\nwitness x1 {WITNESSES['x2'].key}\n", "line 2"),
        (f"witness x1 {X1}\nwitness x2 {X1}\n", "line 2"),
        (f"log {LOG.key}\nlog {LOG.key}\n", "line 2"),
        (f"log {X1}\n", "line 1"),
        (f"witness none {X1}\n", "line 1"),
        (f"witness x1 {LOG.key}\n", "line 1"),
        (f"witness x1 {X1}\ngroup g 2 x1\n", "line 2"),
        (f"witness x1 {X1}\ngroup g 0 x1\n", "line 2"),
        (f"witness x1 {X1}\ngroup g any\n", "line 2"),
        (f"witness x1 {X1}\ngroup g 01 x1\n", "line 2"),
        (f"witness x1 {X1}\ngroup g all x1 x1\n", "line 2"),
        (f"witness x1 {X1}\ngroup g any none\n", "line 2"),
        (f"witness x1 {X1}\ngroup g all x1\ngroup h all x1\n", "line 3"),
        ("group g any g\n", "line 1"),
        ("tsa x\n", "line 1"),
        ("log\n", "line 1"),
        (f"log {LOG.key} a b\n", "line 1"),
    ],
)
def test_a_policy_that_could_be_read_in_two_ways_is_refused_with_its_line(text: str, line: str) -> None:
    with pytest.raises(Invalid) as invalid:
        Policy.parse(text + "quorum none\n")
    assert (invalid.value.code, invalid.value.where) == ("policy.malformed", line)


@pytest.mark.parametrize("text", ["", f"log {LOG.key}\n", f"log {LOG.key}\r\nquorum none\n"])
def test_a_policy_without_a_quorum_or_with_other_characters_is_none(text: str) -> None:
    with pytest.raises(Invalid):
        Policy.parse(text)


def test_a_policy_may_name_no_log_and_no_witness() -> None:
    assert Policy.parse("quorum none") == Policy((), {}, {}, NONE)
    assert Key.parse(X1).name == "x1.example/w"
