"""`trialog audit verify`: hold a store, or a bundle, against its ledger, its signatures and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.audit import group
from adapters.cli.audit_proof import beginning, of_proof, proof_in
from adapters.cli.commands import Answer, looks
from adapters.cli.faults import verifying
from adapters.cli.output import Table
from adapters.cli.place import Place
from adapters.cli.progress import progress
from adapters.cli.rows import Row
from adapters.cli.signed_rows import cosigned_lines, signed_row, whose
from domain.errors import Broken, Invalid, NotFound
from domain.identifiers import SYSTEM_LOG

if TYPE_CHECKING:
    from adapters.app import App
    from domain.ledger.note import Note
    from projections.verification.bundle import BundleVerification
    from projections.verification.bundle_stretch import Stretch, Walked
    from projections.verification.findings import Finding
    from projections.verification.signed import Coverage, Kept, Trust
    from projections.verification.store import LogReport
    from projections.verification.word import Life


Held = Annotated[
    str,
    typer.Argument(
        metavar="[FILE]", help="A bundle, zipped or unpacked, or the proof of one fact; by default the store."
    ),
]
Policy = Annotated[
    Path | None,
    typer.Option(
        "--policy", metavar="FILE", help="Whose signatures count, and which cosignatures are demanded."
    ),
]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="VKEY", help="The public half of a log's key that counts; repeat it."),
]
Notes = Annotated[
    list[Path] | None,
    typer.Option(
        "--note", metavar="FILE", help="A signed checkpoint that you hold: it must hold too; repeat it."
    ),
]
Authorities = Annotated[
    list[Path] | None,
    typer.Option(
        "--tsa-root",
        metavar="FILE",
        help="The root of a time-stamping authority that counts, in PEM; repeat it.",
    ),
]
BrokenOnes = Annotated[
    list[str] | None,
    typer.Option("--broken", metavar="NAME", help="An algorithm not believed: sha256; repeat it."),
]
Renewals = Annotated[
    list[Path] | None,
    typer.Option("--renewal", metavar="FILE", help="A renewal you hold: it must hold too; repeat it."),
]


@looks(group, "verify", example="audit verify --store trial.db")
def verify(
    place: Place,
    bundle: Held = "",
    policy: Policy = None,
    key: Keys = None,
    note: Notes = None,
    tsa_root: Authorities = None,
    broken: BrokenOnes = None,
    renewal: Renewals = None,
) -> Answer:
    """Verify that nothing was altered, removed, reordered, inserted or back-dated.

    Every fact and every envelope is hashed again, every line of the ledger made again from what is stored,
    every root compared with what was signed, every read model rebuilt. Ends with exit code 3 at anything
    wrong, and names the first place of each kind. Bring the keys along: without --policy or --key they are
    those that the store, the bundle or the proof names itself. No byte of what is verified is changed.
    """
    from adapters.files.policy_file import read_renewal

    given, trust = _given(note or []), _trust(policy, key or [], tsa_root or [])
    disbelieved, renewals = _disbelieved(broken or []), [read_renewal(path) for path in renewal or []]
    if not bundle:
        return _store_verified(place, trust, given, disbelieved, renewals)
    if disbelieved or renewals:
        raise Invalid(
            "usage.of_stores",
            "a bundle or a proof is verified as it is",
            remedy="--broken and --renewal are for verifying a store.",
        )
    return _file_verified(bundle, trust, given)


def _file_verified(file: str, trust: Trust, given: Sequence[Kept]) -> Answer:
    from adapters.zipped import opened
    from projections.verification.bundle import verify_bundle

    proof = proof_in(Path(file))
    if proof is not None:
        return of_proof(file, proof, trust, given)
    if _is_store(Path(file)):
        remedy = f"Verify it with --store {file}."
        raise Invalid("usage.a_store", "this is a store, and no bundle", where=file, remedy=remedy)
    files = opened(Path(file))
    verified = verify_bundle(files.files, files.damaged, trust, given, _gone_over)
    answer = _answer(_of_bundle(file, verified), verified.findings, file)
    return answer if verified.manifest is not None else _of_no_bundle(answer, verified.findings, file)


def _gone_over(stretches: Iterable[Stretch]) -> Iterable[Walked | None]:
    """Go over a bundle's log, with a bar: it begins after the other processes, since no thread of this one
    may be carried over into them.
    """
    from adapters.bundle.stretches import in_processes

    every = list(stretches)
    going = in_processes(every)

    def told() -> Iterator[Walked | None]:
        with progress("Verifying", len(every)) as bar:
            for done, each in enumerate(going, 1):
                bar(done)
                yield each

    return told()


def _of_no_bundle(answer: Answer, findings: Sequence[Finding], file: str) -> Answer:
    """What is found is that there is nothing to verify: one line says it, in place of a table."""
    reason = findings[0].what.removeprefix("this is no bundle: ")
    failure = Broken(
        "audit.not_verified",
        f"this is no bundle, and no proof of a fact: {reason}",
        where=file,
        remedy="Name the file of a bundle, the folder it was unpacked into, or a proof.",
    )
    return Answer(answer.data, (), failure)


def _is_store(file: Path) -> bool:
    """Whether a file begins as a database of SQLite does."""
    return beginning(file, len(_SQLITE)) == _SQLITE


_SQLITE = b"SQLite format 3\0"


def _store_verified(
    place: Place, trust: Trust, given: Sequence[Kept], broken: frozenset[str], renewals: Sequence[Note]
) -> Answer:
    from adapters.held.standing import read_only
    from adapters.ledger.keys_held import keys_held
    from adapters.store.ranges import standing_by
    from projections.verification.store import verify_store

    trials = (place.given_trial,) if place.given_trial else ()
    place.tells_standing = place.as_it_lies = True
    with verifying(place.store), standing_by(place.store) as ranges, progress("Verifying", 1) as told:
        app = place.app
        found = verify_store(
            app.reading,
            app.ledger,
            trust,
            trials=trials,
            given=given,
            progress=told,
            ranges=ranges,
            renewals=renewals,
            broken=broken,
        )
    if trials and not any(each.log in trials and each.facts for each in found.logs):
        raise NotFound("trial.unknown", f"there is no trial {place.given_trial} in this store")
    behind = [each for each in _behind(app) if not trials or each.log in trials]
    held = keys_held(app, trials)
    keys = {"opening": held.opening, "absent": held.absent}
    data = {"bundle": None, "proof": None, "logs": [_of_log(each) for each in found.logs], "keys": keys}
    halt = read_only(app.departures) if behind else None
    remedy = "" if halt is None else halt.remedy
    return _answer(data, [*behind, *found.findings, *held.findings], place.store, remedy)


def _of_log(each: LogReport) -> Row:
    row = _row(each.log, each.facts, each.root, each.coverage, each.lives)
    row["withheld"] = [
        {"position": position, "what": what, "ground": "redacted", "by": by}
        for position, what, by in each.withheld
    ]
    row["read_model_versions"] = each.versions
    row["renewed"] = [{"algorithm": name, "size": size, "made_again": None} for name, size in each.renewed]
    row["not_checked"] = []
    return row


def _behind(app: App) -> list[Finding]:
    """The logs that are not what the signer or a witness here holds of them: the store is read-only."""
    from projections.verification.findings import Check, Finding

    return [
        Finding(
            each.log,
            each.held.size,
            Check.CHECKPOINT,
            f"this is not what {each.holder} has signed: {each.fault.message}",
        )
        for each in app.departures
    ]


def _trust(policy: Path | None, keys: list[str], authorities: list[Path]) -> Trust:
    """Whose signatures count: the policy's, and the keys named beside it; and whose time stamps."""
    from adapters.files.policy_file import read_policy
    from adapters.keys.ed25519 import verified
    from projections.verification.signed import Trust

    trust = Trust(verified, read_policy(policy, keys)) if policy or keys else Trust(verified)
    if not authorities:
        return trust
    from adapters.keys.rfc3161 import certificates, stamped_under

    return trust._replace(
        stamped=stamped_under([root for each in authorities for root in certificates(each)])
    )


