"""From options to a store, a trial, an instant and a person: what every command begins with."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from adapters.cli.output import tell
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.auth.people import Here
    from adapters.viewing import Look
    from domain.clinical_time import ClinicalTime, Instant
    from domain.participant import Participant
    from domain.protocol import Protocol as TrialProtocol
    from domain.protocol_document import ProtocolDocument
    from domain.record import Attribution, Role
    from projections.as_of import View
    from projections.deviation_handling import Deviation
    from projections.ports import Unseal
    from workflows.command import Command, Receipt

TIMES = (
    "at",
    "appointment",
    "use_by",
    "expires",
    "ended",
    "aware",
    "starts",
    "ends",
    "valid_from",
    "valid_until",
    "born",
)
"""Fields of commands that hold a clinical time."""


class OpenApp(Protocol):
    """Opens the store at a location, made first if `create` says so."""

    def __call__(self, location: str, *, create: bool = False) -> App: ...


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
        here = self.here
        if here is None:
            _authorise(self.question, _role_at_hand())
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
        """Say on stderr that the store is read-only, if it is: what is asked is answered nevertheless."""
        if self._app is not None and self._app.departures:
            from adapters.ledger.standing import read_only

            tell(f"trialog: {read_only(self._app.departures)}")

    def open(self, *, create: bool = False) -> App:
        """Open the store, and make it first if `create` says so."""
        if not self.store:
            raise Invalid(
                "usage.no_store",
                "no store is named",
                remedy="Give --store PATH_OR_URL, or set TRIALOG_STORE.",
            )
        self._app = self._door.open_app(self.store, create=create)
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


# ---------------------------------------------------------------- questions


@dataclass(frozen=True)
class Asked:
    """A question: of which trial, as of when, who is looking, and what for."""

    app: App
    view: View
    by: Attribution
    name: str
    purpose: str = ""
    about: str = ""

    @property
    def role(self) -> Role:
        """The role of the one who looks."""
        return self.by.role

    @cached_property
    def look(self) -> Look:
        """What this answer tells of allocations: recorded before the first is told."""
        from adapters.viewing import Look

        return Look(self.judging, self._record)

    @property
    def unseal(self) -> Unseal:
        """How the one who looks reads sealed values that the answer tells."""
        return self.look.unseal

    @cached_property
    def judging(self) -> Unseal:
        """How sealed values are read to judge by them, where the answer does not tell them. Who is masked is
        taken from the protocol of today, whatever instant is asked about: a role masked since must not learn
        an arm from the past. In a store that is behind its signer no look can be recorded, so there is none.
        """
        if self.app.departures:
            from projections.ports import sealed_to_all

            return sealed_to_all
        return self.app.unseal(self.app.view(self.view.trial_id).trial, self.role)

    def deviations(self, code: str = "") -> list[Deviation]:
        """The deviations of the trial or one participant; telling one of route is a look at an allocation."""
        from projections.deviation_codes import WRONG_ROUTE
        from projections.deviations import deviations

        found = list(deviations(self.view, self.judging, code))
        if any(each.rule == WRONG_ROUTE for each in found):
            self.look.told()
        return found

    def _record(self) -> None:
        from workflows.command import checked
        from workflows.viewing import ViewAllocation

        about = self.about or None
        looked = checked(ViewAllocation, question=self.name, purpose=self.purpose, participant=about)
        self.app.engine.execute(self.view.trial_id, looked, self.by)

    def participant(self, code: str) -> Participant:
        """A participant as of the instant. Raises NotFound."""
        from projections.as_of import participant_of

        return participant_of(self.view, code)


def asked(place: Place, given: Mapping[str, Any], question: str) -> Asked:
    """The question of that name that --as-of, --axis and --role put. Raises Denied if the role may not."""
    from projections.as_of import Axis

    here = place.here
    if here is None:
        by = _looking(given["role"])
        _authorise(question, by.role)
    app, trial = place.app, place.trial
    if here is not None:
        from adapters.cli.presence import asking_role
        from adapters.narrowing import narrowed

        role, sites = asking_role(here, question, given["role"], app, trial, may_narrow=True)
        by = here.attribution(role)
        if sites:
            app = narrowed(app, trial, sites)
    place.warn()
    view = app.view(trial, as_of_from(given["as_of"], app, trial), Axis(given["axis"]))
    about = str(given.get("participant") or "")
    return Asked(app, view, by, question, given["purpose"].strip(), about)


def _authorise(question: str, role: Role) -> None:
    from workflows.policy import authorise_question

    authorise_question(question, role)


def as_of_from(given: str | None, app: App, trial: str) -> Instant | int | None:
    """The instant, position or data cut that a text names; None for now. Raises NotFound, Invalid.

    An empty text is no way to say now: a script whose variable is empty meant another instant.
    """
    from domain.clinical_time import Instant

    if given is None:
        return None
    text = given.strip()
    if not text:
        raise Invalid("as_of.empty", "no instant is named", remedy="Leave --as-of out to ask as of now.")
    if re.fullmatch(r"[0-9]{1,18}", text):
        return int(text)
    cuts = app.view(trial).trial.cuts
    if text in cuts:
        return cuts[text]
    if re.match(r"\d{4}-\d\d", text):
        return Instant.parse(text)
    known = f" or a data cut: {', '.join(cuts)}" if cuts else "; there is no data cut yet"
    remedy = f"Give an instant, as 2026-11-23T04:38:29Z, a position{known}."
    raise NotFound("as_of.unknown", f"'{text}' is no instant, position or data cut", remedy=remedy)


# ---------------------------------------------------------------- people


def role_of(text: str) -> Role:
    """The role of that name. Raises Invalid listing the roles."""
    from domain.record import PEOPLE

    for role in PEOPLE:
        if text.strip().lower().replace("-", "_") == role:
            return role
    raise Invalid("usage.role", f"'{text}' is no role of a person", remedy=f"Roles: {', '.join(PEOPLE)}.")


def _looking(role: str) -> Attribution:
    """Who looks, in a store without accounts: nobody need say so, and then it is kept as not named."""
    from domain.record import Attribution

    by = os.environ.get("TRIALOG_AS", "")
    actor = attribution(by).actor if by else "not named"
    return Attribution(actor, role_of(role) if role else _role_at_hand(), authentication="command-line")


def _role_at_hand() -> Role:
    from domain.record import Role

    by = os.environ.get("TRIALOG_AS", "")
    return attribution(by).role if by else Role.COORDINATOR


def attribution(by: str, site: str = "", reason: str = "", reason_code: str = "") -> Attribution:
    """Who acts, from `--as` and what goes with it. Raises Invalid."""
    from domain.record import PEOPLE, Attribution

    actor, _, role = (part.strip() for part in by.rpartition(":"))
    if not actor:
        people = ", ".join(PEOPLE)
        what = f"'{by}' is not ACTOR:ROLE" if by else "nobody is named as acting"
        remedy = f"Give --as ACTOR:ROLE, or set TRIALOG_AS; roles: {people}."
        raise Invalid("usage.no_actor", what, remedy=remedy)
    return Attribution(
        actor,
        role_of(role),
        site=site,
        reason_code=reason_code.strip(),
        reason_text=reason.strip(),
        authentication="command-line",  # the operating system's sign-in, nothing of ours
    )


# ---------------------------------------------------------------- commands


@dataclass(frozen=True, slots=True)
class Done:
    """A command carried out, and the sentences of its facts."""

    kind: str
    trial: str
    receipt: Receipt
    facts: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Acting:
    """A person at work in a place: at which time, and under which command id."""

    place: Place
    by: Attribution
    at: str = ""
    command_id: str = ""

    def command(self, kind: str, fields: Mapping[str, Any], zone: str = "") -> Command:
        """The command of that kind, its times completed with the site's zone. Raises Invalid.

        A report that names no time speaks of now. Under a command id it must name one: the clock would make
        another command of the repetition.
        """
        import workflows.policy  # noqa: F401 - makes every command known
        from domain.clinical_time import ClinicalTime, Precision
        from workflows.command import COMMANDS, Report, command_from

        filled = {name: value for name, value in fields.items() if value is not None}
        if self.at:
            filled["at"] = self.at
        for name in TIMES:
            if isinstance(filled.get(name), str) and not isinstance(filled[name], ClinicalTime):
                filled[name] = _time(name, filled[name], zone or self._zone(filled))
        if filled.get("signed"):
            place = zone or self._zone(filled)
            filled["signed"] = {who: _time(who, text, place) for who, text in filled["signed"].items()}
        if "at" not in filled and issubclass(COMMANDS[kind], Report):
            if self.command_id:
                raise Invalid(
                    "usage.at_needed",
                    "a report that may be repeated names its time",
                    remedy="Give --at together with --command-id.",
                )
            now = self.place.app.clock.now().moment
            filled["at"] = ClinicalTime.at(now, zone or self._zone(filled), Precision.SECOND)
        return command_from(kind, filled)

    def execute(self, kind: str, fields: Mapping[str, Any]) -> Done:
        """Carry out a command on the trial."""
        return self.carry_out(self.place.trial, self.command(kind, fields))

    def carry_out(self, trial: str, command: Command) -> Done:
        """Carry out a command that is made already."""
        app = self.place.app
        here = self.place.here
        if type(command).SIGNS and here is not None:
            _confirm(app, here, command)
        receipt = app.engine.execute(trial, command, self.by, self.command_id)
        written = (
            app.reading.entries(trial, after=receipt.first - 1, upto=receipt.last) if receipt.last else ()
        )
        facts = tuple(
            {
                "position": entry.record.position,
                "topic": entry.record.fact.TOPIC,
                "effective_at": str(entry.record.effective_at),
                "sentence": entry.record.fact.sentence(),
            }
            for entry in written
        )
        return Done(command.KIND, trial, receipt, facts)

    def of_many(self, by: Attribution, step: str) -> Acting:
        """One of several steps: the same place and time, its own person and command id."""
        from domain.clinical_time import Instant

        at = self.at or Instant.of(self.place.app.clock.now().moment.replace(microsecond=0))
        return replace(self, by=by, at=at, command_id=f"{self.command_id}/{step}" if self.command_id else "")

    def protocol_of(self, code: str) -> TrialProtocol:
        """The protocol version a participant follows. Raises NotFound."""
        from projections.as_of import participant_of, protocol_of

        view = self.view()
        return protocol_of(view.trial, participant_of(view, code))

    def view(self) -> View:
        """The trial now."""
        return self.place.app.view(self.place.trial)

    def _zone(self, fields: Mapping[str, Any]) -> str:
        """The zone of the participant's site, or of the site that is named, or of the first site."""
        view = self.view()
        if not view.trial.versions:
            return "UTC"
        known = view.participants().get(str(fields.get("participant", "")))
        sites = view.trial.protocol.site_plans
        site = known.site if known is not None else fields.get("site", "")
        return sites[site].zone if site in sites else view.trial.protocol.sites[0].zone


