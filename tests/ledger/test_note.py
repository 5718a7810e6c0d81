"""Signed notes and cosignatures: the texts of C2SP, with real keys."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.keys.ed25519 import LogKey, WitnessKey, verified
from domain.errors import Invalid
from domain.ledger.note import Checkpoint, Key, Note, Signature, cosignature_message, log_of, origin_of

# The key, text and signature that the documentation of Go's golang.org/x/mod/sumdb/note shows.
PETER = Key.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
PETER_SAYS = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ORIGIN = origin_of("T-1")
CHECKPOINT = Checkpoint(ORIGIN, 7, b"\x07" * 32)


def test_a_note_of_another_implementation_verifies() -> None:
    note = Note.parse(PETER_SAYS)
    assert note.signed_by(PETER, verified) == note.signatures[0]
    assert str(note) == PETER_SAYS
    forged = note._replace(text=note.text.replace("problem", "answer"))
    assert forged.signed_by(PETER, verified) is None


def test_each_log_of_a_signer_has_a_key_of_its_own_that_follows_from_the_secret() -> None:
    mine, again = LogKey(b"\x01" * 32, ORIGIN), LogKey(b"\x01" * 32, ORIGIN)
    other = LogKey(b"\x01" * 32, origin_of("T-2"))
    assert mine.key == again.key
    assert mine.key.name == ORIGIN
    assert mine.key.public != other.key.public
    assert LogKey(b"\x02" * 32, ORIGIN).key.public != mine.key.public
    assert Key.parse(str(mine.key)) == mine.key


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**40))
def test_what_a_key_signs_only_that_key_has_signed(secret: bytes, seconds: int) -> None:
    log, witness = LogKey(secret, ORIGIN), WitnessKey(secret, "site.example/w")
    text = str(CHECKPOINT)
    note = Note(text, (log.sign(text), witness.cosign(text, seconds)))
    read = Note.parse(str(note))
    assert read.signed_by(log.key, verified) == note.signatures[0]
    cosigned = read.signed_by(witness.key, verified)
    assert cosigned is not None
    assert cosigned.seconds == seconds
    assert Checkpoint.parse(read.text) == CHECKPOINT
    assert read.signed_by(LogKey(secret, ORIGIN + "/2").key, verified) is None
    # The same public key under the other kind is another key, and a moved time is another message.
    moved = (
        note.signatures[1].value[:7] + bytes([note.signatures[1].value[7] ^ 1]) + note.signatures[1].value[8:]
    )
    tampered = Note(text, (Signature(witness.key.name, witness.key.id, moved),))
    assert tampered.signed_by(witness.key, verified) is None


def test_a_cosignature_signs_the_time_and_the_whole_checkpoint() -> None:
    assert cosignature_message("o\n1\nr\n", 1679315147) == b"cosignature/v1\ntime 1679315147\no\n1\nr\n"
    example = Signature(
        "witness.example.com/w1",
        b64decode("jWbPPw=="),
        b64decode(
            "AAAAAGQYUMsRkwfBJFok2IgOh70Nif/Ndyu08d6iUwjk5ZcSFkIH12WsMmxfdvajKKfWc9mqF/k02jTFR76ZshQGQEh9n6qc"
        ),
    )
    assert example.seconds == 1679315147
    assert str(example).startswith("— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn")


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TX",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_a_key_that_does_not_fit_its_own_id_is_refused(vkey: str) -> None:
    with pytest.raises(Invalid) as invalid:
        Key.parse(vkey)
    assert invalid.value.code == "note.key"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n",
        "o\n01\n{r}\n",
        "o\n-1\n{r}\n",
        "o\n1\nAAAA\n",
        "\n1\n{r}\n",
        "o\n1\n{r}",
        "o\n1\n{r}\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    root = str(CHECKPOINT).split("\n")[2]
    with pytest.raises(Invalid) as invalid:
        Checkpoint.parse(text.format(r=root))
    assert invalid.value.code == "note.checkpoint"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n- name AAAAAAAA\n",
        "t\r\n\n— n AAAAAAAA\n",
    ],
)
def test_what_is_no_signed_note_is_refused(note: str) -> None:
    with pytest.raises(Invalid) as invalid:
        Note.parse(note)
    assert invalid.value.code == "note.malformed"


@pytest.mark.parametrize("log", ["T-1", "system", "_system"])
def test_no_two_logs_are_signed_under_one_name(log: str) -> None:
    for incarnation in (1, 2, 17):
        assert log_of(origin_of(log, incarnation)) == (log, incarnation)
