"""Bringing a trial from its protocol to opened enrolment in one go: each step that is still missing.

Where a time is given, the trial took effect then: its approval, its sites, its enrolment. What people say and
do in taking it up here (the document adopted, its assumptions confirmed, the list sealed) is of now all the
same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from adapters.cli.acting import time_of
from adapters.cli.attribution import attribution
from adapters.cli.commands import positions, receipt_data
from adapters.cli.output import Answer, Table, tell
from domain.errors import Invalid, NotFound, Refused, TrialogError

if TYPE_CHECKING:
    from adapters.cli.acting import Acting, Done
    from adapters.cli.place import Place
    from domain.protocol import Protocol
    from domain.protocol_document import ProtocolDocument
    from domain.record import Attribution
    from domain.trial import Trial


class Wanted(NamedTuple):
    """What people give for the steps: a word, a reference, a name."""

    confirm_assumptions: bool
    ethics: str
    sealed_by: str


class Missing(NamedTuple):
    """A step that is still missing: its name, its command, whether the statistician takes it, and whether it
    is taken now, whenever the trial took effect.
    """

    step: str
    kind: str
    fields: Mapping[str, Any]
    sealing: bool = False
    is_of_now: bool = False


def bring_to_enrolment(person: Acting, document: ProtocolDocument, wanted: Wanted) -> Answer:
    """Do every step still missing. What the steps need is asked for before the first of them is taken."""
    from workflows.policy import authorise
    from workflows.situation import refuse_future
    from workflows.trial import ActivateTrial, SealList

    authorise(ActivateTrial(), person.by)
    name = person.place.trial_of(document)
    known = _known(person.place, name)
    _fits(known, document, person.place)
    _all_given(known, document, wanted)
    if _seals(known, document.protocol):
        authorise(SealList(secret="0" * 64), _sealing(person.by, wanted))
    took_effect = time_of("at", person.at, document.protocol.sites[0].zone) if person.at else None
    app = person.place.make()
    if took_effect is not None:
        refuse_future(took_effect, app.clock.now())
    done: list[tuple[str, Done]] = []
    try:
        for missing in _missing(known, document, wanted):
            done.append((missing.step, _take(missing, person, document.protocol, wanted)))  # noqa: PERF401 - kept on a fault
    except TrialogError:
        for step, each in done:
            tell(f"{step}: {positions(each.receipt)}")
        raise
    return steps_taken(name, done)


def steps_taken(trial: str, done: Sequence[tuple[str, Done]]) -> Answer:
    """What became of each step, by its name."""
    rows = [{"step": step, **receipt_data(each)} for step, each in done]
    told = [{"step": step, "": positions(each.receipt)} for step, each in done]
    return Answer(
        {"trial": trial, "steps": rows}, (Table(told, ("step", "")) if told else "nothing had to be done",)
    )


def _known(place: Place, name: str) -> Trial:
    """The trial as it stands; a planned one where there is no store or no such trial yet."""
    from domain.trial import Trial

    try:
        app = place.app
    except (NotFound, Invalid) as error:
        # An empty PostgreSQL database is no store yet; a foreign one will be refused when it is to be made.
        if error.code not in ("store.missing", "store.foreign"):
            raise
        return Trial()
    return app.view(name).trial if app.reading.head(name)[0] else Trial()


def _fits(trial: Trial, document: ProtocolDocument, place: Place) -> None:
    """Refuse another document than the trial has, and to undo what people decided since."""
    from domain.trial import EnrolmentClosed, TrialStatus

    name = document.protocol.trial
    if trial.versions and trial.versions[-1].digest != document.digest:
        raise Refused(
            "trial.other_protocol",
            f"the trial has another protocol, version {trial.versions[-1].version}",
            where=name,
            remedy="See 'trialog protocol diff'; a change is an amendment.",
        )
    if trial.status in (TrialStatus.FROZEN, TrialStatus.LOCKED, TrialStatus.ARCHIVED):
        raise Refused(f"trial.{trial.status}", f"the trial is {trial.status}", where=name)
    if trial.status is TrialStatus.ACTIVE and not trial.enrolling:
        history = place.app.reading.stream(name, "trial")
        if any(isinstance(record.fact, EnrolmentClosed) for record in history):
            remedy = "Open it with 'trialog trial open'."
            raise Refused("trial.enrolment_closed", "enrolment was closed", where=name, remedy=remedy)


def _all_given(trial: Trial, document: ProtocolDocument, wanted: Wanted) -> None:
    """Refuse to begin while something a later step needs is not given."""
    version = document.protocol.version
    lacking = []
    if document.assumptions and version not in trial.confirmed and not wanted.confirm_assumptions:
        lacking.append(f"--confirm-assumptions (there are {len(document.assumptions)})")
    if version not in trial.approved and not wanted.ethics.strip():
        lacking.append("--ethics REF")
    if _seals(trial, document.protocol):
        if not wanted.sealed_by:
            lacking.append("--sealed-by ACTOR")
        else:
            _sealer(wanted)
    if lacking:
        remedy = "See 'trialog protocol show --assumptions' for what is confirmed."
        raise Invalid("usage.activation", f"activation needs {', '.join(lacking)}", remedy=remedy)


def _seals(trial: Trial, protocol: Protocol) -> bool:
    from domain.protocol import RandomizationMethod

    made_here = protocol.randomization.method is RandomizationMethod.PERMUTED_BLOCKS
    return made_here and trial.allocation_list is None


def _missing(trial: Trial, document: ProtocolDocument, wanted: Wanted) -> Iterator[Missing]:
    from domain.trial import TrialStatus

    protocol, version = document.protocol, document.protocol.version
    if not trial.versions:
        yield Missing("adopt", "trial.adopt_protocol", {"document": document.text}, is_of_now=True)
    if document.assumptions and version not in trial.confirmed:
        fields = {"version": version, "digest": document.digest}
        yield Missing("confirm assumptions", "trial.confirm_assumptions", fields, is_of_now=True)
    if version not in trial.approved:
        fields = {"version": version, "reference": wanted.ethics}
        yield Missing("ethics approval", "trial.record_ethics_approval", fields)
    for site in protocol.site_plans:
        if site not in trial.sites:
            yield Missing(f"activate site {site}", "trial.activate_site", {"site": site})
    if _seals(trial, protocol):
        fields = {"secret": token_hex(32)}
        yield Missing("seal list", "trial.seal_list", fields, sealing=True, is_of_now=True)
    if trial.status is not TrialStatus.ACTIVE:
        yield Missing("activate", "trial.activate", {})
    if not trial.enrolling:
        yield Missing("open enrolment", "trial.open_enrolment", {})


def _take(missing: Missing, person: Acting, protocol: Protocol, wanted: Wanted) -> Done:
    by = person.by
    if missing.sealing:
        by = _sealing(by, wanted)
    here = replace(person, at="") if missing.is_of_now else person
    step = here.of_many(by, missing.step.replace(" ", "-"))
    return step.carry_out(protocol.trial, step.command(missing.kind, missing.fields, protocol.sites[0].zone))


def _sealing(by: Attribution, wanted: Wanted) -> Attribution:
    actor, role = _sealer(wanted)
    return replace(by, actor=actor, role=role)


def _sealer(wanted: Wanted) -> tuple[str, Any]:
    given = attribution(wanted.sealed_by if ":" in wanted.sealed_by else f"{wanted.sealed_by}:statistician")
    return given.actor, given.role
