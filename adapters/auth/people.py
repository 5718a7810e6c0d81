"""The door where people show who they are: the same for the command line, the web and machines.

Whether a password fits takes a good part of a second on purpose, so it is found out before the system log is
locked, and the decision under the lock holds what was found against what is in force then. A name that nobody
has costs as much time and as many facts as one with a wrong password, and is answered alike.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import NamedTuple

from pydantic import SecretStr, ValidationError

from domain.account import (
    CREDENTIALS,
    OfAccount,
    PasswordSet,
    Purpose,
    Reauthenticated,
    SignedIn,
    TotpEnrolled,
)
from domain.account_state import Account, evolve
from domain.clinical_time import Instant
from domain.delegation import Standing
from domain.errors import Broken, Denied, Refused
from domain.identifiers import ACCOUNTS_STREAM, SYSTEM_LOG, account_stream
from domain.password import normal
from domain.record import Attribution, Role
from domain.sealed import Sealed
from domain.trial import Trial
from projections.ports import Reading
from workflows.admission import MACHINERY, admitted_question, denial, present
from workflows.command import Command, Receipt
from workflows.engine import Engine
from workflows.ports import Clock, Credentials, Vault
from workflows.session import (
    EndSession,
    EnrolTotp,
    NoteFailure,
    Reauthenticate,
    SetPassword,
    SignIn,
    digest_of,
)

IDLE = timedelta(minutes=30)
"""A session that nobody used for so long is over."""
SECRET_BYTES = 32


class Here(NamedTuple):
    """Somebody who is there: the account, the session or token, and the ticket to show next time."""

    account: Account
    session: str
    ticket: str = ""

    def attribution(self, role: Role, site: str = "", reason_code: str = "", reason: str = "") -> Attribution:
        """Who acts, in a role they claim: the engine holds it against the account, and fills in the rest."""
        return Attribution(
            self.account.account,
            role,
            name=self.account.name,
            site=site,
            reason_code=reason_code,
            reason_text=reason,
            session=self.session,
        )


class Asked(NamedTuple):
    """The trial a question is about, and what its log holds of the delegations and training of who asks."""

    trial_id: str
    trial: Trial
    standing: Standing | None


class _Proof(NamedTuple):
    """What fitted: the password set at that position, and the time step of the code, 0 for none."""

    password: int
    step: int


class People:
    """Signing in and out, choosing secrets, authenticating anew, tokens of machines."""

    def __init__(
        self, engine: Engine, reading: Reading, vault: Vault, credentials: Credentials, clock: Clock
    ) -> None:
        self._engine = engine
        self._reading = reading
        self._vault = vault
        self._credentials = credentials
        self._clock = clock
        self._states: dict[str, Account | None] = {}
        self._head = 0

    # ------------------------------------------------------------ what is known

    def begun(self) -> bool:
        """Whether accounts are begun in this store: then nobody acts or asks unless signed in."""
        return bool(self._reading.stream(SYSTEM_LOG, ACCOUNTS_STREAM))

    def account(self, name: str) -> Account | None:
        """An account as its facts make it now. Remembered until the system log has grown."""
        head, _ = self._reading.head(SYSTEM_LOG)
        if head != self._head:
            self._states, self._head = {}, head
        if name not in self._states:
            known = None
            for record in self._reading.stream(SYSTEM_LOG, account_stream(name), upto=head):
                known = evolve(known, record)
            self._states[name] = known
        return self._states[name]

    # ------------------------------------------------------------ signing in and out

    def sign_in(self, name: str, password: str, code: str) -> Here:
        """Begin a session. Raises Denied `sign_in.failed`, whatever was wrong, and keeps the failure as a
        fact; Refused in a store without accounts.
        """
        if not self.begun():
            raise Refused("accounts.not_begun", "accounts are not begun in this store")
        account = self.account(name)
        session, secret = f"s-{secrets.token_hex(8)}", secrets.token_urlsafe(SECRET_BYTES)
        proof = self._checked(account, password, code)
        if account is None or proof is None or not proof.step:
            self._note(name, Purpose.SIGN_IN)
            raise _failed()
        command = SignIn(
            account=name,
            password=proof.password,
            step=proof.step,
            session=session,
            digest=digest_of(secret),
        )
        if not self._told(self._own(command, session), SignedIn):
            raise _failed()
        return Here(account, session, self._ticket(name, session, secret))

    def enter(self, ticket: str) -> Here:
        """Somebody with the ticket of a session. Raises Denied when it is over; an idle one is ended."""
        try:
            sealed = Sealed.model_validate_json(base64.urlsafe_b64decode(ticket))
            shown = json.loads(self._vault.open(sealed))
            name, session, secret = shown["account"], shown["session"], shown["secret"]
            used = Instant(shown["used"]).moment
        except (ValidationError, ValueError, KeyError, TypeError, Broken) as error:
            raise _nobody() from error
        now = self._clock.now().moment
        account = self.account(name)
        known = account.session(session, now) if account is not None else None
        if account is None or known is None or not hmac.compare_digest(digest_of(secret), known.digest):
            raise _nobody()
        if now - used > IDLE:
            self._own(EndSession(account=name, session=session, idle=True), session)
            raise Denied(
                "session.idle",
                f"the session was idle for more than {int(IDLE.total_seconds() // 60)} minutes and is over",
                remedy="Sign in again with 'trialog account sign-in'.",
            )
        return Here(account, session, self._ticket(name, session, secret))

    def enter_by_token(self, token: str) -> Here:
        """A machine with its token, `NAME/TOKEN/SECRET`. Raises Denied."""
        name, _, rest = token.strip().partition("/")
        known_as, _, secret = rest.partition("/")
        account = self.account(name)
        known = account.token(known_as, self._clock.now().moment) if account is not None else None
        if account is None or known is None or not hmac.compare_digest(digest_of(secret), known.digest):
            self._note(name, Purpose.SIGN_IN)
            raise _nobody()
        return Here(account, known_as)

    def sign_out(self, here: Here) -> None:
        """End a session."""
        self._own(EndSession(account=here.account.account, session=here.session), here.session)

    # ------------------------------------------------------------ secrets

    def choose_password(
        self, name: str, password: str, *, one_time: str = "", current: str = "", code: str = ""
    ) -> None:
        """Choose a password with the secret given once, or with the present password and a code.

        Raises Refused for a weak password, Denied `sign_in.failed` when the proof fails. Ends every session.
        """
        command = SetPassword(
            account=self._known(name, current or one_time, Purpose.PASSWORD),
            password=SecretStr(password),
            one_time=SecretStr(one_time),
            current=SecretStr(current),
            code=SecretStr(code),
        )
        if not self._told(self._own(command), PasswordSet):
            raise _failed()

    def enrol(self, name: str, password: str, seed: str, code: str) -> None:
        """Enrol a second factor. Raises Refused when there is one, Denied `sign_in.failed`."""
        command = EnrolTotp(
            account=self._known(name, password, Purpose.TOTP),
            password=SecretStr(password),
            seed=SecretStr(seed),
            code=SecretStr(code),
        )
        if not self._told(self._own(command), TotpEnrolled):
            raise _failed()

    # ------------------------------------------------------------ signing

    def needs_code(self, here: Here) -> bool:
        """Whether the next signature takes both components: the first of a session does."""
        account = self.account(here.account.account)
        known = account.session(here.session, self._clock.now().moment) if account is not None else None
        return known is None or not known.has_signed

    def confirm(self, here: Here, commands: Iterable[Command], password: str, code: str = "") -> None:
        """Authenticate anew, to sign exactly these commands within five minutes.

        Raises Denied `signature.failed`; the failure is a fact, and the fifth in a row ends the session.
        """
        name = here.account.account
        proof = self._checked(self.account(name), password, code)
        if proof is None or bool(code) != bool(proof.step):
            self._note(name, Purpose.SIGNATURE, here.session)
            raise _failed("signature.failed")
        command = Reauthenticate(
            account=name,
            session=here.session,
            digests=tuple(each.fingerprint() for each in commands),
            password=proof.password,
            step=proof.step,
        )
        if not self._told(self._own(command, here.session), Reauthenticated):
            raise _failed("signature.failed")

    # ------------------------------------------------------------ questions

    def may_ask(self, here: Here, question: str, role: Role, asked: Asked) -> tuple[str, ...]:
        """The sites that somebody may ask about in a role, none when all. Raises Denied, and keeps it as a
        fact.
        """
        account = self.account(here.account.account) or here.account
        now = self._clock.now()
        try:
            present(account, here.session, now.moment)
            return admitted_question(
                question, role, account, asked.trial, asked.trial_id, asked.standing, now
            )
        except Denied as error:
            by = here.attribution(role)
            self._engine.execute(SYSTEM_LOG, *denial(question, asked.trial_id, by, error))
            raise

    # ------------------------------------------------------------ parts

    def _checked(self, account: Account | None, password: str, code: str) -> _Proof | None:
        """What fits of what was shown; as dear whether anything does, or anybody has the name."""
        known = account if account is not None and account.is_ready else None
        sealed = known.passwords[0] if known is not None else None
        hashed = self._vault.open(sealed) if sealed is not None else self._credentials.decoy()
        fits = self._credentials.fits(normal(password), hashed)
        step = 0
        if known is not None and known.totp is not None:
            seed = self._vault.open(known.totp)
            step = self._credentials.step_of(seed, code, self._clock.now().moment)
        if known is None or known.password_set is None or not fits:
            return None
        return _Proof(known.password_set.fact, step)

    def _known(self, name: str, shown: str, purpose: Purpose) -> str:
        """The name of an account there is. Raises Denied for another, at the same cost."""
        if self.account(name) is None:
            self._credentials.fits(shown, self._credentials.decoy())
            self._note(name, purpose)
            raise _failed()
        return name

    def _own(self, command: Command, session: str = "") -> Receipt:
        name = str(getattr(command, "account", ""))
        shown = "password+totp" if isinstance(command, SignIn) else ""
        by = Attribution(name, Role.HOLDER, session=session, authentication=shown)
        return self._engine.execute(SYSTEM_LOG, command, by)

    def _note(self, name: str, purpose: Purpose, session: str | None = None) -> None:
        command = NoteFailure(account=name[:200], purpose=purpose, session=session)
        self._engine.execute(SYSTEM_LOG, command, MACHINERY)

    def _told(self, receipt: Receipt, kind: type[OfAccount]) -> bool:
        """Whether a command left a fact of that kind."""
        entries = self._reading.entries(SYSTEM_LOG, after=receipt.first - 1, upto=receipt.last)
        return any(isinstance(entry.record.fact, kind) for entry in entries)

    def _ticket(self, name: str, session: str, secret: str) -> str:
        shown = {"account": name, "session": session, "secret": secret, "used": str(self._clock.now())}
        sealed = self._vault.seal(CREDENTIALS, json.dumps(shown))
        return base64.urlsafe_b64encode(sealed.model_dump_json().encode()).decode()


def _failed(code: str = "sign_in.failed") -> Denied:
    return Denied(
        code,
        "name, password or code is wrong",
        remedy="After five failures an account is locked until an administrator unlocks it.",
    )


def _nobody() -> Denied:
    return Denied("access.not_signed_in", "nobody is signed in here", remedy="Sign in.")
