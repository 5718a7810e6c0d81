"""Roles as they are asked for, granted by a second person, and revoked; and which of them exclude each other.

A grant is of one role, in one trial (or, for administrators, in the whole store), at some of its sites or
all, until a time or until it is revoked. Its facts lie in the stream of the account that holds it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from domain.clinical_time import Instant
from domain.fact import Fact
from domain.happened import Happened
from domain.identifiers import AccountName, Key, SiteId
from domain.record import Record, Role
from domain.replacing import replace

WHOLE_STORE = ""
"""In place of a trial: the role is held in every matter of the store, as that of administrators."""


class _OfRole(Fact):
    """What a request and a grant have in common. No sites means all of them."""

    account: AccountName
    grant: Key
    trial: str = WHOLE_STORE
    role: Role
    sites: tuple[SiteId, ...] = ()
    expires: Instant | None = None

    @property
    def where(self) -> str:
        """The trial and its sites, in words."""
        return f"{self.trial or 'the whole store'}, {', '.join(self.sites) or 'all sites'}"

    @property
    def where_zh(self) -> str:
        """The same in Chinese."""
        return f"{self.trial or '整个系统'}，{'、'.join(self.sites) or '全部中心'}"

    @property
    def until(self) -> str:
        """When it ends, in words."""
        return str(self.expires or "revoked")

    @property
    def until_zh(self) -> str:
        """The same in Chinese."""
        return str(self.expires or "撤销")


class RoleRequested(_OfRole):
    """Somebody has asked for a role for an account; another person grants it or does not."""

    TOPIC = "access.role_requested.v1"
    EN = "{requested_by} asks for the role {role} for {account} ({where}), until {until}: request {grant}"
    ZH = "{requested_by} 为 {account} 申请角色 {role}（{where_zh}），有效至{until_zh}：申请 {grant}"
    requested_by: AccountName


class RoleGranted(_OfRole):
    """The role is held from now on, by the word of two persons."""

    TOPIC = "access.role_granted.v1"
    EN = "{granted_by} grants {account} the role {role} ({where}), until {until}; asked for by {requested_by}"
    ZH = "{granted_by} 授予 {account} 角色 {role}（{where_zh}），有效至{until_zh}；申请人 {requested_by}"
    requested_by: AccountName
    granted_by: AccountName


class RoleRevoked(Fact):
    """The role is held no longer, or what was asked for will not be granted."""

    TOPIC = "access.role_revoked.v1"
    EN = "{account} holds the role {role} no longer: {grant} revoked"
    ZH = "撤销 {account} 的角色 {role}：{grant}"
    account: AccountName
    grant: Key
    role: Role


# ---------------------------------------------------------------- state


@dataclass(frozen=True, slots=True)
class Grant:
    """A role somebody holds, or has been asked for (`granted` is None)."""

    grant: str
    trial: str
    role: Role
    sites: tuple[str, ...]
    expires: Instant | None
    requested_by: str
    requested: Happened | None
    granted_by: str = ""
    granted: Happened | None = None

    def holds(self, trial: str, moment: datetime) -> bool:
        """Whether it is held in a trial at a moment."""
        return (
            self.granted is not None
            and self.trial in (trial, WHOLE_STORE)
            and (self.expires is None or moment < self.expires.moment)
        )

    def covers(self, site: str) -> bool:
        """Whether it reaches to a site; no site is reached by every grant."""
        return not site or not self.sites or site in self.sites


@dataclass(frozen=True, slots=True)
class Access:
    """The roles of one account: those held and those asked for. `number` counts the requests ever made."""

    grants: dict[str, Grant] = field(default_factory=dict)
    number: int = 0

    def held(self, trial: str, moment: datetime) -> Iterator[Grant]:
        """The grants held in a trial at a moment."""
        return (grant for grant in self.grants.values() if grant.holds(trial, moment))


def evolve(access: Access, record: Record) -> Access:
    """The roles of an account after one more fact. Total: what it does not know changes nothing."""
    fact, when = record.fact, record.happened
    match fact:
        case RoleRequested():
            asked = Grant(
                fact.grant, fact.trial, fact.role, fact.sites, fact.expires, fact.requested_by, when
            )
            return Access({**access.grants, fact.grant: asked}, access.number + 1)
        case RoleGranted():
            before = access.grants.get(fact.grant)
            held = Grant(
                fact.grant,
                fact.trial,
                fact.role,
                fact.sites,
                fact.expires,
                fact.requested_by,
                before.requested if before else None,
                fact.granted_by,
                when,
            )
            return replace(
                access,
                grants={**access.grants, fact.grant: held},
                number=access.number if before else access.number + 1,
            )
        case RoleRevoked():
            left = {name: grant for name, grant in access.grants.items() if name != fact.grant}
            return replace(access, grants=left)
    return access


# ---------------------------------------------------------------- which roles exclude each other

_SITE = frozenset(
    {
        Role.COORDINATOR,
        Role.INVESTIGATOR,
        Role.PRINCIPAL_INVESTIGATOR,
        Role.INFUSION_OPERATOR,
        Role.CELL_LABORATORY,
    }
)
_BESIDE_THE_SITE = frozenset(
    {Role.RANDOMIZATION_MANAGER, Role.STATISTICIAN, Role.MONITOR, Role.DATA_MANAGER, Role.SPONSOR}
)
ALONE = frozenset(
    {
        Role.ADMINISTRATOR,
        Role.OUTCOME_ASSESSOR,
        Role.MASKED_STATISTICIAN,
        Role.DSMB,
        Role.INSPECTOR,
        Role.SYSTEM,
    }
)
"""Roles that stand beside no other: administrators hold no right to data, the masked and the independent none
that would end that.
"""


def excludes(one: Role, other: Role) -> bool:
    """Whether one person may not hold both roles (in one trial; an administrator in any).

    Who makes data at the site does not review them for the sponsor, nor keep the allocation list.
    """
    if one == other:
        return False
    if one in ALONE or other in ALONE:
        return True
    return (one in _SITE and other in _BESIDE_THE_SITE) or (other in _SITE and one in _BESIDE_THE_SITE)


def conflict(role: Role, trial: str, held: Iterable[Grant], moment: datetime) -> Grant | None:
    """The grant, held or asked for, that keeps an account from a role in a trial; None when there is none.

    An administrator's excludes those of every trial, and those of any trial an administrator's.
    """
    for grant in held:
        if grant.expires is not None and grant.expires.moment <= moment:
            continue
        whole = Role.ADMINISTRATOR in (role, grant.role)
        if (whole or grant.trial == trial) and excludes(role, grant.role):
            return grant
    return None
