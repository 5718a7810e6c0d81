"""What people do in their own matters, and what is kept of it: signing in, secrets, sessions, signing anew.

A proof of identity that fails is a fact too, so these decisions do not refuse it: they record it, and lock
the account at the fifth in a row. Whoever issued the command reads from its facts what became of it.
"""

import hashlib
from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from domain.account import (
    CREDENTIALS,
    AccessDenied,
    Component,
    Kind,
    LockedOut,
    PasswordSet,
    ProofFailed,
    Purpose,
    Reauthenticated,
    SessionEnded,
    SignedIn,
    TotpEnrolled,
    UnknownSignIn,
)
from domain.account_state import Account
from domain.clinical_time import Instant
from domain.errors import Denied, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import ACCOUNTS_STREAM, AccountName, Digest, Key, account_stream
from domain.password import MINIMUM, Weakness, normal, weakness
from domain.record import NewFact
from domain.sealed import padded
from workflows.command import OfSystem
from workflows.situation import Situation, decides

FAILURES = 5
"""So many failed proofs in a row lock an account (11.300(d); EMA annex 4)."""
SESSION = timedelta(hours=12)
"""A session is over at the latest after this time, however busy."""
_CLAIMED_BYTES = 64


class OnAccount(OfSystem):
    """A command about one account."""

    account: AccountName


class SetPassword(OnAccount):
    """Choose a password, with the secret given once or, when there is a password, with that and a code."""

    KIND = "account.set_password"
    AUTHENTICATES = True
    SEALED = frozenset({"password", "one_time", "current", "code"})
    password: SecretStr
    one_time: SecretStr = SecretStr("")
    current: SecretStr = SecretStr("")
    code: SecretStr = SecretStr("")


class EnrolTotp(OnAccount):
    """Enrol a second factor, with the password and a code made of its seed."""

    KIND = "account.enrol_totp"
    AUTHENTICATES = True
    SEALED = frozenset({"password", "seed", "code"})
    password: SecretStr
    seed: SecretStr
    code: SecretStr


class SignIn(OnAccount):
    """Begin a session. Whoever issues it has checked the password that was set at position `password` and the
    code of time step `step`: that takes too long to be done under the lock of the log.
    """

    KIND = "account.sign_in"
    RESTORES = True
    AUTHENTICATES = True
    password: Annotated[int, Field(ge=0)]
    step: Annotated[int, Field(ge=0)]
    session: Key
    digest: Digest


class Reauthenticate(OnAccount):
    """Show anew who one is, in a session, to sign the commands of these digests. Checked as for `SignIn`; the
    first time in a session takes both components, later ones the password.
    """

    KIND = "account.reauthenticate"
    RESTORES = True
    session: Key
    digests: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=500)]
    password: Annotated[int, Field(ge=0)]
    step: Annotated[int, Field(ge=0)] = 0


class NoteFailure(OnAccount):
    """Keep that somebody failed to show to be the holder of an account, or of none."""

    KIND = "account.note_failure"
    RESTORES = True
    SEALED = frozenset({"account"})
    account: Annotated[str, StringConstraints(max_length=200)]
    purpose: Purpose
    session: Key | None = None


class EndSession(OnAccount):
    """End a session: signed out by its holder, or found idle."""

    KIND = "account.end_session"
    RESTORES = True
    AUTHENTICATES = True
    session: Key
    idle: bool = False


class NoteDenial(OnAccount):
    """Keep what was denied to somebody who is signed in."""

    KIND = "account.note_denial"
    session: str
    what: str
    log: str
    role: str
    code: str


# ---------------------------------------------------------------- decisions


def known_account(situation: Situation, name: str) -> Account:
    """The account of that name. Raises NotFound."""
    account = situation.people.single(Account, name)
    if account is None:
        raise NotFound("account.unknown", f"there is no account {name}")
    return account


def _facts(account: str, situation: Situation, *facts: Fact) -> list[NewFact]:
    return situation.system_facts(account_stream(account), *facts)


def _failed(
    account: Account, situation: Situation, purpose: Purpose, session: str | None = None
) -> list[NewFact]:
    """The facts of a failed proof: the fifth in a row locks, and ends the session in which it was tried."""
    facts: list[Fact] = [ProofFailed(account=account.account, purpose=purpose)]
    if account.failures + 1 >= FAILURES and account.locked is None:
        facts.append(LockedOut(account=account.account, failures=account.failures + 1))
    if account.failures + 1 >= FAILURES and session in account.sessions:
        facts.append(SessionEnded(account=account.account, session=session or "", cause="locked_out"))
    return _facts(account.account, situation, *facts)


def _fits_one_time(account: Account, given: SecretStr, situation: Situation) -> bool:
    expires = account.one_time_expires
    if account.one_time is None or expires is None or situation.now >= expires:
        return False
    return situation.credentials.fits(given.get_secret_value(), situation.vault.open(account.one_time))


def _fits_password(account: Account, given: SecretStr, situation: Situation) -> bool:
    if account.password_set is None:
        return False
    hashed = situation.vault.open(account.passwords[0])
    return situation.credentials.fits(normal(given.get_secret_value()), hashed)


def fresh_step(account: Account, code: SecretStr, situation: Situation) -> int:
    """The time step of a code of the account's second factor that was not used before; 0 for none."""
    if account.totp is None:
        return 0
    seed = situation.vault.open(account.totp)
    step = situation.credentials.step_of(seed, code.get_secret_value(), situation.now.moment)
    return step if step > account.step else 0


