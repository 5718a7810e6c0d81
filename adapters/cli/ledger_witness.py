"""`trialog ledger request` and `cosign`: what goes to a witness and what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Answer, looks
from adapters.cli.ledger import PolicyFile, group
from adapters.cli.output import Table, pairs
from adapters.cli.place import Place
from adapters.cli.witness import text_of
from domain.errors import NotFound

OfSystem = Annotated[bool, typer.Option("--system", help="The system log instead of a trial's.")]


@looks(group, "request", example="ledger request --witness hospital.example/pi --out request.txt")
def request(
    place: Place,
    witness: Annotated[str, typer.Option("--witness", metavar="NAME", help="The name of the witness's key.")],
    of_system: OfSystem = False,
    old: Annotated[
        int | None,
        typer.Option("--old", metavar="SIZE", help="The size that the witness holds, where it has said so."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", metavar="FILE", help="A new file for it.")] = None,
) -> Answer:
    """Write what a witness is to cosign: the newest checkpoint, and the proof that it continues the last."""
    from adapters.files.places import check_new, write_new
    from adapters.ledger.witness import request as made_of
    from domain.identifiers import SYSTEM_LOG

    if out is not None:
        check_new(out)
    log = SYSTEM_LOG if of_system else place.trial
    made = made_of(place.app, log, witness, old)
    if out is not None:
        write_new(out, str(made))
    data = {"log": log, "old": made.old, "request": str(made)}
    return Answer(data, tuple(str(made).removesuffix("\n").split("\n")))


@looks(group, "cosign", example="ledger cosign cosigned.txt --policy tmf/policy.txt", asks=False)
def cosign(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The cosigned note, as the witness sent it.")],
    policy: PolicyFile = "",
) -> Answer:
    """Verify a witness's cosignature under the policy's key, and keep it beside the checkpoint."""
    from adapters.ledger.policy_file import policy_of
    from adapters.ledger.witness import keep_cosignature

    known = policy_of(place.store, policy)
    if known is None:
        raise NotFound("policy.none", "there is no policy file", remedy="Give --policy FILE.")
    rows = [
        {"log": log, "witness": anchor.holder, "size": anchor.size}
        for log, anchor in keep_cosignature(place.app, text_of(file), known)
    ]
    return Answer({"cosignatures": rows}, (Table(rows, ("log", "witness", "size")),))


@looks(
    group, "timestamp", example="ledger timestamp --tsa https://tsa.example --tsa-root tsa.pem", asks=False
)
def timestamp(
    place: Place,
    tsa: Annotated[
        str, typer.Option("--tsa", envvar="TRIALOG_TSA", metavar="URL", help="The time-stamping authority.")
    ],
    root: Annotated[
        Path,
        typer.Option(
            "--tsa-root", envvar="TRIALOG_TSA_ROOT", metavar="FILE", help="Its root certificate, in PEM."
        ),
    ],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="Its name here; by default its host's.")
    ] = "",
    of_system: OfSystem = False,
) -> Answer:
    """Have the newest checkpoint time-stamped (RFC 3161), verify the stamp and keep it.

    Ends with exit code 3 when what comes back is no stamp of this checkpoint under that root.
    """
    from adapters.keys.rfc3161 import certificates
    from adapters.ledger.timestamp import timestamp as carry_out
    from domain.identifiers import SYSTEM_LOG

    log = SYSTEM_LOG if of_system else place.trial
    anchor, stamped = carry_out(place.app, log, tsa, certificates(root), name)
    data = {
        "log": log,
        "size": anchor.size,
        "tsa": anchor.holder.removeprefix("tsa/"),
        "stamped_at": str(stamped.at),
    }
    return Answer(data, (pairs(data),))


@looks(group, "page", example="ledger page --out checkpoint.html --store trial.db")
def page(
    place: Place,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A new file for it.")],
    as_note: Annotated[
        bool, typer.Option("--note", help="The note alone, as text: what 'audit verify --note' takes.")
    ] = False,
    size: Annotated[
        int | None,
        typer.Option("--size", metavar="N", help="The checkpoint of that size; the newest if not."),
    ] = None,
    of_system: OfSystem = False,
) -> Answer:
    """Write a checkpoint as a page to print and file (HTML): the note, the public keys and a QR code.

    With --note as the signed text alone, with its cosignatures: keep it where the store cannot be reached.
    """
    from adapters.files.places import check_new, write_new
    from adapters.ledger.checkpoints import kept
    from adapters.ledger.page import page as made_of
    from domain.identifiers import SYSTEM_LOG

    check_new(out)
    found = kept(place.app, SYSTEM_LOG if of_system else place.trial)
    anchor = found.checkpoint(size)
    note = found.whole(anchor)
    text = str(note) if as_note else made_of(note, found.keys, str(anchor.kept_at))
    write_new(out, text)
    data = {"file": str(out), "log": found.log, "size": anchor.size}
    return Answer(data, (pairs(data),))