def _disbelieved(names: list[str]) -> frozenset[str]:
    """The algorithms not believed. Raises Invalid for a name of none: nothing would be disbelieved by it."""
    from domain.ledger.renewal import ALGORITHMS
    from projections.verification.renewed import SHA256

    known = (SHA256, *ALGORITHMS)
    for each in names:
        if each not in known:
            raise Invalid(
                "usage.algorithm",
                f"'{each}' is no algorithm that proves a log",
                remedy=f"There are {', '.join(known)}.",
            )
    return frozenset(names)


def _given(notes: list[Path]) -> list[Kept]:
    from adapters.files.policy_file import read_note
    from projections.verification.signed import Kept

    return [Kept(*read_note(path)) for path in notes]


# ---------------------------------------------------------------- what is told


def _row(log: str, facts: int, root: str, coverage: Coverage, lives: Sequence[Life]) -> Row:
    """One log: how many facts, and what is signed of them."""
    tail = coverage.size < facts
    return {
        "log": log,
        "facts": facts,
        "root": root or None,
        "checkpoints": coverage.checkpoints,
        "signed_to": coverage.size or None,
        **signed_row(coverage),
        "time_stamps": list(coverage.stamps),
        "time_stamps_checked": coverage.stamped is not None,
        "time_stamped": [{"by": by, "size": size, "at": at} for by, size, at in coverage.stamped or ()],
        "after_last_checkpoint": {"first": coverage.size + 1, "last": facts} if tail else None,
        "declared_anew": [
            {"name": life.origin, "ended_at": life.upto, "lost": max(0, life.lost.stop - life.lost.start)}
            for life in lives[:-1]
        ],
        "read_model_versions": None,
        "entries": None,
    }


