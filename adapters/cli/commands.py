"""How a function becomes a command of the command line: its own parameters, then the options all share.

`answers` is for questions, `writes` for one command of the workflow, `performs` for several, `looks` for what
asks neither who nor when.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import typer

from adapters.cli.acting import Acting, Done, acting
from adapters.cli.faults import READER_GONE
from adapters.cli.helping import HelpedCommand, HelpedGroup
from adapters.cli.options import (
    PLACE,
    QUESTION,
    SHARED,
    SPAN,
    UNTIMED,
    UNTIMED_WRITING,
    WRITING,
)
from adapters.cli.output import Answer, Listing, Recorded, Table, plain, show
from adapters.cli.place import Door, Place, placed
from adapters.cli.question import Asked, asked
from domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from workflows.command import Receipt

F = TypeVar("F", bound=Callable[..., Any])
Given = Mapping[str, Any]
Fields = dict[str, Any]


def noun(name: str, about: str) -> typer.Typer:
    """The group of the commands on one kind of thing."""
    return typer.Typer(
        name=name,
        cls=HelpedGroup,
        help=about,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def answers(group: typer.Typer, name: str, *, example: str) -> Callable[[F], F]:
    """A question: the function gets an `Asked` and its own parameters, and returns an Answer.

    Its words are its name in the policy: `participant show` asks `participant.show`. A participant that it is
    about must be there as of the instant: an empty answer about nobody would look like one about somebody.
    """
    named = question_name(group, name)

    def question(function: F, given: Given, own: Given, place: Place) -> Answer | Listing:
        put = asked(place, given, named)
        if put.about:
            put.participant(put.about)
        return _in_language(function(put, **own), place, given)

    return _registered(group, name, QUESTION, example, question)


def compares(group: typer.Typer, name: str, *, example: str) -> Callable[[F], F]:
    """A question about what lies between two instants, FROM and TO: the function gets an `Asked` for each of
    them and its own parameters.
    """

    named = question_name(group, name)

    def question(function: F, given: Given, own: Given, place: Place) -> Answer | Listing:
        earlier = asked(place, {**given, "as_of": given["start"]}, named, last_of_day=False)
        later = asked(place, {**given, "as_of": given["end"]}, named, last_of_day=True)
        if later.about:
            later.participant(later.about)
        return _in_language(function(earlier, later, **own), place, given)

    return _registered(group, name, SPAN, example, question)


def _in_language(
    answer: Answer | Listing, place: Place, given: Given, *, of_trial: bool = True
) -> Answer | Listing:
    """The answer as people read it in the language asked for; as JSON it is the same in every language. What
    is not `of_trial` is told without the names of a protocol: no store is opened for its language alone.
    """
    if place.language != "zh" or given["as_json"]:
        return answer
    from adapters.cli.chinese import Chinese

    if not of_trial:
        return Chinese(None).answer(answer)
    try:
        trial = place.app.view(place.trial).trial
    except (NotFound, Invalid):  # of the system, before there is any trial
        return Chinese(None).answer(answer)
    return Chinese(trial.protocol if trial.versions else None).answer(answer)


def looks(group: typer.Typer, name: str, *, example: str, asks: bool = True) -> Callable[[F], F]:
    """A look at a file or a whole store: the function gets the `Place` and its own parameters.

    What it reads of a store is a question under its words as its name. With `asks` false it opens no store,
    or writes to one: then it is its commands that are permitted or not.
    """
    named = question_name(group, name) if asks else ""

    def look(function: F, given: Given, own: Given, place: Place) -> Answer | Listing:
        place.question = named
        return _in_language(function(place, **own), place, given, of_trial=False)

    return _registered(group, name, PLACE, example, look)


ASKED: set[str] = set()
"""The name of every question that the command line asks."""


KINDS: dict[str, str] = {}
"""The kind of command of the workflow that the words of one of the command line ask for, where it is one."""


RECORDING: set[str] = set()
"""The words of every command that answers with a `Recorded`."""


def _words(group: typer.Typer, name: str) -> str:
    """A command as people type it, without `trialog`."""
    noun = group.info.name
    return f"{noun} {name}" if isinstance(noun, str) and noun != "trialog" else name


def question_name(group: typer.Typer, name: str) -> str:
    """The policy's name of the question that these words ask, kept in `ASKED`."""
    named = _words(group, name).replace(" ", ".", 1)
    ASKED.add(named)
    return named


_WRITINGS = (WRITING, UNTIMED_WRITING)


def performs(
    group: typer.Typer, name: str, *, example: str, timed: bool = False, by_holder: bool = False
) -> Callable[[F], F]:
    """Something a person does: the function gets an `Acting` and its own parameters, returns an Answer. What
    is `timed` can be said of an earlier time; what is done `by_holder` takes no role where it is about one's
    own account.
    """

    def perform(function: F, given: Given, own: Given, place: Place) -> Answer | Listing:
        answer: Answer = function(acting(place, given, own["account"] if by_holder else ""), **own)
        return _in_language(answer, place, given)

    return _registered(group, name, WRITING if timed else UNTIMED_WRITING, example, perform)


