"""Writes the reference pages that follow from the code: `python -m docs.generate`.

A test fails when a page is not what this writes.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

import domain
from adapters.cli.options import SHARED
from domain.fact import FACTS, Fact
from domain.record import Role
from projections.deviations import RULES as DEVIATIONS
from trialog.command_line import whole_command_line
from workflows.command import Command
from workflows.conformance import RULES as REPLAYED
from workflows.machine import Move, diagram
from workflows.machines import MACHINES
from workflows.policy import PERMITTED, QUESTIONS
from workflows.rules import RULES

HERE = Path(__file__).parent


def machines() -> str:
    """The state machines: a diagram, the guards and the worded refusals of each."""
    parts = [
        "# State machines",
        "",
        "What a step needs and where it leads. The machines guard what is still to be done; what has",
        "happened is recorded whatever they say. A move that a machine does not know is refused as",
        "`<machine>.<move>.not_when_<state>` unless a rule below has words for it.",
    ]
    for name, (machine, cursor, steps) in MACHINES.items():
        table = machine.table
        parts += ["", f"## {_title(name)}", "", "```mermaid", diagram(table).rstrip(), "```"]
        guards = {guard: getattr(cursor, guard).rule for move in table.moves for guard in move.guards}
        if guards:
            rows = [
                (_code(guard), _moves(table.moves, guard), _code(rule.code), rule.en, rule.zh)
                for guard, rule in guards.items()
            ]
            parts += ["", *_table(("Guard", "Of", "Refused as", "In words", "中文"), rows)]
        moves = [(_code(fact.TOPIC), _code(move)) for fact, move in steps.items()]
        parts += ["", *_table(("A stored fact", "says that this move was made"), moves)]
        if table.refusals:
            rows = [
                (_code(trigger), _code(str(state)), _code(rule.code), rule.en, rule.zh)
                for (trigger, state), rule in table.refusals.items()
            ]
            parts += ["", *_table(("Move", "When", "Refused as", "In words", "中文"), rows)]
    return "\n".join(parts) + "\n"


def rules() -> str:
    """Every rule that refuses a command, and every rule that reality can depart from."""
    refusals = [(_code(code), _kind_of(kind), rule.en, rule.zh) for code, (kind, rule) in RULES.items()]
    departures = [(_code(rule.code), rule.en, rule.zh) for rule in DEVIATIONS.values()]
    replayed = [(_code(code), rule.en, rule.zh) for code, rule in REPLAYED.items()]
    return "\n".join(
        [
            "# Rules",
            "",
            "## Refusals",
            "",
            "A step is refused by the rule that forbids it, and nothing is stored. The codes are stable.",
            "",
            *_table(("Code", "Kind", "In words", "中文"), refusals),
            "",
            "## Deviations",
            "",
            "What happened is recorded even where it departs from the protocol, and the departure is",
            "computed from the facts. Its id follows from participant, rule and subject, so it is the same",
            "whenever it is asked for, and what people say of it names that id.",
            "",
            *_table(("Rule", "In words", "中文"), departures),
            "",
            "## Conformance",
            "",
            "`trialog audit conformance` asks the rules above of every stored fact again. These are rules",
            "besides, which the way in keeps by itself: only a fact that came past it can break them.",
            "",
            *_table(("Rule", "In words", "中文"), replayed),
            "",
        ]
    )


def facts() -> str:
    """Every fact: its topic, class, fields and sentences."""
    for module in pkgutil.iter_modules(domain.__path__):
        importlib.import_module(f"domain.{module.name}")
    known = {topic: cls for topic, cls in FACTS.topics().items() if cls.__module__.startswith("domain.")}
    parts = [
        "# Facts",
        "",
        f"The {len(known)} kinds of fact a history is made of. The topic is the storage format: a fact is",
        "stored as JSON with these fields under its topic, never in another shape: a new shape is a new",
        "version. A field that holds its default is left out. The two lines under each are its sentence in",
        "English and Chinese, fields in braces.",
    ]
    for topic, cls in known.items():
        summary = " ".join((cls.__doc__ or "").split())
        parts += ["", f"## `{topic}`", "", f"{summary} (`{cls.__module__}.{cls.__qualname__}`)", ""]
        parts += [f"- {_code(cls.EN)}", f"- {_code(cls.ZH)}"]
        fields = _fields(cls)
        if fields:
            parts += ["", *_table(("Field", "Holds", ""), fields)]
    return "\n".join(parts) + "\n"


def commands() -> str:
    """Every command of the command line: what it does, its own options and an example."""
    parts = [
        "# Commands",
        "",
        "Data go to stdout, all else to stderr; `--json` everywhere (see [JSON](json.md)). Exit codes: 0 ok,",
        "1 fault, 2 usage, 3 verification failed, 4 refused by a rule, 5 not found, 6 conflict, 7 denied;",
        "130 when Ctrl-C stopped it; 141, without a word, when whoever reads the answer to a question has",
        "gone, as in `… | head`.",
        "",
        "What a word names and is not there is not found (5), whatever it names: a trial, a participant, a",
        "visit, an item, a grade, a unit, a criterion, a site, a version, a position, a file, a folder. A",
        "word of Trialog's own that there is not, as an option, a role or a form of time, is usage (2), and",
        "so is a file that is not what it should be. A key that is not held is denied (7).",
        "",
        "Most commands also take `--store` and `--trial`; questions `--as-of`, `--axis`, `--known-at` and",
        "`--role`; what somebody does `--as`, `--site`, `--reason`, `--reason-code`, `--from-paper` and",
        "`--command-id`, and `--at` where it can have been earlier: a correction stands where what it",
        "corrects does. Every",
        "command and question takes `--language zh`, or goes by `TRIALOG_LANGUAGE=zh`: headings, states, the",
        "names of the protocol, receipts and the rules of refusals are told in Chinese, JSON stays as it is.",
        "The language of a document, as of a consent, is `--document-language`.",
    ]
    for words, command in _commands(get_command(whole_command_line())):
        summary = " ".join(str(command.help).split())
        example = command.epilog.replace("Example: ", "    ")
        parts += ["", f"## `trialog {words}`", "", summary, "", example]
        rows = [(_spelled(each), each.help) for each in command.params if not _is_shared(each)]
        if rows:
            parts += ["", *_table(("Argument or option", "Meaning"), rows)]
    return "\n".join(parts) + "\n"


def policy() -> str:
    """The matrix of roles, commands and questions."""
    heads = ("", *(_INITIALS[role] for role in Role))
    return "\n".join(
        [
            "# Who may do what, and who may ask what",
            "",
            "One table, default deny, executed whole by the tests. Columns: "
            + ", ".join(f"{_INITIALS[role]} {role.replace('_', ' ')}" for role in Role)
            + ".",
            "`S` marks a command that is an electronic signature.",
            "",
            "## Commands",
            "",
            *_table(heads, (_cells(_signed(kind), roles) for kind, roles in _by_kind())),
            "",
            "## Questions",
            "",
            *_table(heads, (_cells(_code(name), roles) for name, roles in sorted(QUESTIONS.items()))),
            "",
        ]
    )


_INITIALS = {
    Role.COORDINATOR: "CO",
    Role.INVESTIGATOR: "IN",
    Role.PRINCIPAL_INVESTIGATOR: "PI",
    Role.INFUSION_OPERATOR: "OP",
    Role.CELL_LABORATORY: "CL",
    Role.OUTCOME_ASSESSOR: "OA",
    Role.RANDOMIZATION_MANAGER: "RM",
    Role.MONITOR: "MO",
    Role.DATA_MANAGER: "DM",
    Role.STATISTICIAN: "ST",
    Role.MASKED_STATISTICIAN: "MS",
    Role.DSMB: "DS",
    Role.SPONSOR: "SP",
    Role.INSPECTOR: "IS",
    Role.ADMINISTRATOR: "AD",
    Role.HOLDER: "HO",
    Role.SYSTEM: "SY",
}


def _by_kind() -> list[tuple[type[Command], frozenset[Role]]]:
    return sorted(PERMITTED.items(), key=lambda row: row[0].KIND)


def _signed(kind: type[Command]) -> str:
    return f"{_code(kind.KIND)}{' S' if kind.SIGNS else ''}"


def _cells(name: str, roles: frozenset[Role]) -> tuple[str, ...]:
    return (name, *("●" if role in roles else "" for role in Role))


_SHARED = {annotation.__metadata__[0].help for annotation, _ in SHARED.values()}


def _is_shared(parameter: Any) -> bool:  # noqa: ANN401 - typer's own classes
    """Whether it is told once for all commands; one of the same name that means something else is not."""
    return "--help" in parameter.opts or parameter.help in _SHARED


def _spelled(parameter: Any) -> str:  # noqa: ANN401 - typer's own classes
    """How an argument or option is written."""
    is_option = parameter.opts[0].startswith("-")
    words = " / ".join((*parameter.opts, *parameter.secondary_opts)) if is_option else parameter.metavar
    return _code(str(words).replace("|", "\\|"))


def _commands(group: Any, words: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer's own classes
    for name, command in group.commands.items():
        path = f"{words} {name}".strip()
        if hasattr(command, "commands"):
            yield from _commands(command, path)
        else:
            yield path, command


PAGES: dict[str, Callable[[], str]] = {
    "machines.md": machines,
    "rules.md": rules,
    "facts.md": facts,
    "commands.md": commands,
    "policy.md": policy,
}
"""Each generated page and what writes it."""


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _code(text: str) -> str:
    return f"`{text}`"


def _kind_of(kind: type[Exception]) -> str:
    return {"NotFound": "not found"}.get(kind.__name__, kind.__name__.lower())


def _moves(moves: Iterable[Move], guard: str) -> str:
    return ", ".join(_code(name) for name in dict.fromkeys(m.trigger for m in moves if guard in m.guards))


def _fields(cls: type[Fact]) -> list[tuple[str, ...]]:
    schema = cls.model_json_schema(mode="serialization")
    fields: list[tuple[str, ...]] = []
    for name, field in cls.model_fields.items():
        kind = repr(field.annotation)
        named = next((words for part, words in _NAMED.items() if part in kind), "")
        part = schema["properties"][name]
        holds = named or _holds(part, schema.get("$defs", {}))
        fields.append((_code(name), holds, "" if field.is_required() else _default(field.default)))
    return fields


def _default(value: object) -> str:
    """What a field that is not stored holds; released with the fact, and as frozen."""
    return "absent" if value in (None, "", ()) else f"absent means {_code(str(value))}"


_NAMED = {"Sealed": "sealed value", "ClinicalTime": "clinical time", "Decimal": "decimal number"}
_WORDS = {"string": "text", "integer": "whole number", "boolean": "yes or no"}


def _holds(part: dict[str, Any], named: dict[str, Any]) -> str:
    """What a field holds, from its JSON schema, in words; `named` are the parts it refers to."""
    if "$ref" in part:
        return _holds(named[part["$ref"].rpartition("/")[2]], named)
    if "anyOf" in part:
        return " or ".join(_holds(way, named) for way in part["anyOf"] if way.get("type") != "null")
    if part["type"] == "array" and "prefixItems" in part:
        return " with ".join(_holds(each, named) for each in part["prefixItems"])
    if part["type"] == "array":
        return f"list of {_holds(part['items'], named)}"
    if "enum" in part:
        return " or ".join(_code(str(each)) for each in part["enum"])
    words = _WORDS[part["type"]]
    pattern = part.get("pattern", "").replace("|", "\\|")
    return f"{words} {_code(pattern)}" if pattern else words


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def main() -> int:
    """Write every page."""
    for name, page in PAGES.items():
        (HERE / name).write_text(page(), "utf-8")
        sys.stderr.write(f"{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
