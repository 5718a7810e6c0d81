"""The state of an account, and of all accounts together, as their facts make it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import access
from domain.access import Access
from domain.account import (
    AccountOpened,
    AccountsBegun,
    AccountsFounded,
    Component,
    Deactivated,
    IdentityVerified,
    Kind,
    LockedOut,
    PasswordSet,
    ProofFailed,
    Reactivated,
    Reauthenticated,
    SecretsReset,
    SessionEnded,
    SignedIn,
    TokenIssued,
    TokenRevoked,
    TotpEnrolled,
    Unlocked,
)
from domain.clinical_time import Instant
from domain.fact import Fact
from domain.happened import Happened
from domain.record import Origin, Record
from domain.replacing import replace
from domain.sealed import Sealed

PASSWORDS_REMEMBERED = 24
"""How many earlier passwords are refused again."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """What holds for all accounts of a store: the first administrator, and whether there are two."""

    administrator: str
    begun: Happened
    founded: Happened | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is not over. `confirmed` are the digests of the commands it was last renewed to sign."""

    digest: str
    since: Happened
    expires: Instant
    components: tuple[Component, ...]
    has_signed: bool = False
    confirmed: tuple[str, ...] = ()
    confirmed_by: tuple[Component, ...] = ()
    confirmed_at: Happened | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is not revoked."""

    digest: str
    origin: Origin
    origin_id: str
    issued: Happened
    expires: Instant


@dataclass(frozen=True, slots=True)
class Account:
    """The state of one account. `passwords` holds the hash in force first, then those before it."""

    account: str
    name: str
    organisation: str
    kind: Kind
    opened: Happened
    is_active: bool = True
    verified: Happened | None = None
    one_time: Sealed | None = None
    one_time_expires: Instant | None = None
    password_set: Happened | None = None
    passwords: tuple[Sealed, ...] = ()
    totp: Sealed | None = None
    step: int = 0
    failures: int = 0
    locked: Happened | None = None
    last_signed_in: Happened | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    access: Access = field(default_factory=Access)

    @property
    def is_ready(self) -> bool:
        """Whether the holder has chosen password and second factor since they were last void."""
        return self.password_set is not None and self.totp is not None

    def session(self, session: str, moment: datetime) -> Session | None:
        """A session of that id that is not over at a moment."""
        known = self.sessions.get(session) if self.is_active else None
        return known if known is not None and moment < known.expires.moment else None

    def token(self, token: str, moment: datetime) -> Token | None:
        """A token of that id that opens something at a moment."""
        known = self.tokens.get(token) if self.is_active else None
        return known if known is not None and moment < known.expires.moment else None


def evolve_accounts(known: Accounts | None, record: Record) -> Accounts | None:
    """The accounts together after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    match fact:
        case AccountsBegun():
            return Accounts(fact.administrator, when)
        case AccountsFounded() if known is not None:
            return replace(known, founded=when)
    return known


def evolve(account: Account | None, record: Record) -> Account | None:
    """An account after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    if isinstance(fact, AccountOpened):
        return Account(fact.account, fact.name, fact.organisation, fact.kind, when)
    if account is None:
        return None
    change = _CHANGES.get(type(fact))
    if change is not None:
        return change(account, fact, when)
    roles = access.evolve(account.access, record)
    return account if roles is account.access else replace(account, access=roles)


def _reset(account: Account, fact: SecretsReset, _when: Happened) -> Account:
    return replace(
        account,
        one_time=fact.one_time,
        one_time_expires=fact.expires,
        password_set=None,
        totp=None,
        sessions={},
        failures=0,
        locked=None,
    )


def _password(account: Account, fact: PasswordSet, when: Happened) -> Account:
    return replace(
        account,
        passwords=(fact.hashed, *account.passwords)[:PASSWORDS_REMEMBERED],
        password_set=when,
        one_time=None,
        one_time_expires=None,
        step=max(account.step, fact.step),
        failures=0,
        sessions={},
    )


def _signed_in(account: Account, fact: SignedIn, when: Happened) -> Account:
    begun = Session(fact.digest, when, fact.expires, fact.components)
    live = {name: each for name, each in account.sessions.items() if each.expires.moment > when.at.earliest}
    return replace(
        account,
        sessions={**live, fact.session: begun},
        step=max(account.step, fact.step),
        failures=0,
        last_signed_in=when,
    )


def _reauthenticated(account: Account, fact: Reauthenticated, when: Happened) -> Account:
    known = account.sessions.get(fact.session)
    if known is None:
        return account
    renewed = replace(
        known,
        has_signed=True,
        confirmed=fact.digests,
        confirmed_by=fact.components,
        confirmed_at=when,
    )
    return replace(
        account,
        sessions={**account.sessions, fact.session: renewed},
        step=max(account.step, fact.step),
        failures=0,
    )


def _token(account: Account, fact: TokenIssued, when: Happened) -> Account:
    issued = Token(fact.digest, fact.origin, fact.origin_id, when, fact.expires)
    return replace(account, tokens={**account.tokens, fact.token: issued})


def _without(held: dict[str, Any], name: str) -> dict[str, Any]:
    return {each: value for each, value in held.items() if each != name}


_CHANGES: dict[type[Fact], Callable[[Account, Any, Happened], Account]] = {
    IdentityVerified: lambda a, _f, w: replace(a, verified=w),
    SecretsReset: _reset,
    PasswordSet: _password,
    TotpEnrolled: lambda a, f, _w: replace(a, totp=f.seed, step=max(a.step, f.step), failures=0),
    SignedIn: _signed_in,
    ProofFailed: lambda a, _f, _w: replace(a, failures=a.failures + 1),
    LockedOut: lambda a, _f, w: replace(a, locked=w),
    Unlocked: lambda a, _f, _w: replace(a, locked=None, failures=0),
    SessionEnded: lambda a, f, _w: replace(a, sessions=_without(a.sessions, f.session)),
    Reauthenticated: _reauthenticated,
    TokenIssued: _token,
    TokenRevoked: lambda a, f, _w: replace(a, tokens=_without(a.tokens, f.token)),
    Deactivated: lambda a, _f, _w: replace(a, is_active=False, sessions={}, tokens={}),
    Reactivated: lambda a, _f, _w: replace(a, is_active=True),
}
