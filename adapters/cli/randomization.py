"""`trialog randomization …`: seal the allocation list, see how it stands, reveal its secret, prove it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from adapters.cli.commands import Answer, Asked, Fields, answers, noun, writes
from adapters.cli.output import Table, instants, pairs
from adapters.cli.rows import Row
from domain.errors import Broken

if TYPE_CHECKING:
    from domain.record import Entry
    from projections.randomization import Finding, Proof

group = noun("randomization", "Seal the allocation list, reveal its secret after the lock, and prove it.")


@writes(
    group,
    "seal",
    "trial.seal_list",
    example="randomization seal --store trial.db --as h.zhou:statistician",
)
def seal() -> Fields:
    """Draw the allocation list from the system's entropy and seal it. Nobody gets to see the secret."""
    return {"secret": secrets.token_hex(32)}


@writes(
    group,
    "reveal",
    "trial.reveal_allocation_secret",
    example="randomization reveal --store trial.db --as h.zhou:statistician",
)
def reveal() -> None:
    """Publish the secret of the list, once, after the lock. Then 'randomization status' tells it."""


@answers(group, "status", example="randomization status --store trial.db")
def status(question: Asked) -> Answer:
    """Tell how the allocation list stands: its commitment and parameters, places taken; never an arm."""
    from domain.allocation import places_of
    from domain.enrolment import AllocationSecretRevealed, ListSealed

    view, trial = question.view, question.view.stood
    masked = _is_masked(question)
    sealing, sealed = _newest(question, ListSealed)
    revealing, revealed = _newest(question, AllocationSecretRevealed)
    data: Row = {
        **instants(view),
        "method": str(trial.protocol.randomization.method) if trial.versions else None,
        "sealed": sealed is not None,
        "sealed_at": None if sealing is None else str(sealing.command.recorded_at),
        "sealed_by": None if sealing is None else sealing.command.attribution.actor,
        "algorithm": None if sealed is None else sealed.algorithm,
        "commitment": None if sealed is None else sealed.commitment,
        # The parameters name the arms, and what a masked role is shown names none.
        "parameters": None if sealed is None or masked else sealed.parameters,
        "places": None if sealed is None else places_of(sealed.parameters),
        "target": trial.protocol.enrolment.target if trial.versions else None,
        "places_taken": view.enrolment.allocated,
        "revealed": revealed is not None,
        "revealed_at": None if revealing is None else str(revealing.command.recorded_at),
        "revealed_by": None if revealing is None else revealing.command.attribution.actor,
        "secret": None if revealed is None or masked else revealed.secret,
    }
    if data["secret"] is not None:  # the list can be made from it
        question.look.told()
    about = {name: value for name, value in data.items() if value is not None and name != "axis"}
    return Answer(data, (pairs(about),))


def _newest(question: Asked, kind: type[Any]) -> tuple[Entry | None, Any]:
    """The newest of the trial's own facts of a kind, with its envelope and without."""
    from projections.as_of import entries_of

    entries = entries_of(question.app.reading, question.view, stream="trial")
    found = [entry for entry in entries if isinstance(entry.record.fact, kind)]
    return (found[-1], found[-1].record.fact) if found else (None, None)


def _is_masked(question: Asked) -> bool:
    """Whether the protocol of today masks the role, whatever instant is asked about; or nobody may look, as
    nothing can be recorded.
    """
    return bool(question.app.departures) or question.app.view(question.view.trial_id).trial.masks(
        question.role
    )


@answers(group, "verify", example="randomization verify --store trial.db")
def verify(question: Asked) -> Answer:
    """Make the list again from its secret, and check every allocation against it.

    The secret is the revealed one, or is opened with the key. Tells only whether places agree; the list is
    shown once its secret is revealed, to roles that are not masked. Ends with exit code 3 at a difference,
    and names the first wrong place.
    """
    from domain.record import Role
    from projections.randomization import proof

    app, view = question.app, question.view
    # Opened for the system: a masked role learns that places agree, which tells no arm.
    found = proof(app.reading.replay(view.trial_id, upto=view.position), app.unseal(view.trial, Role.SYSTEM))
    shown = view.trial.revealed is not None and not _is_masked(question)
    if shown:
        question.look.told()
    sealed = view.trial.allocation_list
    data: Row = {
        **instants(view),
        "commitment": None if sealed is None else sealed.commitment,
        "places_taken": found.taken,
        "checks": [each._asdict() for each in found.checks],
        "findings": [each._asdict() for each in found.findings],
        "list": [each._asdict() for each in found.places] if shown else None,
    }
    return Answer(data, tuple(_told(data)), _failure(view.trial_id, found))


def _told(data: Row) -> list[Table]:
    tables = [
        Table(data["checks"], ("check", "outcome", "detail")),
        Table(data["findings"], ("place", "participant", "check", "what"), "Findings"),
        Table(data["list"] or (), ("place", "participant", "arm"), "List"),
    ]
    return [table for table in tables if table.rows]


def _failure(trial: str, found: Proof) -> Broken | None:
    if not found.findings:
        return None
    more = len(found.findings) - 1
    return Broken(
        "randomization.differs",
        f"{_sentence(found.findings[0])}{f', and {more} more' if more else ''}",
        where=trial,
        rule="every allocation is that of the sealed list",
    )


def _sentence(finding: Finding) -> str:
    if not finding.place:
        return finding.what
    whose = f" ({finding.participant})" if finding.participant else ""
    return f"place {finding.place}{whose}: {finding.what}"
