"""Two worlds that differ in nothing but who was allocated to which arm.

Both are played by the same commands, but for the arms and routes in them. An ideal cipher tells nothing of
what it hides, so the second world is given the key under which its own allocations have the very ciphertext
of the first's: what is stored must then be the same to the byte, and whatever differs in an answer was
learned from an allocation.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from typer.main import get_command
from typer.testing import CliRunner

import trialog.alert_command as _alert_command  # noqa: F401 - adds its commands to the alerts' own
from adapters.app import App
from adapters.cli.app import command_line
from adapters.keys.vault import KeyVault
from adapters.store.store import Store
from domain.fact import Fact
from domain.record import ALWAYS_MASKED, PEOPLE, Role
from domain.sealed import ALLOCATION, Sealed
from projections.deviation_codes import WRONG_ROUTE
from projections.deviations import deviation_id
from tests.audit.course import ARMS, SWAPPED, participants
from tests.support.scenario import Scenario
from tests.support.shapes import hold
from tests.support.signing import Signing
from tests.support.trial import EXTERNAL, TRIAL, active, course, day, person, small
from workflows import (
    adverse_event,
    alert,
    correction,
    incident,
    observation,
    outcome,
    participant,
    query,
    safety,
    trial,
    visit,
)
from workflows.command import Command

ENTITLED = (Role.INFUSION_OPERATOR, Role.CELL_LABORATORY)
"""Who gives the product and who prepares it: where arms differ in its route, as here, the first knows it. All
others at the bedside are masked, which the protocols of trials do as well.
"""
BREAKING_THE_BLIND = (Role.INVESTIGATOR, Role.PRINCIPAL_INVESTIGATOR)
"""Masked roles that may learn an arm in an emergency, and are on record for it."""
MASKABLE = tuple(
    role
    for role in PEOPLE
    if role not in (*ENTITLED, Role.RANDOMIZATION_MANAGER, Role.STATISTICIAN, Role.DSMB, Role.ADMINISTRATOR)
    and role not in ALWAYS_MASKED
)
MASKED = (*MASKABLE, *ALWAYS_MASKED)
"""Every role that this trial masks: more than any real one would."""
WAITING = "S1-004"
DEPARTED = deviation_id("S1-003", WRONG_ROUTE, "infusion-1")
"""Weighed by somebody and told in a reminder: what the history says of it is the same in both worlds."""
ENDPOINTS = [
    {"id": "survival", "title": {"en": "Survival"}, "kind": "survival", "horizon_days": 28},
    {"id": "alt", "title": {"en": "ALT"}, "kind": "change", "measure": "alt", "visits": ["week-4"]},
]
PROTOCOL = small(
    EXTERNAL
    | {
        "masking.masked_roles": [role.value for role in MASKABLE],
        "endpoints": ENDPOINTS,
        "scores": {"baseline_visit": "baseline"},
    }
)
_OTHER = {"vein": "artery", "artery": "vein"}


def swapped(text: str) -> str:
    """A sealed text with every arm and route the other one, of the same length."""
    other = re.sub("vein|artery", lambda found: _OTHER[found[0]], text)
    return other.rstrip(" ").ljust(len(text)) if text.endswith(" ") else other


@contextmanager
def the_other_key() -> Iterator[None]:
    """Hold the key under which the other world's ciphertexts open as this world's allocations."""
    vault: Any = KeyVault
    seal, opened = vault.seal, vault.open

    def other_seal(self: KeyVault, scope: str, plain: str) -> Sealed:
        sealed: Sealed = seal(self, scope, swapped(plain) if scope == ALLOCATION else plain)
        return sealed

    def other_open(self: KeyVault, sealed: Sealed) -> str:
        text = str(opened(self, sealed))
        return swapped(text) if sealed.scope == ALLOCATION else text

    vault.seal, vault.open = other_seal, other_open
    try:
        yield
    finally:
        vault.seal, vault.open = seal, opened


class Said(NamedTuple):
    """What a command line answered, how it ended, and what that took: every statement that the database was
    given, with its values, and the scope of every key that was used, in order.
    """

    exit_code: int
    stdout: str
    stderr: str
    statements: tuple[str, ...]
    keys: tuple[str, ...]


class World:
    """A trial with its allocations, and a command line on it."""

    def __init__(self, scenario: Scenario, *, other: bool = False) -> None:
        """A command line on what was played; the `other` world holds the other key."""
        self._other = other
        self._scenario = scenario
        self._clock = scenario.clock
        # Opened and built once, as both take longer than most answers.
        self._app = replace(scenario.app, store=_LeftOpen())
        self._line = get_command(command_line(self._opened, "0.0.0"))

    @classmethod
    def played(cls, folder: Path, arms: dict[str, str], *, other: bool) -> World:
        """The trial with these allocations."""
        with the_other_key() if other else nullcontext():
            scenario = played(folder, arms)
            Signing(scenario.app).sign(TRIAL)
        return cls(scenario, other=other)

    def _opened(self, location: str, *, create: bool = False, as_it_lies: bool = False) -> App:
        assert (location, create) == (self._scenario.location, False)
        return self._app

    @contextmanager
    def _key(self) -> Iterator[None]:
        if self._other:
            with the_other_key():
                yield
        else:
            yield

    def run(self, *words: str, role: Role) -> Said:
        """What a role is answered, at the same moment in both worlds."""
        self._clock.advance(minutes=1)
        env = {"TRIALOG_STORE": self._scenario.location, "TRIALOG_AS": f"somebody:{role}"}
        with (
            self._key(),
            statements_of(self._scenario.store) as statements,
            key_uses() as keys,
            CliRunner(env=env).isolation() as (out, err, *_),
        ):
            try:
                self._line.main(list(words), prog_name="trialog")
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stderr.flush()
            told, faults = out.getvalue().decode(), err.getvalue().decode()
        if "--json" in words and told:
            hold(words, json.loads(told))
        return Said(code, told, faults, tuple(statements), tuple(keys))

    def data(self, *words: str, role: Role) -> Any:  # noqa: ANN401 - JSON of any shape
        """What a role is answered as JSON, which there must be."""
        said = self.run(*words, "--json", role=role)
        assert said.exit_code == 0, (words, said.stderr)
        return json.loads(said.stdout)

    @property
    def head(self) -> int:
        """The last position."""
        return self._scenario.app.reading.head(TRIAL)[0]

    def position(self, kind: type[Fact]) -> int:
        """The position of the first fact of that class."""
        return self._scenario.position(kind)

    def contents(self) -> str:
        """Everything the store holds."""
        return self._scenario.contents()

    def close(self) -> None:
        """Close the store."""
        self._scenario.close()


class _LeftOpen:
    """A store that one command leaves open for the next."""

    def close(self) -> None: ...

    def database_time(self) -> None: ...


@contextmanager
def statements_of(store: Store) -> Iterator[list[str]]:
    """Every statement that a store's connections are given meanwhile, as the driver sends it."""
    given: list[str] = []
    connections: Any = store._connections
    taken = connections.take

    def taking() -> Any:  # noqa: ANN401 - the store's own link
        link = taken()
        link._driver.set_trace_callback(given.append)
        return link

    connections.take = taking
    try:
        yield given
    finally:
        del connections.take
        for link in connections._free:
            link._driver.set_trace_callback(None)


