"""Read models as documents: each state of the fold, as JSON, in versions by position.

The model's name carries the version of its shape. A changed shape is a new name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from itertools import chain, islice, repeat
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from domain.aggregates import AGGREGATES
from domain.casebook import Casebook, Touched, TrialFold
from domain.casebook_record import Records
from domain.clinical_time import ClinicalTime
from domain.document import Document
from domain.enrolment import Enrolment
from domain.errors import Broken
from domain.infusion import Infusion
from domain.observation import Result, VisitResults
from domain.outcome import Outcomes
from domain.participant import Participant
from domain.trial import Trial
from domain.visit import Visit

MODELS: dict[str, str] = {
    "trial": "trial.v1",
    "enrolment": "enrolment.v1",
    "participant": "participant.v1",
    "visit": "visit.v1",
    "results": "results.v1",
    "values": "values.v2",
    "infusion": "infusion.v1",
    "outcomes": "outcomes.v1",
    "records": "records.v1",
    **{aggregate.model: f"{aggregate.model}.v1" for aggregate in AGGREGATES},
}
"""Each state of the fold and the read model that holds it, and the table of standing values beside them."""

STATES: dict[str, type[Any]] = {
    "trial": Trial,
    "enrolment": Enrolment,
    "participant": Participant,
    "visit": Visit,
    "infusion": Infusion,
    "outcomes": Outcomes,
    "records": Records,
    **{aggregate.model: aggregate.state for aggregate in AGGREGATES},
}
"""The class of each state whose document is its fields; results are written in a form of their own."""


@cache
def _shape(state: str) -> TypeAdapter[Any]:
    return TypeAdapter(STATES[state])


@cache
def reader(state: str) -> Callable[[str], Any]:
    """What reads the body of a state's document, raising Broken where it is not what was stored. Made when it
    is first asked for: few are, in one command.
    """
    read = _results_from if state == "results" else _shape(state).validate_json

    def whole(body: str) -> Any:  # noqa: ANN401 - a state of that name
        try:
            return read(body)
        except (ValueError, TypeError, AttributeError) as error:
            remedy = "'trialog replay' tells what differs; restore a backup."
            raise Broken("document.unreadable", f"a stored {state} cannot be read", remedy=remedy) from error

    return whole


@cache
def _writer(state: str) -> Callable[[Any], bytes]:
    return _results_to if state == "results" else _shape(state).serializer.to_json


def _results_from(body: str) -> VisitResults:
    """Results are many: read without a validator, as `_results_to` wrote them."""
    return {result: _result_from(*known) for result, known in from_json(body).items()}


def _result_from(value: str, fact: int, taken: str, *rest: Any) -> Result:
    known = Result(value, fact, ClinicalTime(taken), *rest)
    if not (known.was or known.taken_was):
        return known
    return known._replace(was=tuple(known.was), taken_was=tuple(known.taken_was))


ResultValue = tuple[str, str, str, str]
"""A standing value: participant, visit, result id, and the value as reported."""

BLOCK = 8
"""How many visits of a participant stand in one document of the value table."""


def values_from(documents: list[tuple[str, str]]) -> list[ResultValue]:
    """The rows of the value table from its documents, all read at once."""
    blocks = from_json(f"[{','.join([body for _, body in documents])}]")
    columns, rows = _Columns(), []
    for (key, _), (heading, *values) in zip(documents, blocks, strict=True):
        visits, results = columns[heading]
        rows.append(zip(repeat(key.partition("/")[0]), visits, results, values, strict=False))
    return list(chain.from_iterable(rows))


class _Columns(dict[str, tuple[list[str], list[str]]]):
    """The visit and the result of each value, by the heading of a block: read once, as many are alike."""

    def __missing__(self, heading: str) -> tuple[list[str], list[str]]:
        visits: list[str] = []
        results: list[str] = []
        for line in heading.splitlines():
            visit, *standing = line.split()
            visits += [visit] * len(standing)
            results += standing
        self[heading] = visits, results
        return visits, results


def _values_to(casebook: Casebook, block: int) -> bytes:
    """The standing values, and nothing else, of one block of visits: what whole tables are read from.

    First a heading, with a line for each visit that tells it and its results, then the values in that order:
    reading a name for each value took half as long again, and reading tables from the results themselves
    six times as long.
    """
    heading: list[str] = []
    values: list[str] = []
    for visit, results in islice(casebook.results.items(), block * BLOCK, (block + 1) * BLOCK):
        standing = {result: known.value for result, known in results.items() if not known.is_voided}
        heading.append(" ".join((visit, *standing)))
        values += standing.values()
    return to_json(["\n".join(heading), *values])


_USUAL = tuple(Result._field_defaults.values())
_LEAST = len(Result._fields) - len(_USUAL)
_PLAIN = _USUAL[1:]


def _results_to(results: VisitResults) -> bytes:
    """Each result as an array, without the usual values at its end."""
    return to_json({result: _result_to(known) for result, known in results.items()})


def _result_to(known: Result) -> tuple[Any, ...]:
    # Its time as plain text: of a class of its own, the serializer finds out each time what it is, in 1.2 us.
    value, fact, taken = known[0], known[1], str(known[2])
    if known[_LEAST + 1 :] == _PLAIN:
        unit = known[_LEAST]
        return (value, fact, taken, unit) if unit else (value, fact, taken)
    length = len(known)
    while known[length - 1] == _USUAL[length - 1 - _LEAST]:
        length -= 1
    return (value, fact, taken, *known[_LEAST:length])


def project(fold: TrialFold, touched: Iterable[Touched], position: int) -> Iterable[Document]:
    """The versions a command's facts make at its last position: one for each state they changed."""
    blocks: dict[str, None] = {}
    documents = []
    for change in touched:
        body = _writer(change.model)(fold.state(change)).decode()
        documents.append(Document(MODELS[change.model], change.key, position, body))
        if change.model == "results":
            code, _, visit = change.key.partition("/")
            order = list(fold.casebooks[code].results).index(visit)
            blocks[f"{code}/{order // BLOCK}"] = None
    for key in blocks:
        code, _, block = key.partition("/")
        body = _values_to(fold.casebooks[code], int(block)).decode()
        documents.append(Document(MODELS["values"], key, position, body))
    return documents