def acting(place: Place, given: Mapping[str, Any]) -> Acting:
    """The person that --as names, with the options that go with it."""
    here = place.here
    if here is None:
        by = attribution(given["by"], given["site"], given["reason"] or "", given["reason_code"])
    else:
        from adapters.cli.presence import attributed
        from domain.record import PEOPLE

        told = attribution(
            f"{here.account.account}:{PEOPLE[0]}", given["site"], given["reason"] or "", given["reason_code"]
        )
        by = attributed(here, given["by"], place.app, place.given_trial or place.sole, told)
    if given["from_paper"].strip():
        from domain.record import Origin

        by = replace(by, origin=Origin.PAPER, origin_id=given["from_paper"].strip())
    return Acting(place, by, given["at"].strip(), given["command_id"].strip())


def _confirm(app: App, here: Here, command: Command) -> None:
    """Ask the signer to authenticate anew, for exactly this command."""
    from adapters.cli.asking import secret

    password = secret("password", "Password, to sign")
    code = secret("code", "Code") if app.people.needs_code(here) else ""
    app.people.confirm(here, (command,), password, code)


def _time(name: str, text: str, zone: str) -> ClinicalTime:
    from domain.clinical_time import ClinicalTime

    try:
        return ClinicalTime.parse(text, zone)
    except Invalid as error:
        where = name.replace("_", "-")
        raise Invalid(error.code, error.message, where=where, remedy=error.remedy) from error
