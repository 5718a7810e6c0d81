"""A store with accounts: its people, what they hold, and what they do once they are signed in."""

from __future__ import annotations

import base64
from datetime import timedelta

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from pydantic import SecretStr

from adapters.app import App
from adapters.auth.people import Here
from domain.account import Kind
from domain.account_state import Account
from domain.clinical_time import ClinicalTime, Instant
from domain.delegation import Task
from domain.fact import Fact
from domain.identifiers import SYSTEM_LOG, account_stream
from domain.record import Attribution, Entry, Origin, Record, Role
from tests.support.scenario import Scenario
from tests.support.trial import TRIAL, active, log_of
from workflows import access, account, delegation, session
from workflows.command import Command, Receipt

FIRST, SECOND = "ada.admin", "bo.admin"
PI, CRC = "zhao.pi", "li.crc"
PASSWORD = "granite otter paints quietly"  # noqa: S105 - of nobody
ANOTHER = "seven lamps beside the ferry"
ONE_TIME = "one-time-secret-0001"
METHOD = "identity card seen in person"


def code_at(seed: str, clock: Scenario) -> str:
    """The code a device shows now."""
    totp = TOTP(base64.b32decode(seed), 6, SHA1(), 30)  # noqa: S303 - RFC 6238
    return totp.generate(int(clock.clock.moment.timestamp())).decode()


def seed_of(name: str) -> str:
    """The seed of somebody's device: the same in every run."""
    return base64.b32encode(name.encode().ljust(20, b".")[:20]).decode()


