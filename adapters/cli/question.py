"""A question as a command line puts it: of which trial, as of when, and who is looking."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from adapters.cli.attribution import looking
from adapters.cli.output import tell
from adapters.cli.spans import instant, zone
from domain.errors import Denied, Invalid, NotFound

if TYPE_CHECKING:
    from adapters.app import App
    from adapters.cli.acting import Acting
    from adapters.cli.place import Place
    from adapters.viewing import Look
    from domain.clinical_time import Instant
    from domain.participant import Participant
    from domain.record import Attribution, Role
    from projections.as_of import View
    from projections.deviation_handling import Deviation
    from projections.ports import Unseal


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


def asked(place: Place, given: Mapping[str, Any], question: str, *, last_of_day: bool = True) -> Asked:
    """The question of that name that --as-of, --axis, --known-at and --role put. A day stands for its last
    instant, or for its first. Raises Denied if the role may not.
    """
    from projections.as_of import Axis
    from workflows.policy import authorise_question

    here = place.here
    if here is None:
        by = looking(given["role"])
        try:
            authorise_question(question, by.role)
        except Denied as denied:
            denied.remedy = "Ask in your own role: --role ROLE, or set TRIALOG_AS=ACTOR:ROLE."
            raise
    app, trial = place.app, place.trial
    if here is not None:
        from adapters.cli.presence import asking_role
        from adapters.narrowing import narrowed

        role, sites = asking_role(here, question, given["role"], app, trial, may_narrow=True)
        by = here.attribution(role)
        app = narrowed(app, trial, sites)
    place.warn()
    as_of = as_of_from(given["as_of"], app, trial, place.language, last_of_day=last_of_day)
    known_at = as_of_from(given["known_at"], app, trial, place.language)
    view = app.view(trial, as_of, Axis(given["axis"]), known_at)
    about = str(given.get("participant") or "")
    return Asked(app, view, by, question, given["purpose"].strip(), about)


def asked_by(person: Acting, question: str, participant: str = "") -> Asked:
    """The question of that name, about a participant if one is named, as of now, of somebody at work: what
    they are shown on the way to a command is no more than what they may ask. Raises Denied.
    """
    given = {
        "role": str(person.by.role),
        "as_of": None,
        "axis": "recorded",
        "known_at": None,
        "purpose": "",
    }
    return asked(person.place, {**given, "participant": participant}, question)


def as_of_from(
    given: str | None, app: App, trial: str, language: str, *, last_of_day: bool = True
) -> Instant | int | None:
    """The instant, day, position or data cut that a text names; None for now. Raises NotFound, Invalid.

    Which instant of a day, and of whose day, is said on stderr. An empty text is no way to say now: a script
    whose variable is empty meant another instant.
    """
    from domain.clinical_time import ClinicalTime, Instant

    if given is None:
        return None
    text = given.strip()
    if not text:
        raise Invalid("as_of.empty", "no instant is named", remedy="Leave --as-of out to ask as of now.")
    if re.fullmatch(r"[0-9]{1,18}", text):
        if re.fullmatch(r"(19|20)\d\d", text) and int(text) <= app.reading.head(trial)[0]:
            tell(f"trialog: {text} is taken as a position, not as a year; an instant is 2026-11-23T04:38:29Z")
        return int(text)
    cuts = app.view(trial).trial.cuts
    if text in cuts:
        return cuts[text]
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*\[\S+\]", text):
        return Instant.of(ClinicalTime.parse(text).earliest)  # as it stands in other answers
    if re.fullmatch(r"\d{4}-\d\d(-\d\d)?", text):
        view = app.view(trial)
        moment = instant(view, text, last=last_of_day)
        tell(f"trialog: {_TAKEN[language][last_of_day].format(day=text, zone=zone(view))}{moment}")
        return moment
    if re.match(r"\d{4}-\d\d", text):
        return Instant.parse(text)
    known = f"or a data cut: {', '.join(cuts)}" if cuts else "(there is no data cut yet)"
    remedy = f"Give a day, an instant, as 2026-11-23T04:38:29Z, or a position {known}."
    raise NotFound("as_of.unknown", f"'{text}' is no day, instant, position or data cut", remedy=remedy)


_TAKEN = {
    "en": ("{day} is meant from its beginning in {zone}: ", "{day} is meant to its end in {zone}: "),
    "zh": ("{day} 自开始时（{zone}）计：", "{day} 计至结束时（{zone}）："),
}
"""How a day is taken: from its first instant, or to its last."""
