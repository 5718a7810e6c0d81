"""The one place that wires objects: from a store's location to an open application."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from adapters.app import App
from adapters.auth.credentials import SlowCredentials
from adapters.auth.people import People
from adapters.clock import RandomNames, SystemClock
from adapters.held.standing import departures, holders_of, read_only
from adapters.keys.key_file import KeyFile, fresh_keys, key_file_of, write_keys
from adapters.keys.vault import KeyVault
from adapters.privacy import Destruction
from adapters.store.store import Store
from projections.documents import project
from trialog import __version__
from trialog.collector import collect_rarely
from workflows.engine import Engine
from workflows.ports import Clock, Credentials, Names


def open_app(
    location: str,
    *,
    create: bool = False,
    as_it_lies: bool = False,
    clock: Clock | None = None,
    names: Names | None = None,
    entropy: Callable[[int], bytes] = secrets.token_bytes,
    credentials: Credentials | None = None,
) -> App:
    """Open the store at a file path or PostgreSQL URL, made first if `create` says so, with its keys; or
    to look at it `as_it_lies`, and write nothing.

    Raises NotFound when there is no store, Invalid when it is none of ours, Denied when its key file is open
    to others. A store without history gets a new key file; one whose key file is lost never gets another.
    A store that is not what its signer or a witness has signed of it takes no command but those that restore.
    """
    collect_rarely()
    store = Store(location, create=create, entropy=entropy, as_it_lies=as_it_lies)
    try:
        keys = key_file_of(location)
        if create and not keys.exists() and not store.trials():
            write_keys(keys, fresh_keys(entropy))
        vault = KeyVault(KeyFile(keys), entropy)
        behind = departures(store, holders_of(location))
    except BaseException:
        store.close()
        raise
    clock = clock or SystemClock()
    credentials = credentials or SlowCredentials()
    halt = read_only(behind)
    engine = Engine(store, clock, names or RandomNames(), vault, credentials, project, __version__, halt)
    people = People(engine, store, vault, credentials, clock)
    return App(engine, store, vault, clock, store, store, Destruction(store, vault), people, behind)
