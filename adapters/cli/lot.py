"""`trialog lot …`: lots of product."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from adapters.cli.commands import Answer, Asked, answers, noun, writes
from adapters.cli.options import Language, LotId, Reason
from adapters.cli.output import listing
from adapters.cli.rows import LINE_COLUMNS, at
from domain.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from domain.product_lot import ProductLot

group = noun("lot", "Bring lots of product in, test and release them, hold them back.")


@writes(
    group,
    "register",
    "lot.register",
    example="lot register L7 B1 B2 B3 --expires 2027-01-01 --as q.he:cell_laboratory",
)
def register(
    lot: LotId,
    bags: Annotated[list[str], typer.Argument(metavar="BAG…", help="The bags of the lot.")],
    expires: Annotated[str, typer.Option("--expires", metavar="TIME", help="When the lot expires.")],
) -> None:
    """Bring a lot into the trial."""


@writes(
    group,
    "test",
    "lot.record_test",
    example='lot test L7 viability "92 %" --limit "at least 80 %" --passed --as q.he:cell_laboratory',
)
def enter_test(
    lot: LotId,
    test: Annotated[str, typer.Argument(metavar="TEST", help="Which test, as sterility.")],
    result: Annotated[str, typer.Argument(metavar="RESULT", help="What it gave.")],
    passed: Annotated[bool, typer.Option("--passed/--failed", help="Whether that is good enough.")],
    limit: Annotated[str, typer.Option("--limit", metavar="TEXT", help="What is required.")] = "",
) -> None:
    """Enter the result of a release test."""


@writes(group, "release", "lot.release", example="lot release L7 --basis final --as q.he:cell_laboratory")
def release(
    lot: LotId,
    basis: Annotated[
        Literal["final", "interim"], typer.Option("--basis", help="On which results it is released.")
    ] = "final",
) -> None:
    """Release the lot."""


@writes(
    group,
    "quarantine",
    "lot.quarantine",
    example='lot quarantine L7 --reason "sterility result pending" --as q.he:cell_laboratory',
)
def quarantine(lot: LotId, reason: Reason = None) -> None:
    """Hold the lot back for now. Needs --reason."""


@writes(group, "return", "lot.return_bag", example="lot return L7 B3 --as q.he:cell_laboratory")
def return_bag(
    lot: LotId, bag: Annotated[str, typer.Argument(metavar="BAG", help="The bag, as it is labelled.")]
) -> None:
    """Say that a bag which was held lies in the store and can be used.

    A bag is held once an infusion that was reported with it is taken back: nobody knows then where it is.
    """


@writes(
    group,
    "reject",
    "lot.reject",
    example='lot reject L7 --reason "not sterile" --as q.he:cell_laboratory',
)
def reject(lot: LotId, reason: Reason = None) -> None:
    """Reject the lot for good. Needs --reason."""


@writes(
    group,
    "correct",
    "lot.correct",
    example="lot correct L7 --expires 2027-01-10 --reason-code transcription"
    ' --reason "the certificate bears another day" --as q.he:cell_laboratory',
)
def correct(
    lot: LotId,
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="When the lot really expires.")
    ] = None,
    bags: Annotated[
        list[str] | None, typer.Option("--bag", metavar="BAG", help="Each bag the lot really has; repeat it.")
    ] = None,
    released: Annotated[
        str | None, typer.Option("--released", metavar="TIME", help="When the lot was really released.")
    ] = None,
) -> None:
    """Put right what was registered of a lot, or when it was released, for a reason.

    The old value stays readable. What is left out stands. Infusions given from the lot are judged by what
    is right.
    """


@answers(group, "list", example="lot list --store trial.db")
def list_lots(question: Asked) -> Answer:
    """List the lots: which have expired by then, the bags that are free and those assigned."""
    from domain.product_lot import ProductLot

    view = question.view
    rows = [_row(lot, view.moment) for lot in view.singles(ProductLot).values()]
    return listing(
        view, rows, ("lot", "status", "expires", "expired", "free", "held", "assigned", "failed_tests")
    )


@answers(group, "history", example="lot history L7 --language zh --store trial.db")
def history(question: Asked, lot: LotId, language: Language = "en") -> Answer:
    """Show the audit trail of one lot: each fact in a sentence, with who, when and why."""
    from domain.identifiers import lot_stream
    from domain.product_lot import ProductLot
    from projections.audit import history as lines

    view = question.view
    if view.single(ProductLot, lot) is None:
        raise NotFound("lot.unknown", f"there is no lot {lot} as of this instant")
    rows = [line._asdict() for line in lines(question.app.reading, view, lot_stream(lot), language)]
    return listing(view, rows, LINE_COLUMNS)


def _row(lot: ProductLot, moment: datetime) -> dict[str, Any]:
    return {
        "lot": lot.lot,
        "status": str(lot.status),
        "expires": str(lot.expires),
        "expired": lot.expires.latest <= moment,
        "registered": str(lot.registered.at),
        "released": at(lot.released),
        "free": [bag for bag, whose in lot.bags.items() if not whose and bag not in lot.held],
        "held": list(lot.held),
        "assigned": {bag: whose for bag, whose in lot.bags.items() if whose},
        "failed_tests": list(lot.failed_tests),
        "replaced": [{"field": each.field, "was": each.was, "fact": each.by.fact} for each in lot.replaced],
    }
