"""What administrators do with accounts: begin them, open, verify, reset, unlock, close, and issue tokens.

Nobody does any of it to their own account, and none of it gives a right to data: those are roles, which take
two persons (`workflows.access`).
"""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import SecretStr, StringConstraints

from domain.access import WHOLE_STORE, RoleGranted
from domain.account import (
    CREDENTIALS,
    AccountOpened,
    AccountsBegun,
    Deactivated,
    IdentityVerified,
    Kind,
    PasswordSet,
    Reactivated,
    SecretsReset,
    TokenIssued,
    TokenRevoked,
    TotpEnrolled,
    Unlocked,
)
from domain.account_state import Account, Accounts
from domain.clinical_time import Instant
from domain.errors import Denied, NotFound, Refused
from domain.fact import Fact
from domain.identifiers import ACCOUNTS_STREAM, Digest, Key, account_stream
from domain.record import NewFact, Origin, Role
from workflows.session import OnAccount, acceptable, known_account
from workflows.situation import Situation, decides

Label = Annotated[str, StringConstraints(min_length=2, max_length=120, strip_whitespace=True)]
"""A name, or another label, that people are known by."""

ONE_TIME = timedelta(hours=72)
"""How long a secret given once may be used."""
TOKEN_AT_MOST = timedelta(days=400)


class BeginAccounts(OnAccount):
    """Begin accounts, with the first administrator. From then on nobody acts unless signed in."""

    KIND = "account.begin"
    SEALED = frozenset({"password", "seed", "code"})
    name: Label
    organisation: Label
    password: SecretStr
    seed: SecretStr
    code: SecretStr


class OpenAccount(OnAccount):
    """Open an account for one person or machine. The name is given once and for good."""

    KIND = "account.open"
    SEALED = frozenset({"one_time"})
    name: Label
    organisation: Label
    kind: Kind = Kind.PERSON
    one_time: SecretStr = SecretStr("")


class VerifyIdentity(OnAccount):
    """Say that who the person is was verified, and how."""

    KIND = "account.verify_identity"
    method: Label


class ResetSecrets(OnAccount):
    """Void password and second factor; the holder chooses new ones with a secret given once."""

    KIND = "account.reset"
    SEALED = frozenset({"one_time"})
    one_time: SecretStr


class UnlockAccount(OnAccount):
    """Take proofs of identity again after a lock-out."""

    KIND = "account.unlock"


class DeactivateAccount(OnAccount):
    """Close an account. Its sessions and tokens end at once; its name stays taken."""

    KIND = "account.deactivate"


class ReactivateAccount(OnAccount):
    """Open a closed account again; a person chooses new secrets."""

    KIND = "account.reactivate"
    SEALED = frozenset({"one_time"})
    one_time: SecretStr = SecretStr("")


class IssueToken(OnAccount):
    """Give a machine a token for one origin of data. Its secret is not stored."""

    KIND = "account.issue_token"
    token: Key
    digest: Digest
    origin: Literal[Origin.DEVICE, Origin.IMPORT]
    origin_id: Label
    expires: Instant


class RevokeToken(OnAccount):
    """Revoke a token. It opens nothing from then on."""

    KIND = "account.revoke_token"
    token: Key


# ---------------------------------------------------------------- decisions


def not_oneself(situation: Situation, account: str) -> None:
    """Raise Denied when somebody acts on their own account."""
    if account == situation.by.actor:
        raise Denied("account.own", "another administrator does this to one's account", rule="four eyes")


def _of(situation: Situation, name: str) -> Account:
    not_oneself(situation, name)
    return known_account(situation, name)


def _facts(account: str, situation: Situation, *facts: Fact) -> list[NewFact]:
    return situation.system_facts(account_stream(account), *facts)


def _reset(account: str, one_time: SecretStr, situation: Situation) -> SecretsReset:
    secret = one_time.get_secret_value()
    if len(secret) < 16:
        raise Refused("account.one_time", "a secret given once has 16 characters or more")
    sealed = situation.vault.seal(CREDENTIALS, situation.credentials.hashed(secret))
    expires = Instant.of(situation.now.moment + ONE_TIME)
    return SecretsReset(account=account, one_time=sealed, expires=expires)


def _reasoned(situation: Situation) -> None:
    if not situation.has_reason:
        raise Refused("account.no_reason", "closing an account needs a reason in words")


