"""`trialog ledger renew`: the proof of every log renewed under another algorithm, and stamped anew."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.commands import Acting, Answer, performs
from adapters.cli.ledger import SignerFolder, group
from adapters.cli.output import Table


@performs(group, "renew", example="ledger renew --algorithm sha3-256 --out renewals --as root:administrator")
def renew(
    person: Acting,
    algorithm: Annotated[
        str, typer.Option("--algorithm", metavar="NAME", help="sha512, sha3-256 or sha3-512.")
    ] = "sha512",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write each renewal there, to be filed.")
    ] = None,
    tsa: Annotated[
        str, typer.Option("--tsa", metavar="URL", help="Have an RFC 3161 authority stamp each renewal.")
    ] = "",
    tsa_root: Annotated[
        Path | None, typer.Option("--tsa-root", metavar="FILE", help="The authority's root, in PEM.")
    ] = None,
    signer: SignerFolder = "",
) -> Answer:
    """Hash all of every log again under another algorithm, sign that, and have it stamped with SHA-512.

    Do it before SHA-256 is broken: what is renewed is verified first, and vouched for anew. File the notes in
    the trial master file; 'trialog audit verify --broken sha256 --renewal FILE' then relies on them alone.
    """
    from base64 import b64encode

    from rfc3161_client import HashAlgorithm

    from adapters.files.places import write_new
    from adapters.held.folder import Folder
    from adapters.held.standing import signer_folder_of
    from adapters.keys.rfc3161 import certificates
    from adapters.ledger.renewal import renew as carry_out
    from adapters.ledger.timestamp import stamped

    roots = certificates(tsa_root) if tsa_root is not None else []
    folder = Folder(signer_folder_of(person.place.store, signer))

    def stamp(message: bytes) -> bytes:
        return stamped(tsa, message, roots, HashAlgorithm.SHA512).token

    made = carry_out(person.place.app, folder, algorithm, person.by, stamp if tsa else None)
    rows = [
        {
            "log": each.log,
            "origin": each.renewal.origin,
            "size": each.renewal.size,
            "algorithm": algorithm,
            "root": b64encode(each.renewal.root).decode(),
            "note": each.note,
            "stamped": bool(each.stamp),
        }
        for each in made
    ]
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for each in made:
            stem = f"{each.log}-{each.renewal.size:012}.{algorithm}"
            write_new(out / f"{stem}.note", each.note)
            if each.stamp:
                write_new(out / f"{stem}.tsr", each.stamp)
    return Answer({"renewed": rows}, (Table(rows, ("origin", "size", "algorithm", "root", "stamped")),))