@contextmanager
def key_uses() -> Iterator[list[str]]:
    """The scope of every key that is used meanwhile."""
    used: list[str] = []
    vault: Any = KeyVault
    cipher = vault._cipher

    def noting(self: KeyVault, scope: str) -> Any:  # noqa: ANN401 - a cipher
        used.append(scope)
        return cipher(self, scope)

    vault._cipher = noting
    try:
        yield used
    finally:
        vault._cipher = cipher


def two_worlds(folder: Path) -> tuple[World, World]:
    """A trial and its mirror."""
    return World.played(folder / "one", ARMS, other=False), World.played(
        folder / "other", SWAPPED, other=True
    )


def played(folder: Path, arms: dict[str, str]) -> Scenario:
    """A trial with something of everything that a question can be asked about."""
    folder.mkdir()
    scenario = Scenario(folder)
    scenario.given(active(PROTOCOL), participants(arms), _premedicated(arms["S1-001"])).on(28)
    scenario.given(_followed(), trial.NameDataCut(name="interim"), _watched())
    proposed = _said(correction.ProposeCorrection, visit="baseline", result="alt", value="43")
    scenario.when(proposed, person(Role.MONITOR)).receipt  # noqa: B018 - raises when refused
    seen = {"kind": "accidental", "informed": ("Dr Wang",), "reason": "a chart left open"}
    scenario.given(
        _said(query.OpenQuery, visit="week-4", result="alt", text="which laboratory?"),
        _said(participant.RecordUnblinding, at=day(28), **seen),
        _said(outcome.ClassifyDeviation, participant="S1-003", deviation=DEPARTED, classification="critical"),
        _said(participant.AssessUnblinding, assessment="nothing was assessed after it"),
    )
    return scenario