@decides(BeginAccounts)
def begin(command: BeginAccounts, situation: Situation) -> list[NewFact]:
    if situation.people.single(Accounts) is not None:
        raise Refused("accounts.begun_already", "accounts are begun in this store")
    name, credentials, vault = command.account, situation.credentials, situation.vault
    if name != situation.by.actor:
        raise Refused("accounts.other_actor", "the first administrator begins accounts in person")
    text = acceptable(command.password, (name, command.name, command.organisation), (), situation)
    step = credentials.step_of(
        command.seed.get_secret_value(), command.code.get_secret_value(), situation.now.moment
    )
    if not step:
        raise Refused("totp.no_fit", "the code is not one of this second factor now")
    granted = RoleGranted(
        account=name,
        grant="r-1",
        trial=WHOLE_STORE,
        role=Role.ADMINISTRATOR,
        requested_by=name,
        granted_by=name,
    )
    return [
        *situation.system_facts(ACCOUNTS_STREAM, AccountsBegun(administrator=name)),
        *_facts(
            name,
            situation,
            AccountOpened(account=name, name=command.name, organisation=command.organisation),
            PasswordSet(account=name, hashed=vault.seal(CREDENTIALS, credentials.hashed(text))),
            TotpEnrolled(
                account=name, seed=vault.seal(CREDENTIALS, command.seed.get_secret_value()), step=step
            ),
            granted,
        ),
    ]


@decides(OpenAccount)
def open_account(command: OpenAccount, situation: Situation) -> list[NewFact]:
    name = command.account
    if situation.people.single(Accounts) is None:
        raise Refused("accounts.not_begun", "accounts are not begun in this store")
    if situation.people.single(Account, name) is not None:
        raise Refused(
            "account.name_taken",
            f"there is an account {name}, open or closed: a name is never given again",
            rule="21 CFR 11.100(a)",
        )
    fields = command.model_dump(include={"account", "name", "organisation", "kind"})
    opened = AccountOpened.model_validate(fields)
    if command.kind is Kind.SERVICE:
        return _facts(name, situation, opened)
    return _facts(name, situation, opened, _reset(name, command.one_time, situation))


@decides(VerifyIdentity)
def verify_identity(command: VerifyIdentity, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    if account.kind is Kind.SERVICE:
        raise Refused("account.machine", "this is a machine's account")
    return _facts(
        account.account, situation, IdentityVerified(account=account.account, method=command.method)
    )


@decides(ResetSecrets)
def reset(command: ResetSecrets, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    if account.kind is Kind.SERVICE:
        raise Refused("account.machine", "this is a machine's account")
    if not account.is_active:
        raise Refused("account.not_active", "the account is closed")
    return _facts(account.account, situation, _reset(account.account, command.one_time, situation))


@decides(UnlockAccount)
def unlock(command: UnlockAccount, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    if account.locked is None:
        raise Refused("account.not_locked", "the account is not locked")
    return _facts(account.account, situation, Unlocked(account=account.account))


@decides(DeactivateAccount)
def deactivate(command: DeactivateAccount, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    _reasoned(situation)
    if not account.is_active:
        raise Refused("account.not_active", "the account is closed")
    return _facts(account.account, situation, Deactivated(account=account.account))


@decides(ReactivateAccount)
def reactivate(command: ReactivateAccount, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    if account.is_active:
        raise Refused("account.active", "the account is open")
    facts: list[Fact] = [Reactivated(account=account.account)]
    if account.kind is Kind.PERSON:
        facts.append(_reset(account.account, command.one_time, situation))
    return _facts(account.account, situation, *facts)


@decides(IssueToken)
def issue_token(command: IssueToken, situation: Situation) -> list[NewFact]:
    account = _of(situation, command.account)
    if account.kind is not Kind.SERVICE:
        raise Refused("token.person", "a token is for a machine; people sign in")
    if not account.is_active:
        raise Refused("account.not_active", "the account is closed")
    if command.token in account.tokens:
        raise Refused("token.name_taken", f"there is a token {command.token}")
    if not situation.now.moment < command.expires.moment <= situation.now.moment + TOKEN_AT_MOST:
        raise Refused("token.expires", f"a token expires, at the latest after {TOKEN_AT_MOST.days} days")
    return _facts(account.account, situation, TokenIssued.model_validate(command.model_dump()))


@decides(RevokeToken)
def revoke_token(command: RevokeToken, situation: Situation) -> list[NewFact]:
    account = known_account(situation, command.account)
    if command.token not in account.tokens:
        raise NotFound("token.unknown", f"there is no token {command.token} of {account.account}")
    return _facts(account.account, situation, TokenRevoked(account=account.account, token=command.token))
