"""How every question is asked at a site, by which roles, and what of an answer is compared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from adapters.zipped import unzipped
from domain.record import Role
from tests.cli.terminal import PROTOCOL
from tests.sites.played import CODE, ROLES
from tests.sites.worlds import World
from tests.support.questions import LISTED, words_about
from workflows.policy import QUESTIONS

PERIOD = ("--from", "2026-03-02", "--to", "2026-06-02")
SPAN = ("--from", "2026-06-01T00:00:00Z", "--to", "2026-06-15T00:00:00Z")
WORDS = words_about(CODE, PROTOCOL) | {
    "protocol.show": (str(PROTOCOL),),
    "protocol.diff": (str(PROTOCOL), str(PROTOCOL)),
    "audit.proof": ("{position}",),
    "audit.review": PERIOD,
    "alert.simulate": SPAN,
    "export.bundle": ("--out", "{folder}/bundle.zip", "--purpose", "evaluation", "--participant", CODE),
}
"""How a question is asked that takes more than its name."""

HASHES = re.compile(r"\b[0-9a-f]{32,}\b|(?<!\\)[A-Za-z0-9+/]{43,}={0,2}")
"""Roots are made of salted hashes of every entry, and so are proofs: they tell nothing, and differ."""

OF_ROOTS = frozenset({"ledger.page", "ledger.request"})
"""What is written of them is made of roots alone, drawn as a picture too."""

ASKED = {name: tuple(role for role in ROLES if role in roles) for name, roles in QUESTIONS.items()}
TURNS = [
    (name, roles[(turn + further) % len(roles)], form)
    for turn, (name, roles) in enumerate(sorted(ASKED.items()))
    for further, form in ((0, ("--json",)), (5, ()))[: 1 if turn % 6 else 2]
    if roles
]
"""Each question by a role in JSON, and every sixth by a further role in words for people, in turns: both are
written from one answer.
"""


FOUND_IN = LISTED | {"package": "outage list", "position": "audit trail --participant S2-001"}


def name_in(world: World, what: str) -> str:
    """The name of something at the site that is asked about; looked up once."""
    if what not in world.names:
        rows = world.data(*FOUND_IN[what].split(), role=Role.INVESTIGATOR)["rows"]
        world.names[what] = str(rows[len(rows) // 2][what])
    return world.names[what]


def words_of(name: str, world: World, folder: Path) -> tuple[str, ...]:
    words = " ".join(WORDS.get(name, ()))
    for what in FOUND_IN:
        if f"{{{what}}}" in words:
            words = words.replace(f"{{{what}}}", name_in(world, what))
    return (*name.split("."), *words.replace("{folder}", str(folder)).split())


def answered(name: str, role: Role, world: World, folder: Path, *more: str) -> tuple[Any, ...]:
    """What a role is answered, and the file that was written, if any."""
    folder.mkdir(exist_ok=True)
    result = world.run(*words_of(name, world, folder), *more, role=role)
    written = {file: file.read_bytes() for file in sorted(folder.iterdir())}
    for file in written:
        file.unlink()  # The other world writes to the same place.
    told = {} if name in OF_ROOTS else {file.name: plain_files(data) for file, data in written.items()}
    return result.exit_code, HASHES.sub("#", result.stdout), HASHES.sub("#", result.stderr), told


def plain_files(data: bytes) -> dict[str, str]:
    """The files of a zip, hashes left out."""
    files = unzipped(data).files.items()
    return {name: HASHES.sub("#", held.decode()) for name, held in files}
