"""A person at work: the commands they give, each with its times, its signature and its receipt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.cli.attribution import attribution
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.auth.people import Here
    from adapters.cli.place import Place
    from domain.clinical_time import ClinicalTime
    from domain.protocol import Protocol as TrialProtocol
    from domain.record import Attribution
    from projections.as_of import View
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
    "recorded",
    "released",
    "thawed",
    "started",
)
"""Fields of commands that hold a clinical time."""

_LISTED = ("paused", "resumed")
"""Those that hold several."""


@dataclass(frozen=True, slots=True)
class Done:
    """A command carried out, its facts and the deviations that came with them. `sentences` are those of the
    facts in the language of the place.
    """

    kind: str
    trial: str
    receipt: Receipt
    facts: tuple[dict[str, Any], ...]
    sentences: tuple[str, ...]
    deviations: tuple[dict[str, Any], ...]


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
        from workflows.command import COMMANDS, Command, Report, command_from

        filled = {name: value for name, value in fields.items() if value is not None}
        if self.at:
            filled["at"] = self.at
        for name in TIMES:
            if isinstance(filled.get(name), str) and not isinstance(filled[name], ClinicalTime):
                filled[name] = time_of(name, filled[name], zone or self._zone(filled))
        for name in _LISTED:
            if filled.get(name):
                place = zone or self._zone(filled)
                filled[name] = tuple(time_of(name, each, place) for each in filled[name])
        if filled.get("signed") and isinstance(filled["signed"], Mapping):
            place = zone or self._zone(filled)
            filled["signed"] = {who: time_of(who, text, place) for who, text in filled["signed"].items()}
        if "at" not in filled and issubclass(COMMANDS.get(kind, Command), Report):
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
        if getattr(command, "site", "") != self.by.site:  # of its own site the command says so itself
            self._site_is_known()
        if type(command).SIGNS and here is not None:
            _confirm(app, here, command)
        receipt = app.engine.execute(trial, command, self.by, self.command_id)
        written = (
            list(app.reading.entries(trial, after=receipt.first - 1, upto=receipt.last))
            if receipt.last
            else []
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
        sentences = tuple(entry.record.fact.sentence(self.place.language) for entry in written)
        made = tuple(self._made(trial, command, receipt))
        return Done(command.KIND, trial, receipt, facts, sentences, made)

    def _site_is_known(self) -> None:
        """Raise Refused where the person acts at no site of the trial, once the trial has any."""
        app, site = self.place.app, self.by.site
        trial = self.place.given_trial or self.place.sole
        if not site or not trial or not app.reading.head(trial)[0]:
            return
        known = app.view(trial).trial
        if known.versions and site not in known.known_sites:
            raise NotFound("site.unknown", f"the protocol has no site {site}", where="--site")

    def _made(self, trial: str, command: Command, receipt: Receipt) -> Iterator[dict[str, Any]]:
        """The deviations that came with a command about a participant, where this role may ask for them."""
        from projections.deviations import deviations_made
        from workflows.policy import QUESTIONS

        code, app = getattr(command, "participant", None) or "", self.place.app
        if not code or not receipt.last or self.by.role not in QUESTIONS["deviation.list"]:
            return
        span = receipt.first, receipt.last
        for each in deviations_made(app.reading, trial, code, span, app.clock.now()):
            yield {
                "deviation": each.id,
                "rule": each.rule,
                "subject": each.subject,
                "detail": each.detail,
            }

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

    @cached_property
    def seen(self) -> App:
        """The application as this person sees it, at the sites of the role: what is read on the way to a
        command is answered, in words or by what is refused, before anybody asks whether they may.
        """
        from adapters.cli.presence import seen_by

        place = self.place
        return seen_by(place.here, self.by.role, place.app, place.trial)

    def view(self) -> View:
        """The trial now, as this person sees it."""
        return self.seen.view(self.place.trial)

    def _zone(self, fields: Mapping[str, Any]) -> str:
        """The zone of the participant's site, or of the site that is named, or of the first site."""
        view = self.view()
        if not view.trial.versions:
            return "UTC"
        code = fields.get("participant")
        known = view.participant(str(code)) if code else None
        sites = view.trial.protocol.site_plans
        site = known.site if known is not None else fields.get("site", "")
        return sites[site].zone if site in sites else view.trial.protocol.sites[0].zone


def acting(place: Place, given: Mapping[str, Any], account: str = "") -> Acting:
    """The person that --as names, with the options that go with it; the holder of that account, if it is
    theirs.
    """
    here = place.here
    if here is None:
        by = attribution(given["by"], given["site"], given["reason"] or "", given["reason_code"])
    else:
        from adapters.cli.presence import claimed

        role = claimed(here, given["by"], place.app, place.given_trial or place.sole, account)
        by = here.attribution(
            role, given["site"], given["reason_code"].strip(), (given["reason"] or "").strip()
        )
    if given["from_paper"].strip():
        from domain.record import Origin

        by = replace(by, origin=Origin.PAPER, origin_id=given["from_paper"].strip())
    return Acting(place, by, given.get("at", "").strip(), given["command_id"].strip())


def _confirm(app: App, here: Here, command: Command) -> None:
    """Ask the signer to authenticate anew, for exactly this command."""
    from adapters.cli.asking import secret

    password = secret("password", "Password, to sign")
    code = secret("code", "Code") if app.people.needs_code(here) else ""
    app.people.confirm(here, (command,), password, code)


def time_of(name: str, text: str, zone: str) -> ClinicalTime:
    """The clinical time that a text says of an option of that name. Raises Invalid, with the option."""
    from domain.clinical_time import ClinicalTime

    try:
        return ClinicalTime.parse(str(text), zone)
    except Invalid as error:
        where = name.replace("_", "-")
        raise Invalid(error.code, error.message, where=where, remedy=error.remedy) from error
