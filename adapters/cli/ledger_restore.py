"""`trialog ledger replay` and `declare`: the two ways on for a store that is behind its signer."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.commands import Acting, Answer, looks, performs
from adapters.cli.ledger import PolicyFile, SignerFolder, group
from adapters.cli.output import Table
from adapters.cli.place import Place
from adapters.cli.progress import progress
from domain.errors import Invalid

if TYPE_CHECKING:
    from adapters.ledger.restore import Source
    from adapters.store.store import Store


@looks(group, "replay", example="ledger replay --from newer.db --store trial.db", asks=False)
def replay(
    place: Place,
    source: Annotated[
        str,
        typer.Option("--from", metavar="STORE", help="Another copy of the store, or a bundle of the trial."),
    ],
    policy: PolicyFile = "",
) -> Answer:
    """Bring back what a restored store has lost, up to what was signed, from another copy of it.

    Facts and lines come as they are, and the roots must then be the signed ones: else nothing is stored. A
    copy that ends before brings back what it has, up to its newest checkpoint by a key that the store knows
    or the policy lists; what is still missing is told, and the store stays read-only. A whole bundle brings
    back its trial's log; the system log is not in it, and is then declared anew.
    """
    from pathlib import Path

    from adapters.bundle.source import BundleSource, is_bundle
    from adapters.ledger.policy_file import policy_of
    from adapters.ledger.restore import lacking
    from adapters.ledger.restore import replay as carry_out
    from adapters.store.source import StoreSource
    from domain.identifiers import SYSTEM_LOG
    from domain.ledger.note import Key
    from domain.signed_log import SignedLog

    if source == place.store:
        raise Invalid("ledger.same_store", "a store cannot bring back what it has lost itself", where=source)
    app = place.app
    states = app.view(SYSTEM_LOG).singles(SignedLog) if app.ledger.head(SYSTEM_LOG)[0] else {}
    listed = policy_of(place.store, policy)
    keys = [Key.parse(key) for state in states.values() for key in state.keys]
    keys += listed.logs if listed is not None else ()
    with ExitStack() as open_until_done:
        other: Source
        if is_bundle(Path(source)):
            other = BundleSource(Path(source), keys)
        else:
            other = open_until_done.enter_context(StoreSource(source, as_it_lies=True))
        missing = sum(each.last - each.first + 1 for each in lacking(app.ledger, app.departures))
        told, done = open_until_done.enter_context(progress("Bringing back", missing)), [0]

        def counted(count: int) -> None:
            done[0] += count
            told(done[0])

        brought = carry_out(_store(app.store), other, app.departures, keys, counted)
    rows = [each._asdict() for each in brought]
    left = [each._asdict() for each in lacking(app.ledger, app.departures)]
    words: list[Table | str] = [Table(rows, ("log", "first", "last")) if rows else "nothing is missing"]
    words += [
        f"{each['log']} still lacks the signed entries {each['first']} to {each['last']}, and the store stays"
        " read-only: another copy, or 'trialog ledger declare'"
        for each in left
    ]
    return Answer({"brought": rows, "left": left}, tuple(words))


@performs(
    group,
    "declare",
    example='ledger declare --reason "the disk failed" --approved-by zhao.pi --as root:administrator',
)
def declare(
    person: Acting,
    approver: Annotated[
        str, typer.Option("--approved-by", metavar="PERSON", help="Who approves it: not the one who acts.")
    ],
    signer: SignerFolder = "",
) -> Answer:
    """Declare that signed entries are lost, or the signer is: the log goes on under another name.

    Needs --reason. What is lost is told in the log itself, with the last checkpoint of its former name. File
    the new keys that 'ledger sign' then registers.
    """
    from adapters.held.folder import Folder
    from adapters.held.standing import signer_folder_of
    from adapters.ledger.restore import declare as carry_out

    place = person.place
    path = signer_folder_of(place.store, signer)
    folder = Folder(path) if signer or path.exists() else None
    origins = carry_out(place.app, folder, place.app.departures, approver, person.by)
    return Answer({"declared": origins}, tuple(f"declared: {origin}" for origin in origins))


def _store(store: object) -> Store:
    """The store itself, which takes what another holds past the way in."""
    from adapters.store.store import Store

    if not isinstance(store, Store):  # pragma: no cover - the composition root opens no other
        raise TypeError("no store")
    return store