class House:
    """A scenario whose accounts are begun, with two administrators who are signed in."""

    def __init__(self, scenario: Scenario, *, begun: bool = True) -> None:
        self.scenario = scenario
        self.here: dict[str, Here] = {}
        if begun:
            self.begin()

    @property
    def app(self) -> App:
        """The application in use."""
        return self.scenario.app

    # ------------------------------------------------ people

    def begin(self) -> None:
        """Begin accounts with the first administrator, and found them with the second."""
        self.wait()
        command = account.BeginAccounts(
            account=FIRST,
            name="Ada Admin",
            organisation="Hospital",
            password=SecretStr(PASSWORD),
            seed=SecretStr(seed_of(FIRST)),
            code=SecretStr(self.code(FIRST)),
        )
        self.app.engine.execute(SYSTEM_LOG, command, Attribution(FIRST, Role.ADMINISTRATOR))
        self.sign_in(FIRST)
        self.open(SECOND)
        self.sign_in(SECOND)
        self.do(FIRST, Role.ADMINISTRATOR, access.RequestRole(account=SECOND, role=Role.ADMINISTRATOR))
        self.do(SECOND, Role.HOLDER, access.GrantRole(account=SECOND, grant="r-1"))

    def open(self, name: str, *, verified: bool = True) -> None:
        """Open an account, and let its holder choose password and second factor."""
        self.administer(
            account.OpenAccount(
                account=name, name=name.title(), organisation="Hospital", one_time=SecretStr(ONE_TIME)
            )
        )
        if verified:
            self.administer(account.VerifyIdentity(account=name, method=METHOD))
        self.choose(name)

    def choose(self, name: str, password: str = PASSWORD) -> None:
        """Choose password and second factor with the secret given once."""
        self.wait()
        self.app.people.choose_password(name, password, one_time=ONE_TIME)
        self.app.people.enrol(name, password, seed_of(name), self.code(name))

    def machine(self, name: str, origin: Origin = Origin.IMPORT) -> Here:
        """Open a machine's account with a token for laboratory data, and grant it the trial."""
        self.administer(
            account.OpenAccount(account=name, name=name, organisation="Laboratory", kind=Kind.SERVICE)
        )
        self.grant(name, Role.SYSTEM)
        self.administer(
            account.IssueToken.model_validate(
                {
                    "account": name,
                    "token": "t-1",
                    "digest": session.digest_of("secret"),
                    "origin": origin,
                    "origin_id": "laboratory",
                    "expires": self.in_days(100),
                }
            )
        )
        return self.app.people.enter_by_token(f"{name}/t-1/secret")

    def grant(
        self, name: str, role: Role, *sites: str, trial: str = TRIAL, expires: Instant | None = None
    ) -> str:
        """Grant a role: asked for by the first administrator, granted by the second."""
        asked = access.RequestRole(account=name, trial=trial, role=role, sites=sites, expires=expires)
        self.do(FIRST, Role.ADMINISTRATOR, asked)
        grant = f"r-{self.account(name).access.number}"
        self.do(SECOND, Role.ADMINISTRATOR, access.GrantRole(account=name, trial=trial, grant=grant))
        return grant

    def join(self, name: str, role: Role, *sites: str, verified: bool = True) -> Here:
        """Open an account, grant a role in the trial, and sign in."""
        self.open(name, verified=verified)
        self.grant(name, role, *sites)
        return self.sign_in(name)

    def sign_in(self, name: str, password: str = PASSWORD) -> Here:
        """Sign in with a code that was not used yet."""
        self.wait()
        self.here[name] = self.app.people.sign_in(name, password, self.code(name))
        return self.here[name]

    # ------------------------------------------------ what they do

    def by(self, name: str, role: Role, site: str = "", reason: str = "as agreed") -> Attribution:
        """Somebody who is signed in, in a role they claim."""
        return self.here[name].attribution(role, site, reason=reason)

    def do(
        self, name: str, role: Role, command: Command, site: str = "", reason: str = "as agreed"
    ) -> Receipt:
        """Let somebody who is signed in issue a command; a signature is confirmed first."""
        self.wait()
        if type(command).SIGNS:
            self.confirm(name, command)
        return self.app.engine.execute(log_of(command), command, self.by(name, role, site, reason))

    def administer(self, command: Command) -> Receipt:
        """Let the first administrator do something."""
        return self.do(FIRST, Role.ADMINISTRATOR, command)

    def confirm(self, name: str, *commands: Command) -> None:
        """Authenticate anew with both components, to sign these commands."""
        self.wait()
        self.app.people.confirm(self.here[name], commands, PASSWORD, self.code(name))

    def prepare(self, name: str, *tasks: Task, site: str = "S1") -> None:
        """Train somebody and delegate tasks, all of them by default."""
        self.train(name)
        signed = delegation.SignDelegation(account=name, site=site, tasks=tasks or tuple(Task))
        self.do(PI, Role.PRINCIPAL_INVESTIGATOR, signed)

    def train(self, name: str) -> None:
        """Record somebody's training in the protocol."""
        trainer, role = (PI, Role.PRINCIPAL_INVESTIGATOR) if name != PI else (DM, Role.DATA_MANAGER)
        trained = delegation.RecordTraining(account=name, at=self.now(), subject="protocol", version="1.0")
        self.do(trainer, role, trained)

    # ------------------------------------------------ time and facts

    def wait(self, **span: float) -> None:
        """Let time go by, half a minute by default: the device then shows another code."""
        self.scenario.clock.advance(**(span or {"seconds": 31}))

    def code(self, name: str) -> str:
        """What somebody's device shows now."""
        return code_at(seed_of(name), self.scenario)

    def now(self) -> ClinicalTime:
        """Now, as a clinical time."""
        return ClinicalTime.at(self.scenario.clock.moment, "UTC")

    def in_days(self, days: float) -> Instant:
        """An instant so many days from now."""
        return Instant.of(self.scenario.clock.moment + timedelta(days=days))

    def account(self, name: str) -> Account:
        """An account as its facts make it."""
        known = self.app.people.account(name)
        assert known is not None
        return known

    def entries(self, name: str) -> list[Entry]:
        """The facts of an account with their envelopes."""
        return list(self.app.reading.entries(SYSTEM_LOG, stream=account_stream(name)))

    def facts(self, name: str, kind: type[Fact]) -> list[Fact]:
        """The facts of one kind of an account."""
        return [each.record.fact for each in self.entries(name) if isinstance(each.record.fact, kind)]

    def newest(self) -> Record:
        """The last fact of the system log."""
        head, _ = self.app.reading.head(SYSTEM_LOG)
        (entry,) = self.app.reading.entries(SYSTEM_LOG, after=head - 1)
        return entry.record

    def last(self) -> Attribution:
        """Who the trial's journal says was the last to act."""
        head, _ = self.app.reading.head(TRIAL)
        (entry,) = self.app.reading.entries(TRIAL, after=head - 1)
        return entry.command.attribution


DM = "sun.dm"


def staffed(scenario: Scenario) -> House:
    """An active trial where accounts are begun, with investigator, coordinator and data manager ready."""
    scenario.given(active())
    house = House(scenario)
    for name, role in (
        (PI, Role.PRINCIPAL_INVESTIGATOR),
        (DM, Role.DATA_MANAGER),
        (CRC, Role.COORDINATOR),
    ):
        house.join(name, role)
    house.train(PI)
    house.prepare(CRC)
    return house
