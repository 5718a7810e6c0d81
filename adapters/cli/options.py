"""The arguments and options that commands share, each defined once with its help."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import typer

Participant = Annotated[str, typer.Argument(metavar="CODE", help="Participant code, as SY01-007.")]
VisitId = Annotated[str, typer.Argument(metavar="VISIT", help="Visit of the protocol, as week-4.")]
ResultId = Annotated[str, typer.Argument(metavar="RESULT", help="Item, as tbil; a further draw is tbil#2.")]
LotId = Annotated[str, typer.Argument(metavar="LOT", help="Lot of product, as its maker labels it.")]
ProtocolSource = Annotated[
    str, typer.Argument(metavar="FILE|NAME", help="A protocol file, or the name of a bundled protocol.")
]
OnlyParticipant = Annotated[str, typer.Option("--participant", metavar="CODE", help="Only this participant.")]
InfusionNumber = Annotated[
    int, typer.Option("--infusion", metavar="N", help="Which infusion of the participant.")
]
Reason = Annotated[
    str | None, typer.Option("--reason", metavar="TEXT", help="Why, in words; kept with the fact.")
]
Was = Annotated[
    str | None,
    typer.Option("--was", metavar="TIME", help="When it is recorded: refused if another time stands there."),
]
ActingSite = Annotated[str, typer.Option("--site", metavar="SITE", help="The site where the person acts.")]
Axis = Literal["recorded", "effective"]

LANGUAGE = "TRIALOG_LANGUAGE"
"""The variable that says the language of answers, receipts and refusals for people: `en` or `zh`."""

Language = Annotated[
    Literal["en", "zh"], typer.Option("--language", envvar=LANGUAGE, help="English or Chinese.")
]

SHARED: dict[str, tuple[Any, Any]] = {
    "language": (
        Annotated[
            Literal["en", "zh"],
            typer.Option(
                "--language", envvar=LANGUAGE, help="English or Chinese, for people; JSON stays as it is."
            ),
        ],
        "en",
    ),
    "store": (
        Annotated[
            str,
            typer.Option(
                "--store",
                envvar="TRIALOG_STORE",
                metavar="PATH_OR_URL",
                help="The store: a SQLite file or a PostgreSQL URL.",
            ),
        ],
        "",
    ),
    "trial": (
        Annotated[
            str,
            typer.Option("--trial", metavar="ID", help="The trial; by default the only one in the store."),
        ],
        "",
    ),
    "as_of": (
        Annotated[
            str | None,
            typer.Option(
                "--as-of",
                metavar="INSTANT|DAY|POSITION|CUT",
                help="Answer as of then: 2026-11-23T04:38:29Z, 2026-11-23 (to its end, at the trial's first "
                "site), 1204 or a data cut's name; by default now.",
            ),
        ],
        None,
    ),
    "start": (
        Annotated[
            str,
            typer.Argument(
                metavar="FROM", help="A day or an instant, a position or a data cut, as of which."
            ),
        ],
        ...,
    ),
    "end": (
        Annotated[
            str, typer.Argument(metavar="TO", help="The same, of the later one; a day is meant to its end.")
        ],
        ...,
    ),
    "axis": (
        Annotated[
            Axis,
            typer.Option(
                "--axis",
                help="As of an instant: what was recorded by then, or what had happened by then.",
            ),
        ],
        "recorded",
    ),
    "known_at": (
        Annotated[
            str | None,
            typer.Option(
                "--known-at",
                metavar="INSTANT|POSITION|CUT",
                help="With --axis effective: as was known then; by default all that is known.",
            ),
        ],
        None,
    ),
    "role": (
        Annotated[
            str,
            typer.Option(
                "--role",
                metavar="ROLE",
                help="Who is looking: roles that the protocol masks see no allocation. By default the role of"
                " TRIALOG_AS, or coordinator.",
            ),
        ],
        "",
    ),
    "purpose": (
        Annotated[
            str,
            typer.Option(
                "--purpose",
                metavar="TEXT",
                help="What for: kept with the look, where the answer tells an allocation.",
            ),
        ],
        "",
    ),
    "by": (
        Annotated[
            str,
            typer.Option(
                "--as",
                envvar="TRIALOG_AS",
                metavar="ACTOR:ROLE",
                help="Who acts, as li.wei:investigator.",
            ),
        ],
        "",
    ),
    "site": (ActingSite, ""),
    "at": (
        Annotated[
            str,
            typer.Option(
                "--at",
                metavar="TIME",
                help="When it happened, as exactly as it is known: 2026-03-05T09:30, 2026-03-05 or 2026-03;"
                " without a zone in that of the site. By default now.",
            ),
        ],
        "",
    ),
    "reason": (Reason, None),
    "reason_code": (
        Annotated[
            str, typer.Option("--reason-code", metavar="CODE", help="Why, as a code of the site's own list.")
        ],
        "",
    ),
    "from_paper": (
        Annotated[
            str,
            typer.Option(
                "--from-paper",
                metavar="SOURCE",
                help="It is copied from this paper, as 'worksheet 3': a second person checks it.",
            ),
        ],
        "",
    ),
    "command_id": (
        Annotated[
            str,
            typer.Option(
                "--command-id",
                metavar="ID",
                help="An id of your own: the same command under the same id again changes nothing.",
            ),
        ],
        "",
    ),
    "as_json": (Annotated[bool, typer.Option("--json", help="Answer in JSON, errors too.")], False),
}
"""Name in the code → type with its option, and default."""

PLACE = ("store", "trial", "language")
QUESTION = (*PLACE, "as_of", "axis", "known_at", "role", "purpose")
SPAN = ("start", "end", *PLACE, "axis", "known_at", "role", "purpose")
WRITING = (*PLACE, "by", "site", "at", "reason", "reason_code", "from_paper", "command_id")
UNTIMED_WRITING = tuple(name for name in WRITING if name != "at")

UNTIMED = frozenset(
    {
        "calendar.revoke_feed",
        "correction.accept",
        "correction.apply_fix",
        "correction.approve_fix",
        "correction.reject",
        "infusion.correct_dose",
        "infusion.correct_times",
        "infusion.correct_use_by",
        "infusion.void",
        "lot.correct",
        "observation.correct",
        "observation.correct_time",
        "observation.void",
        "observation.void_treatment",
        "outcome.correct_adverse_event",
        "outcome.correct_decompensation",
        "outcome.correct_decompensation_grade",
        "outcome.correct_decompensation_resolution",
        "outcome.void_adverse_event",
        "outcome.void_decompensation",
        "participant.correct_event",
        "participant.correct_screening",
        "participant.void_event",
        "privacy.lift_restriction",
        "privacy.record_identity",
        "privacy.request_erasure",
        "privacy.request_redaction",
        "privacy.restrict_processing",
        "record.freeze",
        "record.lock",
        "record.request_unlock",
        "record.unfreeze",
        "record.unlock",
        "record.verify",
        "safety.correct_report",
        "safety.correct_time",
        "safety.void_submission",
        "sample.correct",
        "sample.correct_hand_out",
        "sample.void",
        "trial.correct_activation",
        "visit.void",
    }
)
"""Commands of the workflow that do not ask, as all others do, when it was, by default now: they stand at the
present or at the time of what they put right, or ask for the right one themselves. A list, since what makes
every command known takes too long where only help is asked for.
"""
