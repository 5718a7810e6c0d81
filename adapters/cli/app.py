"""The command line as a whole: its nouns, its own options, and how every fault becomes one line."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import typer

from adapters.cli import (
    access,
    account,
    alert,
    audit,
    backup,
    calendar,
    casebook,
    consent,
    correction,
    delegation,
    delivery,
    deviation,
    endpoints,
    entry,
    export,
    import_table,
    incident,
    infusion,
    ledger,
    lot,
    originator,
    outage,
    participant,
    privacy,
    protocol,
    query,
    randomization,
    record,
    replay,
    result,
    safety,
    sample,
    score,
    sdv,
    token,
    trial,
    unblinding,
    validation,
    visit,
    witness,
)
from adapters.cli import audit_compare as _audit_compare  # noqa: F401 - each adds its commands to the noun
from adapters.cli import audit_conformance as _audit_conformance  # noqa: F401
from adapters.cli import audit_history as _audit_history  # noqa: F401
from adapters.cli import audit_lineage as _audit_lineage  # noqa: F401
from adapters.cli import audit_proof as _audit_proof  # noqa: F401
from adapters.cli import audit_review as _audit_review  # noqa: F401
from adapters.cli import audit_reviewed as _audit_reviewed  # noqa: F401
from adapters.cli import audit_trail as _audit_trail  # noqa: F401
from adapters.cli import audit_verify as _audit_verify  # noqa: F401
from adapters.cli import audit_what_if as _audit_what_if  # noqa: F401
from adapters.cli import casebook_closing as _casebook_closing  # noqa: F401 - adds its commands to the noun
from adapters.cli import ledger_renew as _ledger_renew  # noqa: F401 - adds its command to the ledger's
from adapters.cli import ledger_restore as _ledger_restore  # noqa: F401 - adds its commands to the ledger's
from adapters.cli import ledger_sink as _ledger_sink  # noqa: F401 - adds its command to the ledger's
from adapters.cli import ledger_witness as _ledger_witness  # noqa: F401 - adds its commands to the ledger's
from adapters.cli import participant_correction as _participant_correction  # noqa: F401
from adapters.cli import record_outcomes as _record_outcomes  # noqa: F401
from adapters.cli import scores as _scores  # noqa: F401 - adds its command to the participants' own
from adapters.cli.faults import INTERRUPTED, READER_GONE, report, report_interrupted
from adapters.cli.helping import HelpedGroup
from adapters.cli.nouns import Nouns
from adapters.cli.output import abandon
from adapters.cli.place import Door, OpenApp
from domain.errors import Invalid, TrialogError

_ABOUT = """Trialog keeps a clinical trial as an append-only log of attributable facts.

Data go to stdout, all else to stderr. Exit codes: 0 ok, 1 fault, 2 usage, 3 verification failed,
4 refused by a rule, 5 not found, 6 conflict, 7 denied."""
_EXAMPLE = "Example: trialog trial status --store trial.db"

NOUNS = (
    account.group,
    access.group,
    delegation.group,
    delegation.training,
    token.group,
    protocol.group,
    trial.group,
    validation.group,
    randomization.group,
    participant.group,
    consent.group,
    visit.group,
    result.group,
    alert.group,
    calendar.group,
    delivery.group,
    deviation.group,
    incident.group,
    outage.group,
    originator.group,
    entry.transcriptions,
    entry.captures,
    safety.group,
    sample.group,
    unblinding.group,
    query.group,
    correction.group,
    sdv.group,
    casebook.group,
    privacy.group,
    ledger.group,
    witness.group,
    record.group,
    infusion.group,
    lot.group,
    import_table.group,
    audit.group,
    export.group,
)


class CommandLine(HelpedGroup):
    """The top group: ends with an exit code for every outcome, and with one line for every fault."""

    NOUNS: ClassVar[Mapping[str, typer.Typer]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Nouns(self.commands, self.NOUNS)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:  # noqa: ANN401 - as its parent declares it
        """Run the words given. Always ends with SystemExit."""
        words = list(sys.argv[1:] if args is None else args) or ["--help"]
        for name in ("stdout", "stderr"):
            if getattr(sys, name) is None:  # closed by who started this, as a scheduler does: nobody listens
                setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - open to the end
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            _readable(words)
            code = _read_on(
                super().main, words, prog_name or "trialog", complete_var, False, windows_expand_args, **extra
            )
            _hand_over()
            if code == INTERRUPTED:
                report_interrupted(words)
        except BrokenPipeError:  # the reader has had enough
            abandon(sys.stdout)
            sys.exit(READER_GONE)
        except Exception as error:  # noqa: BLE001 - the last place where a fault can become a line
            exit_code = report(error, words)
            if isinstance(error, OSError):
                abandon(sys.stdout)
            sys.exit(exit_code)
        sys.exit(code if isinstance(code, int) else 0)


def _read_on(run: Callable[..., Any], *words: Any, **extra: Any) -> Any:  # noqa: ANN401 - as its parent has it
    """What `run` returns. Typer ends with 1 when the reader of a help has gone: it is told as elsewhere."""
    try:
        return run(*words, **extra)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            raise end.__context__ from None
        raise


def _hand_over() -> None:
    """Write out what is left of the answer. When that fails, what was asked for has been done."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon(sys.stdout)
        lost = f"the answer could not be written: {error.strerror}"
        remedy = "What was to be recorded is recorded: ask before you repeat it."
        raise TrialogError("output.lost", lost, remedy=remedy) from error


def command_line(open_app: OpenApp, version: str, *further: typer.Typer) -> typer.Typer:
    """The whole command line on what opens stores, with `further` nouns besides the product's own."""

    class Line(CommandLine):
        NOUNS: ClassVar = {str(noun.info.name): noun for noun in (*NOUNS, *further)}

    app = typer.Typer(
        name="trialog",
        help=_ABOUT,
        epilog=_EXAMPLE,
        cls=Line,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    def tell_version(wanted: bool) -> None:
        if wanted:
            sys.stdout.write(f"trialog {version}\n")
            raise typer.Exit

    # Not Annotated: Typer evaluates annotations where the function above is not known.
    option = typer.Option(
        False, "--version", help="Tell the version and stop.", callback=tell_version, is_eager=True
    )

    @app.callback()
    def begin(context: typer.Context, version_wanted: bool = option) -> None:
        context.obj = Door(open_app, version)

    endpoints.register(app)
    replay.register(app)
    backup.register(app)
    score.register(app)
    return app


def _readable(words: Sequence[str]) -> None:
    """Refuse words that were no text in the terminal's encoding, and such as hold characters of control: they
    could not be stored as they are, or would not be read as they are.
    """
    for word in (*words, os.environ.get("TRIALOG_AS", ""), os.environ.get("TRIALOG_STORE", "")):
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise Invalid("usage.not_text", f"{word!r} is no text in UTF-8") from error
        if any(unicodedata.category(each) == "Cc" and each not in "\n\t" for each in word):
            raise Invalid("usage.not_text", f"{word!r} holds characters that are no text")
