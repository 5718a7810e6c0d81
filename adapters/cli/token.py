"""`trialog token …`: tokens by which machines bring data, each for one origin."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import typer

from adapters.cli.account import AsOf, Name, administered, asked_of, when
from adapters.cli.commands import Acting, Answer, Recorded, looks, noun, performs, receipt, receipt_data
from adapters.cli.output import Table
from adapters.cli.place import Place

group = noun("token", "Give machines tokens for one origin of data, and revoke them.")

TokenId = Annotated[str, typer.Argument(metavar="TOKEN", help="The token's name, as t-1.")]


@performs(group, "issue", example="token issue lab.import t-1 --origin laboratory --store trial.db")
def issue(
    person: Acting,
    account: Name,
    token: TokenId,
    origin: Annotated[str, typer.Option("--origin", metavar="TEXT", help="Where its data come from.")],
    kind: Annotated[Literal["import", "device"], typer.Option("--kind", help="What brings them.")] = "import",
    days: Annotated[int, typer.Option("--days", metavar="N", help="For how many days: 1 to 400.")] = 365,
) -> Answer:
    """Give a machine a token. Its secret is shown now and never again; TRIALOG_TOKEN takes it."""
    from secrets import token_urlsafe

    from domain.clinical_time import Instant
    from workflows.session import digest_of

    secret = token_urlsafe(32)
    fields = {
        "account": account,
        "token": token,
        "digest": digest_of(secret),
        "origin": kind,
        "origin_id": origin,
        "expires": Instant.of(person.place.app.clock.now().moment + timedelta(days=days)),
    }
    done = administered(person, "account.issue_token", fields)
    whole = f"{account}/{token}/{secret}"
    return Answer({**receipt_data(done), "secret": whole}, (*receipt(done).text, f"Token: {whole}"))


@performs(group, "revoke", example="token revoke lab.import t-1 --store trial.db")
def revoke(person: Acting, account: Name, token: TokenId) -> Recorded:
    """Revoke a token at once."""
    return receipt(administered(person, "account.revoke_token", {"account": account, "token": token}))


@looks(group, "list", example="token list --as-of 2026-06-30T16:00:00Z --store trial.db")
def list_tokens(place: Place, as_of: AsOf = None) -> Answer:
    """List the tokens that open something, or did at any instant."""
    from projections.roster import accounts_at

    view = asked_of(place, as_of)
    rows = [
        {
            "account": known.account,
            "token": name,
            "origin": str(each.origin),
            "origin_id": each.origin_id,
            "expires": str(each.expires),
        }
        for known in accounts_at(place.app.reading, view).values()
        for name, each in known.tokens.items()
        if known.token(name, view.moment) is not None
    ]
    columns = ("account", "token", "origin", "origin_id", "expires")
    return Answer({**when(view), "rows": rows}, (Table(rows, columns),))
