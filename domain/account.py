"""An account: one person or one machine, one name, never given again. Its facts lie in the system log.

Nothing secret is in clear: passwords are hashed and the hash sealed, seeds of second factors are sealed, and
of sessions and tokens only the digest of a 256-bit random secret is kept.
"""

from enum import StrEnum
from typing import Literal

from domain.clinical_time import Instant
from domain.fact import Fact, FreeText
from domain.identifiers import AccountName, Digest, Key
from domain.record import Origin
from domain.sealed import Sealed

CREDENTIALS = "credentials"
"""The key scope of hashes of passwords, seeds of second factors, and names nobody is known by."""


class Kind(StrEnum):
    """Whose account it is. A service is a machine: it brings data by a token, and signs nothing."""

    PERSON = "person"
    SERVICE = "service"


class Component(StrEnum):
    """What somebody showed to be who they are (21 CFR 11.200(a))."""

    PASSWORD = "password"  # noqa: S105 - the word, not one
    TOTP = "totp"


class Purpose(StrEnum):
    """What was tried when a proof of identity failed."""

    SIGN_IN = "sign_in"
    SIGNATURE = "signature"
    PASSWORD = "password"  # noqa: S105 - the word, not one
    TOTP = "totp"


# ---------------------------------------------------------------- all accounts together


class AccountsBegun(Fact):
    """From now on nobody acts in this store without being signed in."""

    TOPIC = "accounts.begun.v1"
    EN = "Accounts begun by {administrator}: from now on nobody acts without being signed in"
    ZH = "{administrator} 启用账户：此后未登录者不得操作"
    administrator: AccountName


class AccountsFounded(Fact):
    """There are two administrators: every further role takes two persons who are not its holder."""

    TOPIC = "accounts.founded.v1"
    EN = "Two administrators: {first} and {second}"
    ZH = "两名管理员：{first}、{second}"
    first: AccountName
    second: AccountName


class UnknownSignIn(Fact):
    """Somebody tried to sign in under a name that nobody has. It is sealed: it may be a password."""

    TOPIC = "accounts.unknown_sign_in.v1"
    EN = "Sign-in failed under a name that is no account's"
    ZH = "以不存在的账户名登录失败"
    claimed: Sealed


# ---------------------------------------------------------------- one account


class OfAccount(Fact):
    """A fact about one account."""

    account: AccountName


class AccountOpened(OfAccount):
    """A person or a machine has got an account."""

    TOPIC = "account.opened.v1"
    EN = "Account {account} opened for {name}, {organisation}"
    ZH = "为 {name}（{organisation}）开立账户 {account}"
    name: FreeText
    organisation: FreeText
    kind: Kind = Kind.PERSON


class IdentityVerified(OfAccount):
    """Who the person is has been verified, before anything is signed (21 CFR 11.100(b))."""

    TOPIC = "account.identity_verified.v1"
    EN = "Identity of {account} verified: {method}"
    ZH = "已核实 {account} 的身份：{method}"
    method: FreeText


class SecretsReset(OfAccount):
    """Password and second factor are void; a secret to be used once lets the person choose new ones."""

    TOPIC = "account.secrets_reset.v1"
    EN = "Password and second factor of {account} to be chosen by its holder until {expires}"
    ZH = "{account} 须于 {expires} 前自行设置密码和第二验证因子"
    one_time: Sealed
    expires: Instant


class PasswordSet(OfAccount):
    """The holder has chosen a password; its argon2id hash is sealed."""

    TOPIC = "account.password_set.v1"
    EN = "{account} chose a password"
    ZH = "{account} 设置了密码"
    hashed: Sealed
    step: int = 0


class TotpEnrolled(OfAccount):
    """The holder has shown a code of a second factor (RFC 6238); its seed is sealed."""

    TOPIC = "account.totp_enrolled.v1"
    EN = "{account} enrolled a second factor"
    ZH = "{account} 绑定了第二验证因子"
    seed: Sealed
    step: int


class SignedIn(OfAccount):
    """A session has begun. `digest` is that of the session's secret, `step` the time step of the code."""

    TOPIC = "account.signed_in.v1"
    EN = "{account} signed in by {components}: session {session}, at most until {expires}"
    ZH = "{account} 登录（{components}）：会话 {session}，最迟至 {expires}"
    session: Key
    digest: Digest
    components: tuple[Component, ...]
    step: int
    expires: Instant


class ProofFailed(OfAccount):
    """Somebody failed to show to be the holder, while signing in, signing, or changing a secret."""

    TOPIC = "account.proof_failed.v1"
    EN = "Failed to show to be {account}: {purpose}"
    ZH = "未能证明是 {account} 本人：{purpose}"
    purpose: Purpose


class LockedOut(OfAccount):
    """So many proofs have failed one after the other that none is taken until an administrator unlocks."""

    TOPIC = "account.locked_out.v1"
    EN = "{account} locked out after {failures} failures"
    ZH = "{account} 连续失败 {failures} 次，已锁定"
    failures: int


class Unlocked(OfAccount):
    """Proofs are taken again."""

    TOPIC = "account.unlocked.v1"
    EN = "{account} unlocked"
    ZH = "{account} 已解锁"


class SessionEnded(OfAccount):
    """A session is over."""

    TOPIC = "account.session_ended.v1"
    EN = "Session {session} of {account} ended: {cause}"
    ZH = "{account} 的会话 {session} 结束：{cause}"
    session: Key
    cause: Literal["signed_out", "idle", "locked_out"]


class Reauthenticated(OfAccount):
    """The holder has shown anew who they are, to sign exactly the commands whose digests are named."""

    TOPIC = "account.reauthenticated.v1"
    EN = "{account} authenticated anew to sign, by {components}, in session {session}"
    ZH = "{account} 为签名再次验证（{components}），会话 {session}"
    session: Key
    components: tuple[Component, ...]
    digests: tuple[Digest, ...]
    step: int = 0


class TokenIssued(OfAccount):
    """A machine has got a token for one origin of data; of its secret the digest is kept."""

    TOPIC = "account.token_issued.v1"
    EN = "Token {token} issued to {account} for {origin} {origin_id}, until {expires}"
    ZH = "向 {account} 发放令牌 {token}，来源 {origin} {origin_id}，有效至 {expires}"
    token: Key
    digest: Digest
    origin: Origin
    origin_id: str
    expires: Instant


class TokenRevoked(OfAccount):
    """A token opens nothing any more."""

    TOPIC = "account.token_revoked.v1"
    EN = "Token {token} of {account} revoked"
    ZH = "撤销 {account} 的令牌 {token}"
    token: Key


class Deactivated(OfAccount):
    """The account is closed: its sessions and tokens are over, its name stays taken."""

    TOPIC = "account.deactivated.v1"
    EN = "Account {account} deactivated"
    ZH = "停用账户 {account}"


class Reactivated(OfAccount):
    """The account is open again, and its holder chooses new secrets."""

    TOPIC = "account.reactivated.v1"
    EN = "Account {account} reactivated"
    ZH = "重新启用账户 {account}"


class AccessDenied(OfAccount):
    """Somebody asked for what they may not do or see."""

    TOPIC = "account.access_denied.v1"
    EN = "{account} was denied {what} in {log} as {role}: {code}"
    ZH = "拒绝 {account}（{role}）在 {log} 中的操作 {what}：{code}"
    CODED = ("role",)
    what: str
    log: str
    role: str
    code: str