def _of_bundle(path: str, verified: BundleVerification) -> Row:
    """What a bundle says of itself, and its logs."""
    manifest = verified.manifest
    told: Row = {"file": path, "as_of": None, "role": None, "masked": None, "participant": None}
    if manifest is not None:
        told |= {
            "as_of": manifest.as_of,
            "role": manifest.role,
            "masked": manifest.masked,
            "participant": manifest.participant or None,
        }
    rows = []
    for each in verified.logs:
        row = _row(each.log, each.count, (each.roots(each.count) or b"").hex(), each.coverage, each.lives)
        row["entries"] = each.entries
        row["withheld"] = [one._asdict() for one in each.withheld]
        is_trial = each is verified.logs[0]
        row["renewed"] = [one._asdict() for one in verified.renewed if is_trial]
        row["not_checked"] = list(verified.not_checked) if is_trial else []
        rows.append(row)
    return {"bundle": told, "proof": None, "logs": rows, "keys": None}


def _answer(data: Row, findings: Sequence[Finding], where: str, remedy: str = "") -> Answer:
    told = {
        "verified": not findings,
        **data,
        "findings": [{**each._asdict(), "check": str(each.check)} for each in findings],
    }
    lines = [line for row in data["logs"] for line in _lines(row)]
    if data["bundle"] and data["logs"] and all(row["log"] != SYSTEM_LOG for row in data["logs"]):
        lines.append("no system log is here: what else was signed of the trial is not told")
    keys = data["keys"]
    if keys and not keys["opening"] and keys["absent"]:
        lines.append("no key is held here: whether what is sealed opens was not tried")
    tables = [Table(told["findings"], ("log", "position", "check", "what", "more"), "Findings")]
    if not findings:
        return Answer(told, (*lines, "verified"))
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    remedy = remedy or _remedy(findings, is_bundle=data["bundle"] is not None)
    failure = Broken("audit.not_verified", f"{findings[0]}{more}", where=where, remedy=remedy)
    return Answer(told, (*lines, *tables), failure)


def _remedy(findings: Sequence[Finding], *, is_bundle: bool) -> str:
    """What to do where nothing is wrong but that the next signature is missing."""
    from projections.verification.signed import UNSIGNED_ANEW

    if any(each.what != UNSIGNED_ANEW for each in findings):
        return ""
    then = ", and export the bundle anew" if is_bundle else ""
    keys = "with --policy or --key, name the key that it registers there too"
    return f"Run 'trialog ledger sign'{then}; {keys}."


def _lines(row: Row) -> Iterator[str]:
    """One log in words."""
    entries = f", {row['entries']} of them here" if row["entries"] not in (None, row["facts"]) else ""
    yield f"{row['log']}: {row['facts']} facts{entries}, root {row['root'] or 'unknown'}"
    for each in row["declared_anew"]:
        yield f"  was {each['name']} to {each['ended_at']}; declared anew, {each['lost']} signed facts lost"
    if row["signed_to"]:
        yield f"  signed to {row['signed_to']} by {', '.join(row['signed_by'])}{whose(row)}"
    elif not row["checkpoints"]:
        yield "  there is no checkpoint: nothing outside holds it to what it says"
    yield from cosigned_lines(row)
    for each in row["time_stamped"]:
        yield f"  time-stamped at {each['size']} by {each['by']}, {each['at']}"
    if row["time_stamps"] and not row["time_stamps_checked"]:
        named = ", ".join(row["time_stamps"])
        yield f"  not checked: the time stamps of {named}; give the authority's --tsa-root"
    for each in row["renewed"]:
        again = "" if each["made_again"] is not False else "; not made again: not everything is here"
        yield f"  renewed under {each['algorithm']} to {each['size']}{again}"
    for position in row["not_checked"]:
        yield f"  not checked: what is signed at {position} covers facts that are withheld"
    after = row["after_last_checkpoint"]
    if after and row["signed_to"]:
        yield f"  facts {after['first']}–{after['last']} are after the last checkpoint"
    for each in row["withheld"]:
        by = f" by {each['by']}" if each["by"] else ""
        yield f"  withheld at {each['position']}: the {each['what']} ({each['ground']}{by})"
