"""`trialog witness …`: what a witness at the site or the sponsor does, without any store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Answer, looks, noun
from adapters.cli.output import pairs
from adapters.cli.place import Place
from domain.errors import Invalid

group = noun("witness", "Cosign checkpoints, at the site or the sponsor; a file or an e-mail is enough.")

WitnessFolder = Annotated[Path, typer.Option("--witness", metavar="DIR", help="The witness's folder.")]
LogKeys = Annotated[
    list[str],
    typer.Option(
        "--log",
        metavar="VKEY",
        help="A log's public key, from the trial master file: the newest of a log last.",
    ),
]


@looks(group, "init", example="witness init /srv/witness --name hospital.example/pi", asks=False)
def init(
    place: Place,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The witness's folder, to be made.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The name of the witness's key.")],
    logs: LogKeys = [],  # noqa: B006 - Typer copies it
) -> Answer:
    """Make a witness's folder with a key of its own, and tell the public half to be filed."""
    from adapters.ledger.witness import create, key_of

    made = create(folder, name, logs)
    key = str(key_of(made).key)
    data = {"folder": str(folder), "key": key, "trusted": list(logs)}
    return Answer(data, (pairs({"folder": str(folder)}), f"witness {name.rpartition('/')[2]} {key}"))


@looks(group, "trust", example="witness trust VKEY --witness /srv/witness", asks=False)
def trust(
    place: Place,
    vkeys: Annotated[list[str], typer.Argument(metavar="VKEY…", help="Keys, from the trial master file.")],
    folder: WitnessFolder,
) -> Answer:
    """Trust further keys of logs: after a rotation, or when a log was declared anew.

    From then on what an older key of that log alone has signed is not cosigned.
    """
    from adapters.held.folder import Folder
    from adapters.ledger.witness import trust as carry_out

    trusted = carry_out(Folder(folder), vkeys)
    return Answer({"trusted": trusted}, tuple(trusted))


@looks(
    group, "sign", example="witness sign request.txt --witness /srv/witness --out cosigned.txt", asks=False
)
def sign(
    place: Place,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The request, as 'ledger request' wrote it.")],
    folder: WitnessFolder,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A new file for the cosigned note.")
    ] = None,
) -> Answer:
    """Cosign a checkpoint, if its log's key has signed it and it continues the last one cosigned here.

    Ends with exit code 6 when the log has shrunk or is another at the same size, 3 when it does not continue,
    7 when only a key has signed it that was changed for another.
    """
    from adapters.clock import SystemClock
    from adapters.files.places import check_new, write_new
    from adapters.held.folder import Folder
    from adapters.ledger.witness import cosign
    from domain.ledger.note import Checkpoint

    if out is not None:
        check_new(out)
    note = cosign(Folder(folder), text_of(file), SystemClock().now())
    checkpoint = Checkpoint.parse(note.text)
    if out is not None:
        write_new(out, str(note))
    data = {"origin": checkpoint.origin, "size": checkpoint.size, "note": str(note)}
    return Answer(data, tuple(str(note).removesuffix("\n").split("\n")))


def text_of(file: Path) -> str:
    """The text of a file that came by post. Raises Invalid."""
    try:
        return file.read_text("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Invalid("witness.malformed", "this is no text", where=str(file)) from error
