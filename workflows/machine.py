"""State machines as tables: states, moves, and the guards each move names.

A machine guards *decide*, never *evolve*: history folds whatever the rules say today. One machine is built
per table and protocol version and triggered on a throwaway cursor, which costs microseconds; attaching
models costs a hundred times as much.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NamedTuple

from transitions import Machine as Transitions
from transitions import MachineError

from domain.errors import Refused


class Rule(NamedTuple):
    """A rule of the protocol's flow: its stable code, its words, and what to do, where that is not plain."""

    code: str
    en: str
    zh: str
    remedy: str = ""


class Move(NamedTuple):
    """A trigger that leads from any of `sources` to `target` (None: stays) when every guard holds."""

    trigger: str
    sources: tuple[str, ...]
    target: str | None
    guards: tuple[str, ...] = ()


class Table(NamedTuple):
    """A machine's definition. `refusals` words the illegal moves that people ask about most."""

    name: str
    states: tuple[str, ...]
    moves: tuple[Move, ...]
    refusals: dict[tuple[str, str], Rule]


class Cursor:
    """Where a machine stands for the length of one question. Guards are methods of its subclasses."""

    def __init__(self, state: str) -> None:
        self.state = str(state)
        self.refused: Rule | None = None


def guard(
    code: str, en: str, zh: str, remedy: str = ""
) -> Callable[[Callable[[Any], bool]], Callable[[Any], bool]]:
    """Make a method of a cursor a guard: when it does not hold, the cursor remembers its rule."""
    rule = Rule(code, en, zh, remedy)

    def mark(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
        @wraps(holds)
        def check(cursor: Cursor) -> bool:
            if holds(cursor):
                return True
            cursor.refused = rule
            return False

        check.rule = rule  # type: ignore[attr-defined]
        return check

    return mark


class Machine:
    """A table at work."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._machine = Transitions(
            model=None,
            states=list(table.states),
            transitions=[
                {
                    "trigger": move.trigger,
                    "source": [str(source) for source in move.sources],
                    "dest": None if move.target is None else str(move.target),
                    "conditions": list(move.guards),
                }
                for move in table.moves
            ],
            initial=None,
            auto_transitions=False,
        )
        self._guarded = {
            (move.trigger, str(source)) for move in table.moves if move.guards for source in move.sources
        }
        self._certain: dict[tuple[str, str], str] = {}
        """Where moves without guards have led: they never lead elsewhere, and are worked out once."""

    def move(self, trigger: str, cursor: Cursor, where: str) -> str:
        """Take a step: the state it leads to. Raises Refused with the rule that forbids it."""
        before = cursor.state
        certain = self._certain.get((trigger, before))
        if certain is not None:
            cursor.state = certain
            return certain
        try:
            taken = self._machine.events[trigger].trigger(cursor)
        except MachineError:
            raise self._not_now(trigger, before, where) from None
        if not taken:
            rule = cursor.refused
            if rule is None:  # pragma: no cover - every guard is made by `guard`
                raise AssertionError(f"{trigger} was refused by an unnamed guard")
            told = f"{self.table.name}: {trigger}"
            raise Refused(rule.code, rule.en, where=where, rule=told, remedy=rule.remedy)
        if (trigger, before) not in self._guarded:
            self._certain[trigger, before] = cursor.state
        return cursor.state

    def _not_now(self, trigger: str, state: str, where: str) -> Refused:
        told = f"{self.table.name}: {trigger}"
        worded = self.table.refusals.get((trigger, state)) or self.table.refusals.get(("*", state))
        if worded is not None:
            return Refused(worded.code, worded.en, where=where, rule=told)
        rule = _not_when(self.table, trigger, state)
        steps = [move.trigger.replace("_", " ") for move in self.table.moves if state in move.sources]
        remedy = f"What can follow: {', '.join(dict.fromkeys(steps))}." if steps else "Nothing can follow."
        return Refused(rule.code, rule.en, where=where, rule=told, remedy=remedy)


def _not_when(table: Table, trigger: str, state: str) -> Rule:
    """The rule of an illegal move that the table does not word."""
    step, subject = trigger.replace("_", " "), table.name.replace("_", " ")
    return Rule(
        f"{table.name}.{trigger}.not_when_{state}",
        f"{step} is not possible when the {subject} is {state}",
        f"状态为 {state} 时不能 {trigger}",
    )


def every(states: Iterable[str], *, but: Iterable[str] = ()) -> tuple[str, ...]:
    """All of the states except some."""
    left_out = set(but)
    return tuple(str(state) for state in states if state not in left_out)


def diagram(table: Table) -> str:
    """The table as a mermaid state diagram, moves in the table's order."""
    lines = ["stateDiagram-v2"]
    for move in table.moves:
        label = move.trigger + (f" [{', '.join(move.guards)}]" if move.guards else "")
        lines += [f"    {source} --> {move.target or source}: {label}" for source in move.sources]
    return "\n".join(lines) + "\n"
