"""Every rule about people that refuses, and the command it refuses in one household."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from pydantic import SecretStr

from domain.delegation import Task
from domain.errors import Denied, NotFound, Refused, TrialogError
from domain.record import Origin, Role
from tests.support.people import (
    CRC,
    FIRST,
    METHOD,
    ONE_TIME,
    PASSWORD,
    PI,
    SECOND,
    House,
    seed_of,
    staffed,
)
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, course, day
from workflows import access, account, delegation, session, trial
from workflows.command import Command

CODE = "S1-001"
CLOSED, LOCKED, MACHINE, NEW, EMPTY = "old.crc", "locked.crc", "lab.import", "new.crc", "no.roles"
MASKED, ELSEWHERE, UNTRAINED, UNDELEGATED, UNVERIFIED = (
    "an.assessor",
    "s2.crc",
    "un.trained",
    "un.delegated",
    "un.verified",
)
ADMIN, INVESTIGATOR, COORDINATOR, SYSTEM = (
    Role.ADMINISTRATOR,
    Role.PRINCIPAL_INVESTIGATOR,
    Role.COORDINATOR,
    Role.SYSTEM,
)
WEAK = {"too_short": "x7.Kq", "too_long": "long ago " * 20, "common": "Password2026!"}


def household(scenario: Scenario) -> House:
    """A staffed trial, with people in every state a rule speaks of."""
    house = staffed(scenario)
    house.do(CRC, COORDINATOR, course("screened")[0])
    for name in (CLOSED, LOCKED, NEW, EMPTY):
        house.open(name)
    house.do(FIRST, ADMIN, account.DeactivateAccount(account=CLOSED), reason="has left")
    house.machine(MACHINE)
    house.sign_in(EMPTY)
    house.join(ELSEWHERE, COORDINATOR, "S2")
    house.prepare(ELSEWHERE, site="S2")
    house.join(UNTRAINED, COORDINATOR)
    house.join(UNDELEGATED, COORDINATOR)
    house.train(UNDELEGATED)
    house.join(UNVERIFIED, INVESTIGATOR, verified=False)
    house.train(UNVERIFIED)
    house.join(MASKED, Role.OUTCOME_ASSESSOR)
    house.prepare(MASKED)
    asked = access.RequestRole(account=NEW, trial=TRIAL, role=COORDINATOR)
    house.do(FIRST, ADMIN, asked)
    house.do(PI, INVESTIGATOR, delegation.SignDelegation(account=NEW, site="S1", tasks=(Task.CONSENT,)))
    house.do(PI, INVESTIGATOR, delegation.EndDelegation(account=NEW, delegation="d-1"))
    return house


class Case(NamedTuple):
    """A rule's code and kind, who asks in which role, and for what."""

    code: str
    kind: type[TrialogError]
    who: str
    role: Role
    command: Callable[[House], Command]
    reason: str = "as agreed"
    origin: Origin = Origin.PERSON


def _case(
    code: str,
    who: str,
    role: Role,
    command: Command | Callable[[House], Command],
    kind: type[TrialogError] = Refused,
    **more: str | Origin,
) -> Case:
    made = command if callable(command) else lambda _house: command
    return Case(code, kind, who, role, made, **more)  # type: ignore[arg-type]


def _by_admin(code: str, command: Command, kind: type[TrialogError] = Refused, reason: str = "ok") -> Case:
    return _case(code, FIRST, ADMIN, command, kind, reason=reason)


def _ask(name: str, role: Role, trial_id: str = TRIAL, **more: object) -> access.RequestRole:
    fields = {"account": name, "trial": trial_id, "role": role, **more}
    return access.RequestRole.model_validate(fields)


def _opened(name: str, one_time: str = ONE_TIME) -> account.OpenAccount:
    return account.OpenAccount(
        account=name, name="Somebody", organisation="Hospital", one_time=SecretStr(one_time)
    )


