"""What the maker of a dishonest part folds away: what a log says of itself goes with every part of it."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from adapters.keys.ed25519 import LogKey
from domain.ledger.note import origin_of
from domain.signed_log import IncarnationDeclared, KeyRotated
from tests.support.scenario import Scenario
from tests.support.signing import Signing
from tests.support.trial import TRIAL, active, amended, course, of_log, small
from tests.verification.parting import Parting
from tests.verification.shipped import both, by_product
from tests.verification.signed_store import asked, bundle_of

FIRST, SECOND = origin_of(TRIAL), origin_of(TRIAL, 2)


class Anew(NamedTuple):
    """A log whose key was changed twice and that was declared anew: the part of a participant, all of it, how
    far it was signed under its first name, and a checkpoint under its second that somebody holds.
    """

    part: bytes
    whole: bytes
    first: int
    note: str

    def opened(self) -> Parting:
        """The part, to be cut anew."""
        return Parting(self.part, self.whole)


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Anew:
    """Signed under its first name and, after it was declared anew, under its second."""
    scenario = Scenario(tmp_path_factory.mktemp("anew"))
    keys = [str(LogKey(secret * 32, FIRST).key) for secret in (b"a", b"b", b"s")]
    try:
        signing = Signing(scenario.app)
        scenario.given(active(), course("measured"))
        for old, new in pairwise(keys):
            scenario.given(of_log("_self", KeyRotated(origin=FIRST, old=old, new=new)))
        scenario.given(course("consented", "S1-002"))
        first = signing.sign(TRIAL)
        lost = IncarnationDeclared(
            origin=SECOND,
            incarnation=2,
            note="",
            restored=first,
            lost_from=first + 1,
            lost_to=first + 9,
            reason="the disk failed",
            approver="zhao.pi",
        )
        scenario.given(of_log("_self", lost), course("consented", "S1-003"))
        signing.origins[TRIAL] = SECOND
        head = signing.sign(TRIAL)
        whole, part = (
            bundle_of(Path(scenario.location), asked(head, participant=code)) for code in ("", "S1-001")
        )
        return Anew(part, whole, first, str(signing.note(TRIAL)))
    finally:
        scenario.close()


def test_a_part_cut_anew_in_the_same_way_is_the_same_part(anew: Anew, tmp_path: Path) -> None:
    opened = anew.opened()
    assert len(opened.of("log/_self")) == 3
    assert opened.sealed() == anew.part
    for data in (anew.part, anew.whole):
        assert both(data, tmp_path, "", (anew.note,)) == set()


@pytest.mark.parametrize("nth", [0, 1])
def test_a_change_of_key_folded_away_leaves_a_gap_in_what_the_log_says_of_itself(
    nth: int, anew: Anew, tmp_path: Path
) -> None:
    opened = anew.opened()
    itself = opened.of("log/_self")
    data = opened.hide(itself[nth]).sealed()
    unsigned = {("trial", anew.first, "signature")} if nth else set()  # by the key before the last
    assert both(data, tmp_path) == {("trial", itself[nth + 1], "place"), *unsigned}
    findings = {str(each.check): each.what for each in by_product(data)}
    assert "entries of log/_self before this one are missing" in findings["place"]


def test_a_declared_loss_folded_away_leaves_checkpoints_of_a_name_that_nothing_gave(
    anew: Anew, tmp_path: Path
) -> None:
    opened = anew.opened()
    data = opened.hide(opened.of("log/_self")[-1]).sealed()
    assert {check for _, _, check in both(data, tmp_path)} == {"checkpoint", "system"}
    data = opened.without_system().sealed()
    assert {check for _, _, check in both(data, tmp_path)} == {"checkpoint"}


def test_limit_what_a_part_folds_away_at_the_end_shows_only_against_a_newer_checkpoint(
    anew: Anew, tmp_path: Path
) -> None:
    """A declared loss with every checkpoint after it left out, and the system log's word of them: what is
    told is that nothing signed speaks of these entries.
    """
    opened = anew.opened()
    opened.hide(opened.of("log/_self")[-1]).without_checkpoints(above=anew.first).without_system()
    data = opened.sealed()
    assert both(data, tmp_path) == set()
    assert {check for _, _, check in both(data, tmp_path, "", (anew.note,))} == {"checkpoint"}
    last = opened.of("participant/S1-001")[-1]
    assert both(opened.hide(last).sealed(), tmp_path) == set()


def test_an_amendment_folded_away_is_missed_by_what_was_recorded_under_it(tmp_path: Path) -> None:
    """Its rules were in force for what is here: without its document nobody can judge that by them."""
    scenario = Scenario(tmp_path)
    document = small({"version": "2.0"})
    try:
        scenario.given(active(), course("consented"), amended(document))
        scenario.given(course("consented", "S1-002", document=document))
        Signing(scenario.app).sign(TRIAL)
        head = scenario.store.head(TRIAL).position
    finally:
        scenario.close()
    codes = ("", "S1-001", "S1-002")
    whole, before, after = (
        bundle_of(Path(scenario.location), asked(head, participant=code)) for code in codes
    )
    for data in (whole, before, after):
        assert both(data, tmp_path) == set()
    opened = Parting(after, whole)
    adoption, amendment = sorted(
        position for position, line in opened.lines.items() if b'"topic":"trial.protocol_' in line
    )
    without = f"protocols/{amendment}.json"
    del opened.files[without]
    data = opened.hide(amendment, *(each for each in opened.of("trial") if each > adoption)).sealed()
    own = opened.of("participant/S1-002")[0]
    assert both(data, tmp_path) == {("trial", own, "protocol")}
    (finding,) = by_product(data)
    assert finding.what == "the protocol 2.0, which was in force here, is missing"
    opened = Parting(before, whole)
    del opened.files[without]
    assert both(opened.hide(amendment).sealed(), tmp_path) == set(), "that is the limit"
