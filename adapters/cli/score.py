"""`trialog score`: scores for records that come a line at a time; no store, no trial.

A line holds one JSON object, and gets one line for an answer, at once and in the same order, whatever is
wrong with it. The form is in `docs/scores.md`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from adapters.cli.helping import HelpedCommand
from adapters.cli.options import Language
from domain.errors import Invalid

if TYPE_CHECKING:
    from domain.scores import Formula, Quantity, Score, ScoreInputs

_ABOUT = """Compute liver scores: one JSON object a line from stdin, one answer a line to stdout, in order.

A missing input gives "value": null and its name in "missing"; a bad one gives "error". Both are answers, so
the exit code is 0."""
_EXAMPLE = "Example: trialog score --json < inputs.jsonl"


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""

    @app.command("score", cls=HelpedCommand, help=_ABOUT, epilog=_EXAMPLE)
    def run(
        as_json: Annotated[
            bool, typer.Option("--json", help="Read and answer in JSON lines: the only form.")
        ] = False,
        _language: Language = "en",
    ) -> None:
        if not as_json:
            raise Invalid("usage.json", "score reads and answers in JSON lines only", remedy="Say --json.")
        _answer_all(sys.stdin.buffer)


def _answer_all(lines: Iterable[bytes]) -> None:
    """Answer each line before the next is read, so that another program may ask and wait."""
    write, flush = sys.stdout.write, sys.stdout.flush
    for number, line in enumerate(lines, start=1):
        write(answer(line, number))
        flush()


def answer(line: bytes, number: int = 1) -> str:
    """The answer to one line, a JSON object and a line break. Raises nothing."""
    from domain.scores import formula_of

    try:
        request = _request(line)
    except ValueError as error:
        return _written(None, None, None, f"line {number} {error}")
    asked = request.get("score")
    identity = request.get("id")
    if not isinstance(identity, str | int | None) or isinstance(identity, bool):
        return _written(None, asked, None, "id is neither a text nor a whole number of at most 40 digits")
    if not isinstance(asked, str):
        return _written(identity, None, None, "score is missing: it names the formula")
    try:
        formula = formula_of(asked)
        score = formula.score(_inputs(request, formula))
    except Invalid as error:
        return _written(identity, asked, None, error.message)
    return _written(identity, asked, score, score.error)


# ---------------------------------------------------------------- from JSON


class _Written(NamedTuple):
    """A JSON number that is not whole, or very long, as it was written: no float comes between."""

    text: str


def _request(line: bytes) -> dict[str, Any]:
    """The object on a line. Raises ValueError, with the reason, when there is none."""
    try:
        text = line.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise ValueError("is no text in UTF-8") from error
    if not text:
        raise ValueError("is empty")
    try:
        request = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"is no JSON: {error.msg} at character {error.pos + 1}") from error
    except RecursionError as error:
        raise ValueError("is no JSON that can be read: nested too deeply") from error
    if not isinstance(request, dict):
        raise ValueError("is no JSON object")  # noqa: TRY004 - a fault of the line, like the others here
    return request


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names each thing once: which of two values counts is not for us to choose."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"names '{twice[:40]}' twice")
    return found


def _whole(text: str) -> int | _Written:
    return int(text) if len(text) <= _LONGEST else _Written(text)


_LONGEST = 40
_DECODER = json.JSONDecoder(
    parse_float=_Written, parse_int=_whole, parse_constant=_Written, object_pairs_hook=_object
)


def _inputs(request: dict[str, Any], formula: Formula) -> ScoreInputs:
    """The inputs the formula takes; no other is looked at. Raises Invalid for a wrong kind of value."""
    from domain.scores import ScoreInputs

    found: dict[str, Any] = {}
    errors: list[str] = []
    for name in formula.inputs:
        value = request.get(name)
        if value is None or value == "":
            continue
        try:
            found[name] = _READERS[name](value)
        except ValueError as error:
            errors.append(f"{name} {error}")
    if errors:
        raise Invalid("score.input", "; ".join(errors))
    return ScoreInputs(**found)


def _quantity(value: object) -> Quantity:
    from domain.scores import Quantity

    if not isinstance(value, dict):
        return Quantity(_number(value))
    strange = sorted(value.keys() - {"value", "unit", "comparator"})
    if strange:
        raise ValueError(f"has '{strange[0][:40]}', which is none of value, unit and comparator")
    number, unit, comparator = (value.get(name) for name in ("value", "unit", "comparator"))
    return Quantity(
        "" if number is None else _number(number),
        "" if unit is None else _word(unit),
        "" if comparator is None else _word(comparator),
    )


def _number(value: object) -> str:
    """The text of a number, which may be written as a text or as a number."""
    if isinstance(value, _Written):
        return value.text
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError("is no number")


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("is neither true nor false")


def _word(value: object) -> str:
    if isinstance(value, str):
        return value
    raise ValueError("has a number or an object where a word belongs")


def _grade(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value in {"0", "1", "2", "3", "4"}:
        return int(value)
    raise ValueError("is no grade 0 to 4")


_READERS = {
    "bilirubin": _quantity,
    "creatinine": _quantity,
    "inr": _quantity,
    "sodium": _quantity,
    "albumin": _quantity,
    "sex": _word,
    "dialysis": _flag,
    "ascites": _word,
    "encephalopathy": _grade,
}

# ---------------------------------------------------------------- to JSON

_ENCODER = json.JSONEncoder(separators=(",", ":"))  # ASCII, so that it reads the same in every encoding


def _written(identity: str | int | None, asked: object, score: Score | None, error: str | None) -> str:
    """An answer as a line of JSON."""
    fields: dict[str, object] = {
        "id": identity,
        "value": None,
        "raw": score and score.raw,
        "class": score and score.grade,
        "missing": score.missing if score else (),
        "formula": asked if isinstance(asked, str) else None,
    }
    if score and score.flags:
        fields["flags"] = score.flags
    if error is not None:
        fields["error"] = error
    texts = {name: _ENCODER.encode(value) for name, value in fields.items()}
    if score and score.value is not None:
        texts["value"] = f"{score.value:f}"  # a number with the decimals it has: no float comes between
    members = ",".join(f'"{name}":{text}' for name, text in texts.items())
    return f"{{{members}}}\n"
