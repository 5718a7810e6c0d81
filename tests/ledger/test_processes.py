"""Signers as processes: killed between their steps, several at once, and one that watches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.held.folder import Folder
from domain.identifiers import SYSTEM_LOG
from domain.ledger.note import Checkpoint, origin_of
from domain.signed_log import CheckpointSigned
from tests.ledger.desk import Desk
from tests.support import ready
from tests.support.trial import TRIAL, course
from workflows.participant import Randomize


def signing(desk: Desk, *step: str) -> ready.Process:
    """A process that signs the store once."""
    return ready.Process("tests.ledger.signing", [desk.location, str(desk.signer), *step])


def sizes(desk: Desk, log: str = TRIAL) -> list[int]:
    """The sizes of the kept checkpoints, oldest first."""
    return [Checkpoint.parse(note.text).size for note in desk.notes(log)]


def told(desk: Desk) -> list[int]:
    """The sizes of the trial's checkpoints that the system log tells of."""
    return [fact.size for fact in desk.facts() if isinstance(fact, CheckpointSigned)]


def test_a_signer_killed_at_any_step_loses_no_checkpoint_and_makes_none_twice(file_desk: Desk) -> None:
    desk = file_desk
    steps: list[str] = []
    while True:
        process = signing(desk, "step")
        with process:
            step = process.stdout.readline()
            for _ in steps:
                if not step:
                    break
                process.stdin.write("\n")
                process.stdin.flush()
                step = process.stdout.readline()
            if not step:
                break
            steps.append(step.strip())
            process.kill()
        held = Folder(desk.signer).signed().get(origin_of(TRIAL))
        if held is not None:
            assert held.size >= max(sizes(desk), default=0)
        desk.write(course("consented", f"S1-1{len(steps):02}"))
    assert process.returncode == 0
    assert {"Folder.keep", "Store.keep", "Signer._tell"} <= set(steps)
    desk.sign()
    assert told(desk) == sizes(desk)
    assert sizes(desk)[-1] == desk.app.ledger.head(TRIAL)[0]
    assert desk.check(TRIAL, desk.key()) == len(sizes(desk))
    assert desk.check(SYSTEM_LOG, desk.key(SYSTEM_LOG)) == len(sizes(desk, SYSTEM_LOG))


def test_two_signers_at_once_on_one_folder_sign_one_history(desk: Desk) -> None:
    for code in ("S1-011", "S1-012"):
        processes = [signing(desk) for _ in range(2)]
        desk.write(course("consented", code))
        for process in processes:
            with process:
                assert process.wait() == 0
    desk.sign()
    assert told(desk) == sizes(desk)
    assert desk.check(TRIAL, desk.key()) == len(sizes(desk))
    assert desk.check(SYSTEM_LOG, desk.key(SYSTEM_LOG)) == len(sizes(desk, SYSTEM_LOG))


@contextmanager
def watching(desk: Desk) -> Iterator[ready.Process]:
    """`trialog ledger sign --watch` as a process, ended at the end."""
    words = ("ledger", "sign", "--watch", "--json", "--store", desk.location, "--signer", str(desk.signer))
    with ready.Process("trialog.__main__", words) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()


def test_a_watching_signer_signs_a_randomization_at_once_and_lets_lesser_things_wait(desk: Desk) -> None:
    with watching(desk) as process:
        first, system = (json.loads(process.stdout.readline()) for _ in range(2))
        assert (first["log"], system["log"]) == (TRIAL, SYSTEM_LOG)
        desk.write(course("screened", "S1-002"))
        time.sleep(2.5)
        assert sizes(desk) == [first["size"]], "what can wait a quarter of an hour waits"
        desk.write([Randomize(participant="S1-001")])
        at = time.monotonic()
        assert json.loads(process.stdout.readline())["size"] == desk.app.ledger.head(TRIAL)[0]
        assert time.monotonic() - at < 30
    assert told(desk) == sizes(desk)
    assert desk.check(TRIAL, desk.key()) == 2


def test_a_watching_signer_ends_where_the_history_does_not_fit(file_desk: Desk) -> None:
    desk = file_desk
    copy = desk.backup("early.db")
    desk.write(course("consented", "S1-002"))
    desk.sign()
    desk.restore(copy)
    with watching(desk) as process:
        assert process.wait() == 3
