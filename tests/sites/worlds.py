"""Two worlds of one trial that differ in nothing but what happened at another site, and somebody who asks.

Whoever has a role at S2 alone must be answered the same in both: whatever differs in an answer was learned
from S1.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from typer.main import get_command
from typer.testing import CliRunner

import trialog.alert_command as _alert_command  # noqa: F401 - adds its commands to the alerts' own
from adapters.app import App
from adapters.cli.app import command_line
from adapters.narrowing import narrowed
from domain.record import Role
from tests.sites.otherwise import copied_otherwise
from tests.sites.played import HERE, THERE, name_of, played
from tests.support.people import House
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, log_of
from trialog import scheduler_command
from workflows.command import Command


class Said(NamedTuple):
    """What a command line answered, and how it ended."""

    exit_code: int
    stdout: str
    stderr: str


class World:
    """A trial, and people who have a role at one of its sites and a command line on it."""

    def __init__(self, scenario: Scenario, house: House) -> None:
        self.scenario = scenario
        self.begins = scenario.app.reading.head(TRIAL)[0]
        self._house = house
        self.names: dict[str, str] = {}
        # Built once: it takes longer than most answers.
        self._line = get_command(command_line(self._open, "0.0.0", scheduler_command.group))

    def _open(self, location: str, *, create: bool = False, as_it_lies: bool = False) -> App:
        assert (location, create) == (self.scenario.location, False)
        return replace(self.scenario.app, store=_LeftOpen())

    @property
    def part(self) -> App:
        """The application as it is seen at S2."""
        return narrowed(self.scenario.app, TRIAL, [HERE])

    def run(self, *words: str, role: Role) -> Said:
        """What somebody who has a role at S2 alone is answered."""
        folder = Path(self.scenario.location).parent
        session = folder / f"{role}.session"
        session.write_text(self._house.here[name_of(role)].ticket, "utf-8")
        env = {"TRIALOG_STORE": self.scenario.location, "TRIALOG_SESSION": str(session)}
        with CliRunner(env=env).isolation() as (out, err, *_):
            try:
                self._line.main(list(words), prog_name="trialog")
            except SystemExit as end:
                code = int(end.code or 0)
            sys.stderr.flush()
            return Said(code, out.getvalue().decode(), err.getvalue().decode())

    def data(self, *words: str, role: Role) -> Any:  # noqa: ANN401 - JSON of any shape
        """The same as JSON, which there must be."""
        result = self.run(*words, "--json", role=role)
        assert result.exit_code == 0, (words, result.stderr)
        return json.loads(result.stdout)

    def do(self, role: Role, command: Command) -> None:
        """Let somebody who has a role at S2 alone do something."""
        by = self._house.by(name_of(role), role)
        self.scenario.app.engine.execute(log_of(command), command, by)

    def close(self) -> None:
        """Close the store."""
        self.scenario.close()


class _LeftOpen:
    """A store that one command leaves open for the next."""

    def close(self) -> None: ...

    def database_time(self) -> None: ...


def two_worlds(folder: Path) -> tuple[World, World]:
    """A trial, and the same with another course at S1."""
    folder.mkdir()
    scenario, house = played(folder / "one")
    other = copied_otherwise(scenario, folder / "other", THERE, {"theirs.": "others."})
    for each in (scenario, other):
        each.app.close()
        each.app = each.opened(seed=1000)
    return World(scenario, house), World(other, house)
