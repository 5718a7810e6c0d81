"""Whoever is masked is answered the same, to the byte, when every allocation is swapped.

Every question of the policy is asked by every masked role that may ask it, every export is made by each, and
what is refused is refused in the same words.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from domain.infusion import InfusionReported
from domain.participant import Randomized
from domain.record import Role
from domain.sealed import ALLOCATION
from tests.cli.terminal import PROTOCOL as OTHER_PROTOCOL
from tests.masking.worlds import BREAKING_THE_BLIND, ENTITLED, MASKED, Said, World
from tests.support.questions import LISTED, words_about
from workflows.policy import QUESTIONS

CODE = "S1-001"
SPAN = ("--from", "2026-03-02T00:00:00Z", "--to", "2026-04-02T00:00:00Z")
PERIOD = ("--from", "2026-03-02", "--to", "2026-04-02")
WORDS = words_about(CODE, OTHER_PROTOCOL) | {
    "protocol.diff": ("1.0", str(OTHER_PROTOCOL)),
    "participant.show": ("S1-003",),
    "participant.history": ("S1-003",),
    "outage.show": ("P-0a1b2c3d4e5f",),
    "audit.history": ("S1-003",),
    "audit.proof": ("{infused}", "--out", "{folder}/fact.tlog-proof"),
    "audit.review": PERIOD,
    "alert.simulate": SPAN,
    "export.bundle": ("--out", "{folder}/bundle.zip", "--purpose", "evaluation"),
}
"""How a question is asked that takes more than its name."""

ASKED = {name: tuple(role for role in MASKED if role in roles) for name, roles in QUESTIONS.items()}
_CELLS = [
    pytest.param(name, role, id=f"{name} by {role}")
    for name, roles in sorted(ASKED.items())
    for role in roles
]


def words_of(name: str, world: World, folder: Path) -> tuple[str, ...]:
    """A question in words; what it names is found in the world."""
    words = " ".join(WORDS.get(name, ())).replace("{infused}", str(world.position(InfusionReported)))
    for what, question in LISTED.items():
        if f"{{{what}}}" in words:
            rows = world.data(*question.split(), role=Role.INVESTIGATOR)["rows"]
            words = words.replace(f"{{{what}}}", str(rows[0][what]))
    return (*name.split("."), *words.replace("{folder}", str(folder)).split())


def answered(words: Iterable[str], role: Role, world: World, folder: Path) -> tuple[Said, dict[str, bytes]]:
    """What a role is answered and what that took, and the files that were written, if any."""
    folder.mkdir(exist_ok=True)
    said = world.run(*words, role=role)
    written = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    for name in written:
        (folder / name).unlink()  # The other world writes to the same place.
    return said, written


def test_every_question_that_a_masked_role_may_ask_is_asked_here() -> None:
    assert set(WORDS) <= {name for name, roles in ASKED.items() if roles}
    assert len(_CELLS) == sum(len(roles) for roles in ASKED.values())
    assert {role for _, role in (cell.values for cell in _CELLS)} == set(MASKED)


@pytest.mark.requirement("RN-03", "RN-04")
def test_what_is_stored_is_the_same_to_the_byte(worlds: tuple[World, World]) -> None:
    one, other = worlds
    assert one.contents() == other.contents()


@pytest.mark.requirement("ID-08", "RN-04", "EX-03")
@pytest.mark.parametrize(("name", "role"), _CELLS)
def test_a_masked_role_is_answered_the_same_when_every_allocation_is_swapped(
    worlds: tuple[World, World], name: str, role: Role, tmp_path: Path
) -> None:
    """To the byte, with files of the same names and bytes, by the same statements and uses of keys."""
    folder = tmp_path / "out"
    one, other = (
        answered((*words_of(name, world, folder), "--json"), role, world, folder) for world in worlds
    )
    assert one == other
    assert one[0].exit_code in (0, 3, 4, 5), one


@pytest.mark.requirement("ID-08", "RN-04", "EX-03")
@pytest.mark.parametrize("name", [name for name, roles in ASKED.items() if roles])
def test_in_words_for_people_too_the_answer_is_the_same(
    worlds: tuple[World, World], name: str, tmp_path: Path
) -> None:
    role, folder = ASKED[name][0], tmp_path / "out"
    one, other = (answered(words_of(name, world, folder), role, world, folder) for world in worlds)
    assert one == other


FURTHER_FILES = (
    "export bundle --participant S1-003 --purpose evaluation --out {folder}/part.zip",
    "export bundle --role statistician --purpose evaluation --out {folder}/theirs.zip",
    "export table --language zh --purpose evaluation --out {folder}/table.zip",
    "audit proof {allocated} --out {folder}/fact.tlog-proof",
)
"""Files that a question can give besides: of who was infused by the wrong route, for an unmasked reader,
in Chinese, of an allocation.
"""


@pytest.mark.requirement("ID-08", "EX-03")
@pytest.mark.parametrize("role", [role for role in MASKED if role in QUESTIONS["export.bundle"]])
def test_whatever_file_a_masked_role_is_given_is_the_same(
    worlds: tuple[World, World], role: Role, tmp_path: Path
) -> None:
    for each in FURTHER_FILES:
        words = each.format(folder=tmp_path / "out", allocated=worlds[0].position(Randomized)).split()
        one, other = (answered(words, role, world, tmp_path / "out") for world in worlds)
        assert one == other, each
        assert (one[0].exit_code, len(one[1])) == (0, 1), one[0].stderr


def test_what_an_answer_takes_is_seen_here(worlds: tuple[World, World]) -> None:
    """Or its being the same would say nothing: who may know an arm uses its key, and records the look."""
    words = ("participant", "show", CODE)
    entitled, _ = (world.run(*words, role=ENTITLED[0]) for world in worlds)
    masked, _ = (world.run(*words, role=MASKED[0]) for world in worlds)
    assert ALLOCATION in entitled.keys
    assert ALLOCATION not in masked.keys
    assert len(entitled.statements) > len(masked.statements) > 0


@pytest.mark.requirement("ID-08", "EX-03")
def test_the_proof_of_each_fact_is_the_same_and_shows_no_arm(worlds: tuple[World, World]) -> None:
    role = ASKED["audit.proof"][0]
    sizes = [world.data("audit", "proof", "1", role=role)["size"] for world in worlds]
    assert sizes[0] == sizes[1] > 60
    for position in map(str, range(1, sizes[0] + 1)):
        one, other = (world.run("audit", "proof", position, role=role) for world in worlds)
        assert one == other
        assert one.exit_code == 0
        assert not any(secret in one.stdout for secret in ("vein", "artery", "wrong_route")), position


def test_those_entitled_are_answered_otherwise_so_the_worlds_are_two(worlds: tuple[World, World]) -> None:
    told = [
        world.data("participant", "show", CODE, role=ENTITLED[0])["allocation"]["arm"] for world in worlds
    ]
    assert set(told) == {"by-vein", "by-artery"}


EMERGENCY = "unblinding emergency S1-001 --reason surgery"
REFUSED = (
    "infusion access S1-004 vein",
    "infusion access S1-004 artery",
    "record infusion S1-003 vein --lot L1 --bag B3",
    "record randomization S1-001 by-vein",
    "record randomization S1-001 by-artery",
    "record results S1-003 baseline alt=40",
    "result correct S1-001 baseline alt 44 --reason-code transcription --reason misread",
    "record decompensation S1-003 ascites --grade nonsense",
    "participant randomize S1-003",
    EMERGENCY,
    "deviation explain infusion-1 misread --participant S1-003",
    "infusion start S1-003",
    "infusion order S1-003 --infusion 2",
    "export table --out /nowhere/table.zip --purpose evaluation",
    "deviation show infusion-1 --participant S1-003",
    "deviation list --rule infusion.wrong_route",
    "participant show S1-404",
    "audit history S1-003 infusion-1/access",
)
"""What is refused or finds nothing, of either arm; the third participant was infused by the wrong route, and
for the fourth access is to be placed next.
"""


@pytest.mark.requirement("ID-08", "RN-04")
@pytest.mark.parametrize("role", MASKED)
def test_what_is_refused_to_a_masked_role_is_refused_in_the_same_words(
    worlds: tuple[World, World], role: Role
) -> None:
    for words in REFUSED:
        if words == EMERGENCY and role in BREAKING_THE_BLIND:
            continue
        one, other = (world.run(*words.split(), role=role) for world in worlds)
        assert one == other, words
        assert not any(secret in one.stdout for secret in ("vein", "artery", "wrong_route")), words


@pytest.mark.requirement("ID-08")
@pytest.mark.parametrize("role", MASKED)
def test_every_masked_role_is_shown_a_participant_the_same_in_words_for_people(
    worlds: tuple[World, World], role: Role
) -> None:
    one, other = (world.run("participant", "show", "S1-003", role=role) for world in worlds)
    assert one == other
    assert one.exit_code == 0
    assert not any(secret in one.stdout for secret in ("vein", "artery", "wrong_route"))


def test_in_the_end_the_stores_are_still_the_same(worlds: tuple[World, World]) -> None:
    """Exports and looks were recorded in both: last of all, but for what those entitled looked at."""
    one, other = (world.contents() for world in worlds)
    assert one == other
