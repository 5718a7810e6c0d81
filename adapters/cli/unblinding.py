"""`trialog unblinding …`: the blind broken in an emergency, and who learned what, when and why."""

from __future__ import annotations

from typing import Any

from adapters.cli.commands import Acting, Answer, Asked, answers, noun, performs, receipt_data
from adapters.cli.options import OnlyParticipant, Participant
from adapters.cli.output import listing, pairs

group = noun("unblinding", "Break the blind in an emergency, and see who learned an allocation.")


@performs(
    group,
    "emergency",
    timed=True,
    example='unblinding emergency SY01-001 --reason "liver failure, needs surgery" --as li.wei:investigator',
)
def emergency(person: Acting, participant: Participant) -> Answer:
    """Learn the allocation of one participant in an emergency.

    That it was learned, by whom and why, is recorded first; the arm is told here and nowhere else. A
    repetition under the same id tells it no more.
    """
    from projections.as_of import participant_of

    done = person.execute("unblinding.break_blind", {"participant": participant})
    data: dict[str, Any] = {**receipt_data(done), "participant": participant, "arm": None}
    if not done.receipt.repeated:
        known = participant_of(person.view(), participant).randomized
        if known is not None:
            data["arm"] = person.place.app.vault.open(known.allocation).strip()
    return Answer(data, (pairs({"participant": participant, "arm": data["arm"] or "told before"}),))


@answers(group, "list", example="unblinding list --store trial.db")
def list_disclosures(question: Asked, participant: OnlyParticipant = "") -> Answer:
    """List who learned an allocation, when and why, and whether the impact is assessed; never the arm."""
    from domain.unblinding import Unblinded

    view = question.view
    rows = []
    for code, known in view.participants().items():
        if not known.unblinded or participant not in ("", code):
            continue
        still_open = {each.fact for each in known.open_assessments}
        facts = {each.when.fact: str(each.when.at) for each in known.unblinded}
        for entry in question.app.reading.entries(
            view.trial_id, stream=f"participant/{code}", upto=view.position
        ):
            fact = entry.record.fact
            if isinstance(fact, Unblinded) and entry.record.position in facts:
                rows.append(
                    {
                        "participant": code,
                        "kind": fact.kind,
                        "informed": list(fact.informed),
                        "reason": fact.reason,
                        "at": facts[entry.record.position],
                        "actor": entry.command.attribution.actor,
                        "role": str(entry.command.attribution.role),
                        "assessed": entry.record.position not in still_open,
                        "fact": entry.record.position,
                    }
                )
    return listing(view, rows, ("participant", "kind", "informed", "reason", "at", "actor", "assessed"))


@answers(group, "views", example="unblinding views --participant SY01-001 --store trial.db")
def list_views(question: Asked, participant: OnlyParticipant = "") -> Answer:
    """List who looked at unmasked data: when, in which role, by which question, what for; never the arm."""
    from domain.viewing import VIEWING_STREAM, AllocationViewed
    from projections.as_of import entries_of

    view = question.view
    rows = []
    for entry in entries_of(question.app.reading, view, stream=VIEWING_STREAM):
        fact, command = entry.record.fact, entry.command
        # A look at more than one participant is a look at each of them.
        if isinstance(fact, AllocationViewed) and (fact.participant in ("", participant) or not participant):
            rows.append(
                {
                    "at": str(command.recorded_at),
                    "actor": command.attribution.actor,
                    "role": fact.role,
                    "question": fact.question,
                    "participant": fact.participant,
                    "purpose": fact.purpose,
                    "fact": entry.record.position,
                }
            )
    return listing(view, rows, ("at", "actor", "role", "question", "participant", "purpose"))