def _premedicated(arm: str) -> Iterator[Command]:
    """A fourth participant, for whom access is to be placed next: who gives it alone may know the route."""
    yield from course("eligible", WAITING, 4)
    yield participant.RecordRandomization(participant=WAITING, at=day(0, "12:45"), arm=arm)
    yield from course("premedicated", WAITING, 4)[len(course("randomized")) :]


def _said(command: type[Command], **fields: object) -> Command:
    return command.model_validate({"participant": "S1-001", **fields})


def _followed() -> Iterator[Command]:
    reading = observation.Reading(item="alt", value="4500", unit="U/L")
    yield _said(visit.RecordVisit, at=day(28, "09:00"), visit="week-4")
    yield _said(observation.RecordResults, at=day(28, "09:00"), visit="week-4", readings=(reading,))
    yield _said(observation.CorrectResult, visit="baseline", result="alt", value="41")
    yield _said(outcome.RecordDecompensation, at=day(20), type="ascites", subtype="new", grade="2")
    yield _said(outcome.NoteDeviation, at=day(20), text="the sample was stored warm")
    yield _said(participant.RequestReconsent, version="2.0")


def _watched() -> Iterator[Command]:
    yield _said(
        adverse_event.RecordAdverseEvent,
        at=day(20),
        term="fever",
        severity="moderate",
        criteria=("hospitalization",),
        aware=day(21),
    )
    judged = {"causality": "possible", "expected": False, "why": "in time"}
    yield _said(adverse_event.AssessCausality, event="ae-1", **judged)
    yield _said(safety.RecordSubmission, event="ae-1", at=day(21), recipient="sponsor", reference="F-1")
    yield incident.ReportIncident.model_validate(
        {
            "at": day(21),
            "aware": day(21),
            "kind": "security",
            "what": "a notebook was stolen",
            "serious": True,
            "personal_data": True,
        }
    )
    yield alert.RaiseAlert.model_validate(
        {
            "rule": "visit_due",
            "about": "visit_due",
            "role": "coordinator",
            "participant": "S1-001",
            "site": "S1",
            "subject": "week-12",
            "revision": "1-1",
            "due_at": "2026-03-29T00:00:00Z",
            "version": "1.0",
        }
    )
    yield alert.RaiseAlert.model_validate(
        {
            "rule": "untold",
            "about": "deviation_report_overdue",
            "role": "coordinator",
            "participant": "S1-003",
            "site": "S1",
            "subject": DEPARTED,
            "revision": "1-1",
            "due_at": "2026-03-29T00:00:00Z",
            "version": "1.0",
        }
    )
