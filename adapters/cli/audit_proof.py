"""`trialog audit proof`: prove one fact to somebody who has nothing else of the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import group
from adapters.cli.commands import Answer, Asked, answers
from adapters.cli.output import Table, instants, pairs
from adapters.cli.rows import Row
from adapters.cli.signed_rows import cosigned_lines, signed_row, whose
from domain.errors import Broken

if TYPE_CHECKING:
    from projections.verification.bundle_lines import Given
    from projections.verification.fact_proof import FactVerification
    from projections.verification.signed import Kept, Trust

SUFFIX = ".tlog-proof"


@answers(group, "proof", example="audit proof 12 --out fact-12.tlog-proof --store trial.db")
def proof(
    question: Asked,
    position: Annotated[int, typer.Argument(metavar="POSITION", help="Where the fact stands in history.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A new file for it; by default it is shown.")
    ] = None,
) -> Answer:
    """Prove one fact: a small text file that shows the fact and its place under a signed checkpoint.

    The newest checkpoint as of --as-of is taken: to prove it against one that you hold, give its number of
    entries. The form is C2SP tlog-proof; 'audit verify FILE' checks it. What must be kept from you is
    withheld, as from a bundle, and the proof of its place holds.
    """
    from adapters.bundle.proof import proof_of
    from adapters.files.places import check_new, write_new
    from domain.ledger.note import Checkpoint

    if out is not None:
        check_new(out)
    made = proof_of(question.app, question.view, question.role, position)
    text, checkpoint = str(made), Checkpoint.parse(made.note.text)
    data = {
        **instants(question.view),
        "fact": position,
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "file": None if out is None else str(out),
        "proof": text,
    }
    if out is None:
        return Answer(data, tuple(text.removesuffix("\n").split("\n")))
    write_new(out, text)
    return Answer(data, (f"the fact at {position} under the checkpoint of {checkpoint.size} entries: {out}",))


# ---------------------------------------------------------------- checking one


def proof_in(path: Path) -> bytes | None:
    """The bytes of a file that is, or by its name should be, the proof of a fact; None for any other."""
    from adapters.zipped import BEGINS
    from domain.ledger.proof import HEADER

    begins = beginning(path, len(HEADER))
    is_named = path.suffix == SUFFIX and path.is_file() and not begins.startswith(BEGINS)
    return path.read_bytes() if is_named or begins == HEADER.encode() else None


def beginning(path: Path, length: int) -> bytes:
    """The first bytes of a file. There are none where it cannot be read: who reads all of it tells that."""
    try:
        with path.open("rb") if path.is_file() else BytesIO() as file:
            return file.read(length)
    except OSError:
        return b""


def of_proof(file: str, data: bytes, trust: Trust, given: Sequence[Kept]) -> Answer:
    """What the proof in a file comes to: what it says, who signed it, and everything that does not hold."""
    from projections.verification.fact_proof import verify_fact

    verified = verify_fact(data, trust, given)
    told = _told(file, verified)
    proof = told["proof"]
    tables: list[Table | str] = [pairs(proof["says"] or {})]
    rows = told["findings"]
    if not rows:
        return Answer(told, (*tables, *_lines(proof), "verified"))
    tables += [Table(rows, ("log", "position", "check", "what"), "Findings")]
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    failure = Broken("audit.not_verified", f"{verified.findings[0]}{more}", where=file)
    return Answer(told, tuple(tables[1:] if verified.line is None else tables), failure)


def _told(file: str, verified: FactVerification) -> Row:
    from projections.verification.fact_proof import subject_of

    line, coverage = verified.line, verified.coverage
    said: Row | None = None
    if line is not None:
        said = {"log": line.log, "position": line.position, **subject_of(line), **_given("fact", line.fact)}
        has_envelope = line.envelope.committed is not None
        said |= (
            _given("envelope", line.envelope)
            if has_envelope
            else {"envelope": None, "envelope_withheld": None}
        )
    proof = {
        "file": file,
        "says": said,
        "signed_to": verified.size,
        **signed_row(coverage),
    }
    findings = [{**each._asdict(), "check": str(each.check)} for each in verified.findings]
    return {
        "verified": not findings,
        "bundle": None,
        "proof": proof,
        "logs": [],
        "keys": None,
        "findings": findings,
    }


def _given(name: str, given: Given) -> Row:
    if given.data is None:
        return {name: None, f"{name}_withheld": given.ground}
    return {name: given.data.decode(errors="replace"), f"{name}_withheld": None}


def _lines(proof: Row) -> Iterator[str]:
    signers = ", ".join(proof["signed_by"])
    yield f"in the tree of {proof['signed_to']} entries, signed by {signers}{whose(proof)}"
    yield from cosigned_lines(proof)
