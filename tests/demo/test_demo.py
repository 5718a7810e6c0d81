"""The demonstration repeats itself, and what it stores is what follows from its facts."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.output import as_text
from adapters.conformance import conformance
from domain.errors import Invalid
from domain.fact import encode
from domain.record import Role
from projections.as_of import Axis
from projections.deviations import deviations
from projections.enrolment import enrolment
from projections.ports import sealed_to_all
from projections.rebuild import compare
from projections.visit_status import VisitStatus, visit_rows
from tests.support.shapes import hold
from trialog.command_line import whole_command_line
from trialog.demo import Demonstration
from trialog.demo_command import _ending

ROOT = Path(__file__).parents[2]


def run(folder: Path, participants: int, seed: int) -> Demonstration:
    """A finished demonstration."""
    folder.mkdir(exist_ok=True)
    demo = Demonstration(str(folder / "demo.db"), participants, seed)
    demo.run()
    return demo


def history(demo: Demonstration) -> str:
    """A digest of every fact with its envelope."""
    lines = hashlib.sha256()
    for record, command in demo.app.reading.entries(demo.trial_id):
        known = [
            record.position,
            record.stream,
            str(record.effective_at),
            encode(record.fact).decode(),
            str(command.recorded_at),
            command.command_id,
        ]
        lines.update(json.dumps(known).encode())
    demo.app.close()
    return lines.hexdigest()


def test_the_same_seed_gives_the_same_facts_at_the_same_instants(tmp_path: Path) -> None:
    first, second = run(tmp_path / "first", 4, 7), run(tmp_path / "second", 4, 7)
    assert history(first) == history(second)


def test_another_seed_gives_another_trial(tmp_path: Path) -> None:
    assert history(run(tmp_path / "first", 2, 1)) != history(run(tmp_path / "second", 2, 2))


def test_the_whole_trial_holds_what_a_trial_meets(tmp_path: Path) -> None:
    demo = run(tmp_path, 32, 1)
    hold(("demo",), json.loads(as_text(_ending(demo, "demo.db").data)))
    view = demo.app.view(demo.trial_id)
    total, _ = enrolment(view)
    assert total.randomized == demo.protocol.enrolment.target
    assert (
        min(total.screen_failed, total.withdrawn, total.died, total.transplanted, total.lost_to_follow_up)
        >= 1
    )
    statuses = {row.status for row in visit_rows(view)}
    assert {VisitStatus.DONE, VisitStatus.MISSED, VisitStatus.DONE_OUT_OF_WINDOW} <= statuses
    assert any(each.episodes for each in view.outcomes().values())
    states = {
        known.state
        for visits in view.results().values()
        for results in visits.values()
        for known in results.values()
    }
    assert states == {"recorded", "corrected"}
    assert {each.rule for each in deviations(view, sealed_to_all)} >= {
        "visit.missed",
        "visit.out_of_window",
        "infusion.use_by_exceeded",
    }
    assert demo.refused == 1
    versions, differences = compare(demo.app.reading, demo.trial_id)
    assert versions > 1000
    assert not differences
    halfway = demo.app.view(demo.trial_id, view.position // 2)
    clinical = demo.app.view(demo.trial_id, axis=Axis.EFFECTIVE)
    assert 0 < len(halfway.participants()) < len(view.participants())
    assert clinical.participants() == view.participants()
    demo.app.close()


def test_a_store_that_is_there_and_a_number_the_trial_does_not_allow_are_refused(tmp_path: Path) -> None:
    run(tmp_path, 1, 1).app.close()
    with pytest.raises(Invalid, match="new store") as caught:
        Demonstration(str(tmp_path / "demo.db"), 1, 1)
    assert f"there is {tmp_path / 'demo.db'}, {tmp_path / 'demo.db.keys'} already" in str(caught.value)
    with pytest.raises(Invalid, match="1 to 32"):
        Demonstration(str(tmp_path / "other.db"), 33, 1)
    assert not (tmp_path / "other.db").exists()


def test_a_folder_is_no_place_for_one(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as invalid:
        Demonstration(str(tmp_path), participants=1, seed=1)
    assert (invalid.value.code, "delete" in str(invalid.value)) == ("store.foreign", False)


def test_make_begins_anew_beside_whatever_a_demonstration_and_its_signer_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").partition("ifeq ($(origin STORE),file)")[2]
    removes = recipe.split("\n")[1].strip().removeprefix("@")
    assert removes.startswith("rm ")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        subprocess.run(removes.split(), check=True)
        Demonstration("demo.db", participants=1, seed=1).app.close()
        assert (
            CliRunner().invoke(whole_command_line(), ["ledger", "init-signer", "demo.db.signer"]).exit_code
            == 0
        )


def test_nothing_is_unexplained_when_its_history_is_replayed_through_the_rules(tmp_path: Path) -> None:
    demo = run(tmp_path, 32, 1)
    view = demo.app.view(demo.trial_id)
    found = conformance(demo.app, view, demo.app.unseal(view.trial, Role.STATISTICIAN))
    assert found.unexplained == ()
    assert [each.deviation.rule for each in found.verdicts if each.deviation] == [
        "infusion.use_by_exceeded",
        "infusion.use_by_exceeded",
    ]
    demo.app.close()
