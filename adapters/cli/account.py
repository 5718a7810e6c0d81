"""`trialog account …`: accounts of people and machines, signing in and out, passwords and second factors."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.asking import secret
from adapters.cli.commands import Acting, Answer, Recorded, looks, noun, performs, receipt, receipt_data
from adapters.cli.options import Language
from adapters.cli.output import Table, instants, pairs, tell
from adapters.cli.place import Place
from adapters.cli.rows import at
from domain.errors import Denied, NotFound, Refused

if TYPE_CHECKING:
    from adapters.cli.acting import Done
    from domain.account_state import Account
    from projections.as_of import View

group = noun("account", "Open and close accounts, sign in and out, choose passwords and second factors.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The account, as li.wei.")]
FullName = Annotated[str, typer.Option("--name", metavar="TEXT", help="The person's or machine's name.")]
Organisation = Annotated[str, typer.Option("--organisation", metavar="TEXT", help="Who they work for.")]


def administered(person: Acting, kind: str, fields: dict[str, Any]) -> Done:
    """Carry out a command on the system log."""
    import workflows.policy  # noqa: F401 - makes every command known
    from domain.identifiers import SYSTEM_LOG
    from workflows.command import command_from

    return person.carry_out(SYSTEM_LOG, command_from(kind, fields))


def _fresh_secret() -> str:
    import base64
    import os

    return base64.b32encode(os.urandom(15)).decode().lower()


def _show_second_factor(seed: str, account: str) -> None:
    """The address for the device: as text, and at a terminal as the square that devices read."""
    from adapters.auth.credentials import device_address

    address = device_address(seed, account, "Trialog")
    tell(f"Second factor: {address}")
    if sys.stderr.isatty() and (sys.stderr.encoding or "").lower().startswith("utf"):
        import segno

        segno.make(address, error="l", micro=False).terminal(sys.stderr, compact=True)


def _with_secret(done: Done, secret: str, words: str) -> Answer:
    """What became of a command, with a secret that is shown now and never again."""
    shown = receipt(done)
    return Answer({**receipt_data(done), "secret": secret}, (*shown.text, f"{words}: {secret}"))


@looks(
    group, "begin", example='account begin ada.admin --name "Ada Li" --organisation "Hospital"', asks=False
)
def begin(place: Place, account: Name, name: FullName, organisation: Organisation) -> Recorded:
    """Begin accounts, with the first administrator. From then on nobody acts unless signed in."""
    import os

    from adapters.auth.credentials import fresh_seed
    from adapters.cli.acting import Acting
    from adapters.cli.attribution import attribution
    from workflows.session import strong

    password = secret("new-password", "Password", twice=True)
    strong(password, (account, name, organisation))  # before a device is set up for nothing
    seed = os.environ.get("TRIALOG_TOTP_SEED") or fresh_seed()
    _show_second_factor(seed, account)
    code = secret("code", "Code")
    place.make()
    person = Acting(place, attribution(f"{account}:administrator"))
    fields = {
        "account": account,
        "name": name,
        "organisation": organisation,
        "password": password,
        "seed": seed,
        "code": code,
    }
    return receipt(administered(person, "account.begin", fields))


@performs(
    group, "open", example='account open li.wei --name "Li Wei" --organisation "Hospital" --store trial.db'
)
def open_account(
    person: Acting,
    account: Name,
    name: FullName,
    organisation: Organisation,
    machine: Annotated[bool, typer.Option("--machine", help="A machine's account, for tokens.")] = False,
) -> Answer:
    """Open an account. Tells a secret that lets the person choose a password once, within 72 hours."""
    fields = {"account": account, "name": name, "organisation": organisation}
    if machine:
        made = administered(person, "account.open", {**fields, "kind": "service"})
        return Answer({**receipt_data(made), "secret": None}, receipt(made).text)
    one_time = _fresh_secret()
    done = administered(person, "account.open", {**fields, "one_time": one_time})
    return _with_secret(done, one_time, "Secret to be used once")


@performs(group, "verify-identity", example='account verify-identity li.wei --method "identity card"')
def verify_identity(
    person: Acting,
    account: Name,
    method: Annotated[str, typer.Option("--method", metavar="TEXT", help="How it was verified.")],
) -> Recorded:
    """Say that who a person is was verified, before they sign anything."""
    return receipt(administered(person, "account.verify_identity", {"account": account, "method": method}))


@performs(group, "reset", example="account reset li.wei --store trial.db")
def reset(person: Acting, account: Name) -> Answer:
    """Void password and second factor: the person chooses new ones with a secret told once."""
    one_time = _fresh_secret()
    done = administered(person, "account.reset", {"account": account, "one_time": one_time})
    return _with_secret(done, one_time, "Secret to be used once")


@performs(group, "unlock", example="account unlock li.wei --store trial.db")
def unlock(person: Acting, account: Name) -> Recorded:
    """Take passwords again after a lock-out."""
    return receipt(administered(person, "account.unlock", {"account": account}))


@performs(group, "deactivate", example='account deactivate li.wei --reason "has left the hospital"')
def deactivate(person: Acting, account: Name) -> Recorded:
    """Close an account at once, with its sessions and tokens. Its name is never given again."""
    return receipt(administered(person, "account.deactivate", {"account": account}))


@performs(group, "reactivate", example="account reactivate li.wei --store trial.db")
def reactivate(person: Acting, account: Name) -> Answer:
    """Open a closed account again; the person chooses new secrets."""
    one_time = _fresh_secret()
    done = administered(person, "account.reactivate", {"account": account, "one_time": one_time})
    return _with_secret(done, one_time, "Secret to be used once")


# ---------------------------------------------------------------- one's own


@looks(group, "password", example="account password li.wei --store trial.db", asks=False)
def password(
    place: Place,
    account: Name,
    change: Annotated[bool, typer.Option("--change", help="With the present password and a code.")] = False,
) -> Answer:
    """Choose a password, with the secret told once; --change with the present one. Ends every session."""
    people = place.app.people
    if change:
        proof = {"current": secret("password", "Present password"), "code": secret("code", "Code")}
    else:
        proof = {"one_time": secret("one-time", "Secret told once")}
    people.choose_password(account, secret("new-password", "New password", twice=True), **proof)
    return Answer({"account": account, "password": "chosen"}, ("the password is chosen",))


@looks(group, "totp", example="account totp li.wei --store trial.db", asks=False)
def totp(place: Place, account: Name) -> Answer:
    """Enrol a second factor: shows its address for the device, and takes a code of it."""
    import os

    from adapters.auth.credentials import fresh_seed

    chosen = secret("password", "Password")
    seed = os.environ.get("TRIALOG_TOTP_SEED") or fresh_seed()
    _show_second_factor(seed, account)
    place.app.people.enrol(account, chosen, seed, secret("code", "Code"))
    return Answer({"account": account, "totp": "enrolled"}, ("the second factor is enrolled",))


@looks(group, "sign-in", example="account sign-in li.wei --store trial.db", asks=False)
def sign_in(place: Place, account: Name) -> Answer:
    """Sign in by password and code. The session is over when idle for 30 minutes, or after 12 hours."""
    from adapters.cli.session_file import keep_ticket

    people = place.app.people
    here = people.sign_in(account, secret("password", "Password"), secret("code", "Code"))
    keep_ticket(place.store, here.ticket)
    return Answer({"account": account, "session": here.session}, (f"{account} is signed in",))


@looks(group, "sign-out", example="account sign-out --store trial.db", asks=False)
def sign_out(place: Place) -> Answer:
    """End the session."""
    from adapters.cli.session_file import drop_ticket

    people, here = place.app.people, place.here
    if here is None:
        raise Refused("accounts.not_begun", "accounts are not begun in this store")
    people.sign_out(here)
    drop_ticket(place.store)
    return Answer(
        {"account": here.account.account, "session": here.session}, (f"{here.account.account} is signed out",)
    )


# ---------------------------------------------------------------- questions


AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="INSTANT|DAY|POSITION",
        help="Answer as was recorded by then: 2026-11-23T04:38:29Z, 2026-11-23 (to its end, in UTC) or 118, a"
        " position of the system log; by default now.",
    ),
]


def asked_of(place: Place, as_of: str | None) -> View:
    """The system log as of the instant. Raises Refused before accounts are begun; NotFound, Invalid."""
    from adapters.cli.question import as_of_from
    from domain.identifiers import SYSTEM_LOG

    app = place.app
    if not app.people.begun():
        raise Refused("accounts.not_begun", "accounts are not begun in this store")
    return app.view(SYSTEM_LOG, as_of_from(as_of, app, SYSTEM_LOG, place.language))


def when(view: View) -> dict[str, Any]:
    """What an answer of the store was true of: the instant, and the position of the system log."""
    return {name: told for name, told in instants(view).items() if name in ("as_of", "position")}


def _row(known: Account) -> dict[str, Any]:
    return {
        "account": known.account,
        "name": known.name,
        "organisation": known.organisation,
        "kind": str(known.kind),
        "active": known.is_active,
        "locked": known.locked is not None,
        "verified": known.verified is not None,
        "last_signed_in": at(known.last_signed_in),
        "roles": [
            f"{grant.role} {grant.trial}".strip()
            for grant in known.access.grants.values()
            if grant.granted is not None
        ],
    }


_COLUMNS = ("account", "name", "organisation", "kind", "active", "locked", "verified", "last_signed_in")


@looks(group, "list", example="account list --as-of 2026-06-30T16:00:00Z --store trial.db")
def list_accounts(place: Place, as_of: AsOf = None) -> Answer:
    """List every account there ever was, as it stood at any instant."""
    from projections.roster import accounts_at

    view = asked_of(place, as_of)
    rows = [_row(known) for known in accounts_at(place.app.reading, view).values()]
    return Answer({**when(view), "rows": rows}, (Table(rows, _COLUMNS),))


@looks(group, "show", example="account show li.wei --store trial.db")
def show(
    place: Place,
    account: Name,
    as_of: AsOf = None,
    language: Language = "en",
) -> Answer:
    """Tell an account's state and history, as of any instant. Whoever holds no other role sees their own."""
    from domain.identifiers import account_stream
    from projections.as_of import entries_of
    from projections.audit import line_of
    from projections.roster import accounts_at

    view = asked_of(place, as_of)
    reading = place.app.reading
    known = accounts_at(reading, view).get(account)
    here = place.here
    administrators = [each.role for each in here.account.access.grants.values()] if here is not None else []
    if here is not None and here.account.account != account and "administrator" not in administrators:
        raise Denied("access.other_account", "this is for the holder of the account alone")
    if known is None:
        raise NotFound("account.unknown", f"there is no account {account}")
    entries = entries_of(reading, view, stream=account_stream(account))
    lines = [line_of(entry, language)._asdict() for entry in entries]
    row = _row(known)
    shown = Table(lines, ("recorded_at", "actor", "sentence"))
    return Answer({**when(view), "account": row, "history": lines}, (pairs(row), shown))