def writes(group: typer.Typer, name: str, kind: str, *, example: str) -> Callable[[F], F]:
    """One command of the workflow, of the kind named.

    A function that is nothing but its docstring asks for the command with its own parameters as the fields;
    any other returns the fields. It gets an `Acting` if its first parameter is called `person`.
    """

    RECORDING.add(_words(group, name))
    KINDS[_words(group, name)] = kind

    def write(function: F, given: Given, own: Given, place: Place) -> Answer | Listing:
        person = acting(place, given)
        fields = function(person, **own) if "person" in _names(function) else function(**own)
        done = person.execute(kind, dict(own) if fields is None else fields)
        return _in_language(receipt(done), place, given)

    return _registered(group, name, UNTIMED_WRITING if kind in UNTIMED else WRITING, example, write)


def receipt(done: Done) -> Recorded:
    """What became of a command."""
    facts = [
        {**fact, "sentence": sentence} for fact, sentence in zip(done.facts, done.sentences, strict=True)
    ]
    tables = (
        Table(facts, ("position", "sentence")),
        Table(done.deviations, ("deviation", "rule", "subject", "detail"), "Deviations that came with this"),
    )
    words = positions(done.receipt)
    return Recorded(receipt_data(done), (words, *(each for each in tables if each.rows)))


def receipt_data(done: Done) -> Fields:
    """What became of a command, as data."""
    known = done.receipt
    return {
        "trial": done.trial,
        "command": done.kind,
        "command_id": known.command_id,
        "first": known.first,
        "last": known.last,
        "repeated": known.repeated,
        "facts": done.facts,
        "deviations": done.deviations,
    }


def positions(known: Receipt) -> str:
    """A receipt in words: `recorded at position 12–14`."""
    if not known.first:
        return "nothing had to change"
    span = plain(known.first) if known.first == known.last else f"{known.first}–{known.last}"
    return f"{'already recorded' if known.repeated else 'recorded'} at position {span}"


# ---------------------------------------------------------------- how a function is registered

_FIRST = ("question", "place", "person", "earlier", "later")
"""Names of a function's first parameters that stand for what the command line puts together."""


def _names(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _registered(
    group: typer.Typer,
    name: str,
    shared: Sequence[str],
    example: str,
    carry_out: Callable[[F, Given, Given, Place], Answer | Listing],
) -> Callable[[F], F]:
    """Register a function under a name; what it declares itself goes before what all commands share.

    A parameter the function declares under a shared name takes that one's place, and serves both.
    """

    def register(function: F) -> F:
        signature = inspect.signature(function, eval_str=True)
        if signature.return_annotation is Recorded:
            RECORDING.add(_words(group, name))
        own = [
            each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            for each in signature.parameters.values()
            if each.name not in _FIRST
        ]
        names = [each.name for each in own]
        parameters = [*own, *(_parameter(each) for each in (*shared, "as_json") if each not in names)]

        def run(context: typer.Context, **given: Any) -> None:
            if given["as_json"] and given.get("csv"):
                raise Invalid(
                    "usage.two_forms", "an answer has one form", remedy="Give --csv or --json, not both."
                )
            _something_said(context, given)
            door = context.find_object(Door)
            if door is None:
                raise AssertionError("the command line was built without a door")
            source = context.get_parameter_source("language")
            if given["as_json"] and source is not None and source.name == "ENVIRONMENT":
                given["language"] = "en"  # What a script reads depends on its own words alone.
            try:
                with placed(door, given) as place:
                    place.language = given["language"]
                    answer = carry_out(function, given, {each: given[each] for each in names}, place)
                    show(answer, as_json=given["as_json"], is_done=shared in _WRITINGS)
            except BrokenPipeError:  # Typer would end with 1, which is a fault
                raise typer.Exit(READER_GONE) from None

        first = inspect.Parameter("context", inspect.Parameter.POSITIONAL_ONLY, annotation=typer.Context)
        run.__signature__ = inspect.Signature([first, *parameters])  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in (first, *parameters)}
        words = example.removeprefix("trialog ")
        about = inspect.getdoc(function)
        group.command(name, cls=HelpedCommand, help=about, epilog=f"Example: trialog {words}")(run)
        return function

    return register


_SAY_THEMSELVES = ("store", "as_of")
"""Options that say by themselves what their emptiness means."""


def _something_said(context: typer.Context, given: Given) -> None:
    """Raise Invalid for an option that was given and says nothing: a script whose variable is empty meant
    something else than what the command does without the option.
    """
    for each in context.command.params:
        value = given.get(each.name or "")
        if each.param_type_name != "option" or each.name in _SAY_THEMSELVES or not isinstance(value, str):
            continue
        source = context.get_parameter_source(each.name or "")
        if not value.strip() and source is not None and source.name == "COMMANDLINE":
            raise Invalid(
                "usage.empty",
                "nothing is said",
                where=each.opts[0],
                remedy="Say it, or leave the option out.",
            )


def _parameter(name: str) -> inspect.Parameter:
    annotation, default = SHARED[name]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


__all__ = [
    "Acting",
    "Answer",
    "Asked",
    "Fields",
    "Listing",
    "Recorded",
    "answers",
    "compares",
    "looks",
    "noun",
    "performs",
    "positions",
    "receipt",
    "receipt_data",
    "writes",
]
