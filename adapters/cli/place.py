"""Where a command is given: a store and a trial in it, opened when they are first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from adapters.cli.attribution import role_at_hand
from adapters.cli.output import tell
from domain.errors import Denied, Invalid, NotFound

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.auth.people import Here
    from domain.protocol_document import ProtocolDocument


class OpenApp(Protocol):
    """Opens the store at a location, made first if `create` says so, or only to look at it `as_it_lies`."""

    def __call__(self, location: str, *, create: bool = False, as_it_lies: bool = False) -> App: ...


@dataclass(frozen=True, slots=True)
class Door:
    """What the composition root hands to the command line."""

    open_app: OpenApp
    release: str = ""


class Place:
    """A store and a trial in it, opened when they are first needed."""

    def __init__(self, door: Door, store: str, trial: str) -> None:
        self.given_trial = trial
        self.is_named = bool(store)
        self._door = door
        self.store = store
        self.question = ""
        self.language = "en"
        self.tells_standing = False
        self.as_it_lies = False
        """Whether the store is evidence: read, and no byte of it changed."""

        self._app: App | None = None

    @property
    def app(self) -> App:
        """The open store. Raises Invalid when none is named; Denied when what is asked of it may not be."""
        if self._app is None:
            app = self.open()
            if self.question:
                self._may_look(app)
                self.warn()
        return self._app or self.open()

    def _may_look(self, app: App) -> None:
        from workflows.policy import authorise_question

        here = self.here
        if here is None:
            try:
                authorise_question(self.question, role_at_hand())
            except Denied as denied:
                denied.remedy = "Ask in your own role: set TRIALOG_AS=ACTOR:ROLE."
                raise
            return
        from adapters.cli.presence import asking_role

        trials = app.reading.trials()
        trial = self.given_trial or (trials[0] if len(trials) == 1 else "")
        asking_role(here, self.question, "", app, trial)

    @cached_property
    def here(self) -> Here | None:
        """Who is signed in; None where there is no store yet, or one without accounts. Raises Denied."""
        from adapters.cli.presence import here_in

        try:
            app = self._app or self.open()
        except (NotFound, Invalid):
            return None
        return here_in(app, self.store)

    def warn(self) -> None:
        """Say on stderr that the store is read-only, if it is and the answer does not tell so itself: what is
        asked is answered nevertheless.
        """
        if self._app is not None and self._app.departures and not self.tells_standing:
            from adapters.held.standing import read_only

            tell(f"trialog: {read_only(self._app.departures)}")

    def open(self, *, create: bool = False) -> App:
        """Open the store, and make it first if `create` says so."""
        if not self.store:
            raise Invalid(
                "usage.no_store",
                "no store is named",
                remedy="Give --store PATH_OR_URL, or set TRIALOG_STORE.",
            )
        self._app = self._door.open_app(self.store, create=create, as_it_lies=self.as_it_lies)
        return self._app

    def open_at(self, store: str) -> App:
        """Open another store; whoever asks closes it."""
        return self._door.open_app(store)

    @property
    def release(self) -> str:
        """The release that is running."""
        return self._door.release

    def make(self) -> App:
        """Open the store, made first if it is not there."""
        return self._app or self.open(create=True)

    @cached_property
    def trial(self) -> str:
        """The trial given, or the only one of the store. Raises NotFound, Invalid."""
        trial = self.given_trial or self.app.sole_trial()
        if not self.app.reading.head(trial)[0]:
            raise NotFound("trial.unknown", f"there is no trial {trial} in this store")
        return trial

    @property
    def sole(self) -> str:
        """The one trial of the store, "" when there is none or there are several."""
        trials = self._app.reading.trials() if self._app is not None else []
        return trials[0] if len(trials) == 1 else ""

    def trial_of(self, document: ProtocolDocument) -> str:
        """The trial a protocol is of. Raises Invalid when another one was given."""
        trial = document.protocol.trial
        if self.given_trial not in ("", trial):
            raise Invalid(
                "protocol.other_trial", f"the protocol is of trial {trial}, not of {self.given_trial}"
            )
        return trial

    def close(self) -> None:
        """Close what was opened."""
        if self._app is not None:
            self._app.close()


@contextmanager
def placed(door: Door, given: Mapping[str, Any]) -> Iterator[Place]:
    """The place that --store and --trial name, closed at the end."""
    place = Place(door, given["store"], given["trial"])
    try:
        yield place
    finally:
        place.close()