def acceptable(password: SecretStr, own: tuple[str, ...], used: tuple[str, ...], situation: Situation) -> str:
    """The password in the form it is hashed. Raises Refused for a weak one and one of the `used` hashes."""
    text = strong(password.get_secret_value(), own)
    if any(situation.credentials.fits(text, hashed) for hashed in used):
        raise Refused("password.used_before", "this password was used before")
    return text


def strong(password: str, own: tuple[str, ...]) -> str:
    """The password in the form it is hashed. Raises Refused for a weak one; `own` are words of its holder."""
    text = normal(password)
    match weakness(text, own):
        case Weakness.TOO_SHORT:
            raise Refused("password.too_short", f"a password has {MINIMUM} characters or more")
        case Weakness.TOO_LONG:
            raise Refused("password.too_long", "the password is too long")
        case Weakness.COMMON:
            raise Refused(
                "password.common",
                "the password is made of words that are tried first",
                rule="NIST SP 800-63B",
                remedy="Take several words that have nothing to do with each other or with you.",
            )
    return text


@decides(SetPassword)
def set_password(command: SetPassword, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    step = 0
    if not account.is_active or account.locked is not None or account.kind is Kind.SERVICE:
        proved = False
    elif account.one_time is not None:
        proved = _fits_one_time(account, command.one_time, situation)
    else:
        step = fresh_step(account, command.code, situation)
        proved = _fits_password(account, command.current, situation) and step > 0
    if not proved:
        return _failed(account, situation, Purpose.PASSWORD)
    used = tuple(situation.vault.open(hashed) for hashed in account.passwords)
    own = (account.account, account.name, account.organisation)
    text = acceptable(command.password, own, used, situation)
    hashed = situation.vault.seal(CREDENTIALS, situation.credentials.hashed(text))
    return _facts(account.account, situation, PasswordSet(account=account.account, hashed=hashed, step=step))


@decides(EnrolTotp)
def enrol_totp(command: EnrolTotp, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    if account.totp is not None:
        raise Refused(
            "totp.enrolled_already",
            "a second factor is enrolled",
            remedy="An administrator resets the account's secrets for another one.",
        )
    if (
        not account.is_active
        or account.locked is not None
        or not _fits_password(account, command.password, situation)
    ):
        return _failed(account, situation, Purpose.TOTP)
    step = situation.credentials.step_of(
        command.seed.get_secret_value(), command.code.get_secret_value(), situation.now.moment
    )
    if not step:
        return _failed(account, situation, Purpose.TOTP)
    seed = situation.vault.seal(CREDENTIALS, command.seed.get_secret_value())
    return _facts(account.account, situation, TotpEnrolled(account=account.account, seed=seed, step=step))


def _checked(account: Account, password: int, step: int, *, needs_step: bool) -> bool:
    """Whether what was checked before the lock was taken still holds, and the code is used for the first
    time.
    """
    if not account.is_active or account.locked is not None or not account.is_ready:
        return False
    if account.password_set is None or account.password_set.fact != password:
        return False
    return step > account.step or (not needs_step and step == 0)


@decides(SignIn)
def sign_in(command: SignIn, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    if not _checked(account, command.password, command.step, needs_step=True):
        return _failed(account, situation, Purpose.SIGN_IN)
    begun = SignedIn(
        account=account.account,
        session=command.session,
        digest=command.digest,
        components=(Component.PASSWORD, Component.TOTP),
        step=command.step,
        expires=Instant.of(situation.now.moment + SESSION),
    )
    return _facts(account.account, situation, begun)


@decides(Reauthenticate)
def reauthenticate(command: Reauthenticate, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    session = account.session(command.session, situation.now.moment)
    if session is None or command.session != situation.by.session:
        raise Denied("session.over", "the session is over", remedy="Sign in again.")
    if not _checked(account, command.password, command.step, needs_step=not session.has_signed):
        return _failed(account, situation, Purpose.SIGNATURE, command.session)
    shown = (Component.PASSWORD, *((Component.TOTP,) if command.step else ()))
    renewed = Reauthenticated(
        account=account.account,
        session=command.session,
        components=shown,
        digests=command.digests,
        step=command.step,
    )
    return _facts(account.account, situation, renewed)


@decides(NoteFailure)
def note_failure(command: NoteFailure, situation: Situation) -> list[NewFact]:
    account = situation.people.single(Account, command.account)
    if account is not None:
        return _failed(account, situation, command.purpose, command.session)
    claimed = command.account.encode()[:_CLAIMED_BYTES].decode(errors="ignore")
    sealed = situation.vault.seal(CREDENTIALS, padded(claimed, _CLAIMED_BYTES))
    return situation.system_facts(ACCOUNTS_STREAM, UnknownSignIn(claimed=sealed))


@decides(EndSession)
def end_session(command: EndSession, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    if command.session not in account.sessions:
        return []
    cause = "idle" if command.idle else "signed_out"
    return _facts(
        account.account,
        situation,
        SessionEnded.model_validate({"account": account.account, "session": command.session, "cause": cause}),
    )


@decides(NoteDenial)
def note_denial(command: NoteDenial, situation: Situation) -> list[NewFact]:
    account = situation.people.single(Account, command.account)
    moment = situation.now.moment
    if account is None or not (
        account.session(command.session, moment) or account.token(command.session, moment)
    ):
        return []
    fields = command.model_dump(exclude={"session"})
    return _facts(account.account, situation, AccessDenied.model_validate(fields))


def digest_of(secret: str) -> str:
    """What is kept of a random secret of 256 bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
