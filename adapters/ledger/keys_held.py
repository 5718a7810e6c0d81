"""Whether the keys that are held open what is sealed: a damaged or replaced key file shows by nothing else.

The ledger proves the sealed bytes, and says nothing of the keys. What is opened here is shown to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import NamedTuple

from adapters.app import App
from domain.account import CREDENTIALS
from domain.account_state import Account
from domain.errors import Broken, Denied, TrialogError
from domain.identifiers import SYSTEM_LOG
from domain.privacy import Identity
from domain.sealed import ALLOCATION, Sealed
from projections.verification.findings import Check, Finding, Findings


class _Kept(NamedTuple):
    """A sealed value that is in use: its log, and the position of its fact (0: of the log as a whole)."""

    log: str
    position: int
    sealed: Sealed


class KeysHeld(NamedTuple):
    """Of how many key scopes in use the key is held and opens, of how many none is held, and what is wrong.

    Where no key at all is held, as by who was given the store without its keys, nothing is wrong.
    """

    opening: int
    absent: int
    findings: tuple[Finding, ...]


def keys_held(app: App, trials: Sequence[str] = ()) -> KeysHeld:
    """Try the keys on what is sealed in these trials, or in all, and in the accounts.

    An identity whose erasure is a fact has no key, and should not. One without such a fact has lost it.
    """
    found, opens, held, lacking = Findings(), set[str](), set[str](), dict[str, _Kept]()
    for each in _readable(_in_use(app, trials)):
        scope = each.sealed.scope
        try:
            app.vault.open(each.sealed)
        except Denied:
            lacking.setdefault(scope, each)
            continue
        except Broken:
            held.add(scope)
            what = f"the key held for {_named(scope)} does not open this: it is damaged, or another store's"
            found.add(each.log, each.position, Check.KEY, what)
            continue
        held.add(scope)
        opens.add(scope)
    for scope, each in lacking.items() if held else ():
        what = f"the key of {_named(scope)} is not held, and no fact says that it was destroyed"
        found.add(each.log, each.position, Check.KEY, what)
    return KeysHeld(len(opens), len(lacking), found.sorted())


def _named(scope: str) -> str:
    """What a key is for. A participant is named by the position alone."""
    return {ALLOCATION: "the allocation", CREDENTIALS: "sign-in"}.get(scope, "this identity")


def _readable(kept: Iterator[_Kept]) -> Iterator[_Kept]:
    """What can be read of it: a store that is itself damaged is found so by what verifies the store."""
    with suppress(TrialogError, ValueError):
        yield from kept


def _in_use(app: App, trials: Sequence[str]) -> Iterator[_Kept]:
    for trial in trials or app.reading.trials():
        if not app.reading.head(trial)[0]:
            continue
        view = app.view(trial)
        if view.trial.allocation_list is not None:
            yield _Kept(trial, 0, view.trial.allocation_list.secret)
        for participant in view.participants().values():
            if participant.randomized is not None:
                yield _Kept(trial, participant.randomized.when.fact, participant.randomized.allocation)
        for identity in view.singles(Identity).values():
            if identity.identity is not None and identity.recorded is not None:
                yield _Kept(trial, identity.recorded.fact, identity.identity)
    if app.ledger.head(SYSTEM_LOG)[0]:
        for account in app.view(SYSTEM_LOG).singles(Account).values():
            for sealed in (*account.passwords, account.totp):
                if sealed is not None:
                    yield _Kept(SYSTEM_LOG, account.opened.fact, sealed)