def _begun(name: str) -> account.BeginAccounts:
    return account.BeginAccounts(
        account=name,
        name="Somebody",
        organisation="Hospital",
        password=SecretStr(PASSWORD),
        seed=SecretStr(seed_of(name)),
        code=SecretStr("000000"),
    )


def _chosen(password: str) -> Callable[[House], Command]:
    """A new password, by the present one and a code."""
    return lambda house: session.SetPassword(
        account=EMPTY,
        password=SecretStr(password),
        current=SecretStr(PASSWORD),
        code=SecretStr(house.code(EMPTY)),
    )


def _token(name: str, days: float, token: str = "t-2") -> Callable[[House], Command]:  # noqa: S107 - its name
    return lambda house: account.IssueToken.model_validate(
        {
            "account": name,
            "token": token,
            "digest": "00" * 32,
            "origin": "import",
            "origin_id": "laboratory",
            "expires": house.in_days(days),
        }
    )


def _expiring(days: float) -> Callable[[House], Command]:
    return lambda house: _ask(EMPTY, COORDINATOR, expires=house.in_days(days))


_DEATH = course("answered")[4]
_SIGNED = delegation.SignDelegation(account=CRC, site="S1", tasks=(Task.CONSENT,))

CASES = [
    _by_admin("accounts.begun_already", _begun(FIRST)),
    _by_admin("account.name_taken", _opened(CRC)),
    _by_admin("account.name_taken", _opened(CLOSED)),
    _by_admin("account.one_time", _opened("brand.new", "short")),
    _by_admin("account.machine", account.VerifyIdentity(account=MACHINE, method=METHOD)),
    _by_admin("account.machine", account.ResetSecrets(account=MACHINE, one_time=SecretStr(ONE_TIME))),
    _by_admin("account.not_active", account.ResetSecrets(account=CLOSED, one_time=SecretStr(ONE_TIME))),
    _by_admin("account.not_active", account.DeactivateAccount(account=CLOSED), reason="has left"),
    _by_admin("account.not_active", _ask(CLOSED, COORDINATOR)),
    _by_admin("account.no_reason", account.DeactivateAccount(account=EMPTY), reason=""),
    _by_admin("account.active", account.ReactivateAccount(account=EMPTY)),
    _by_admin("account.not_locked", account.UnlockAccount(account=EMPTY)),
    _by_admin("account.unknown", account.UnlockAccount(account="nobody"), NotFound),
    _case(
        "account.unknown",
        PI,
        INVESTIGATOR,
        delegation.SignDelegation(account="nobody", site="S1", tasks=(Task.CONSENT,)),
        NotFound,
    ),
    _by_admin("account.own", account.ResetSecrets(account=FIRST, one_time=SecretStr(ONE_TIME)), Denied),
    _case("token.person", FIRST, ADMIN, _token(EMPTY, 10)),
    _case("token.expires", FIRST, ADMIN, _token(MACHINE, 500)),
    _case("token.expires", FIRST, ADMIN, _token(MACHINE, -1)),
    _case("token.name_taken", FIRST, ADMIN, _token(MACHINE, 10, "t-1")),
    _by_admin("token.unknown", account.RevokeToken(account=MACHINE, token="t-9"), NotFound),  # noqa: S106 - its name
    _by_admin("access.own", _ask(FIRST, COORDINATOR), Denied),
    _by_admin("access.own", access.GrantRole(account=NEW, trial=TRIAL, grant="r-1"), Denied),
    _by_admin("access.unknown", access.GrantRole(account=NEW, trial=TRIAL, grant="r-9"), NotFound),
    _by_admin("access.unknown", access.RevokeRole(account=NEW, trial="T-2", grant="r-1"), NotFound),
    _by_admin("access.granted_already", access.GrantRole(account=PI, trial=TRIAL, grant="r-1")),
    _by_admin("access.kind", _ask(EMPTY, SYSTEM)),
    _by_admin("access.kind", _ask(EMPTY, Role.HOLDER)),
    _by_admin("access.kind", _ask(MACHINE, COORDINATOR)),
    _by_admin("access.scope", _ask(EMPTY, ADMIN)),
    _by_admin("access.scope", _ask(EMPTY, COORDINATOR, "")),
    _case("access.expired", FIRST, ADMIN, _expiring(-1)),
    _by_admin("access.unbounded", _ask(EMPTY, Role.INSPECTOR)),
    _by_admin("access.conflict", _ask(SECOND, COORDINATOR)),
    _by_admin("access.conflict", _ask(CRC, ADMIN, "")),
    _by_admin("access.conflict", _ask(NEW, Role.MONITOR)),
    _by_admin("access.no_role", trial.NameDataCut(name="x"), Denied)._replace(role=Role.DATA_MANAGER),
    _case("access.no_role", CRC, INVESTIGATOR, trial.CloseEnrolment(), Denied),
    _case("access.not_trained", UNTRAINED, COORDINATOR, _DEATH, Denied),
    _case("access.not_delegated", UNDELEGATED, COORDINATOR, _DEATH, Denied),
    _case("access.other_site", ELSEWHERE, COORDINATOR, _DEATH, Denied),
    _case(
        "access.other_account",
        CRC,
        Role.HOLDER,
        session.EndSession(account=PI, session="s-1"),
        Denied,
    ),
    _case(
        "access.other_origin",
        MACHINE,
        SYSTEM,
        _DEATH,
        Denied,
        origin=Origin.DEVICE,
    ),
    _case("signature.not_authenticated", PI, INVESTIGATOR, _SIGNED, Denied),
    _case("signature.not_verified", UNVERIFIED, INVESTIGATOR, _SIGNED, Denied),
    _case(
        "session.over",
        CRC,
        Role.HOLDER,
        session.Reauthenticate(account=CRC, session="s-9", digests=("00" * 32,), password=0),
        Denied,
    ),
    _case(
        "delegation.unknown",
        PI,
        INVESTIGATOR,
        delegation.EndDelegation(account=CRC, delegation="d-9"),
        NotFound,
    ),
    _case(
        "delegation.ended_already", PI, INVESTIGATOR, delegation.EndDelegation(account=NEW, delegation="d-1")
    ),
    _case(
        "delegation.ends_before_start",
        PI,
        INVESTIGATOR,
        delegation.SignDelegation(account=CRC, site="S1", tasks=(Task.CONSENT,), ends=day(-1)),
    ),
    _case(
        "site.unknown",
        PI,
        INVESTIGATOR,
        delegation.SignDelegation(account=CRC, site="S9", tasks=(Task.CONSENT,)),
        NotFound,
    ),
    _case(
        "training.own",
        PI,
        INVESTIGATOR,
        delegation.RecordTraining(account=PI, at=day(0), subject="protocol"),
        Denied,
    ),
    _case("site.not_staffed", PI, INVESTIGATOR, trial.ActivateSite(site="S2")),
    *(_case(f"password.{code}", EMPTY, Role.HOLDER, _chosen(text)) for code, text in WEAK.items()),
    _case("password.used_before", EMPTY, Role.HOLDER, _chosen(PASSWORD)),
    _case(
        "totp.enrolled_already",
        EMPTY,
        Role.HOLDER,
        session.EnrolTotp(
            account=EMPTY,
            password=SecretStr(PASSWORD),
            seed=SecretStr(seed_of(EMPTY)),
            code=SecretStr("000000"),
        ),
    ),
]

TESTED_BELOW = {
    "access.not_signed_in",
    "access.unmasked",
    "accounts.not_begun",
    "accounts.other_actor",
    "signature.service",
    "totp.no_fit",
}
"""What needs another store than that of the household, or nobody signed in: beside the cases."""

CODES = {case.code for case in CASES} | TESTED_BELOW
