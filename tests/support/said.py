"""What the product can say, read from its source: every advice, which stands where an error's remedy is set,
the code of every error, and all that a verification can find.

A piece that is known only when the program runs, as a name, stands there as `GAP`.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from domain.errors import TrialogError

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "workflows", "projections", "adapters", "scheduler", "trialog")
GAP = "\0"
_WIDEST = 64
"""More readings of one expression than this are told as what they are: a gap."""
_ERRORS = {"TrialogError", *(kind.__name__ for kind in TrialogError.__subclasses__())}
_REMEDY_OF_A_RULE = 3
"""Its place among what a rule of a machine is made of."""

_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Place(NamedTuple):
    """Where in the source an advice is given, and all that it can read as."""

    where: str
    readings: frozenset[str]


class _Call(NamedTuple):
    module: Path
    within: tuple[_Function, ...]
    node: ast.Call


class _Source:
    """The source as trees, with what an expression is read by: functions, constants and calls, by name."""

    def __init__(self) -> None:
        files = (file for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py")))
        self.trees = {
            file: ast.parse(file.read_text("utf-8")) for file in files if "shipped" not in file.parts
        }
        self.functions: dict[str, list[tuple[Path, _Function]]] = defaultdict(list)
        self.constants: dict[str, list[tuple[Path, ast.expr]]] = defaultdict(list)
        self.calls: dict[str, list[_Call]] = defaultdict(list)
        self.given: list[tuple[Path, tuple[_Function, ...], ast.expr]] = []
        self.codes: list[tuple[Path, tuple[_Function, ...], ast.expr]] = []
        self.found: list[tuple[Path, tuple[_Function, ...], ast.expr]] = []
        for file, tree in self.trees.items():
            for node in tree.body:
                for name, value in _assigned(node):
                    self.constants[name].append((file, value))
            self._walk(file, tree, ())

    def _walk(self, file: Path, node: ast.AST, within: tuple[_Function, ...]) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self.functions[node.name].append((file, node))
        for each in ast.iter_child_nodes(node):
            inner = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else None
            self._walk(file, each, (*within, inner) if inner else within)
        if isinstance(node, ast.Call):
            name = _called(node)
            self.calls[name].append(_Call(file, within, node))
            self.given += [(file, within, each.value) for each in node.keywords if each.arg == "remedy"]
            if name in _ERRORS and node.args:
                self.codes.append((file, within, node.args[0]))
            checks = map(_is_check, node.args)
            self.found += [
                (file, within, what)
                for what, is_check in zip(node.args[1:], checks, strict=False)
                if is_check
            ]
            if name == "Rule" and len(node.args) > _REMEDY_OF_A_RULE:
                self.given.append((file, within, node.args[_REMEDY_OF_A_RULE]))
        for name, value in _assigned(node):
            if name == ".remedy":
                self.given.append((file, within, value))

    def readings(
        self, file: Path, within: tuple[_Function, ...], node: ast.expr, seen: frozenset[str] = frozenset()
    ) -> frozenset[str]:
        """All that an expression can read as."""
        found = self._read(file, within, node, seen)
        return found if len(found) <= _WIDEST else frozenset({GAP})

    def _read(
        self, file: Path, within: tuple[_Function, ...], node: ast.expr, seen: frozenset[str]
    ) -> frozenset[str]:
        if isinstance(node, ast.Constant):
            return frozenset({node.value if isinstance(node.value, str) else GAP})
        if isinstance(node, ast.JoinedStr):
            return self._joined(file, within, node.values, seen)
        if isinstance(node, ast.FormattedValue):
            return self.readings(file, within, node.value, seen)
        if isinstance(node, ast.IfExp):
            return self.readings(file, within, node.body, seen) | self.readings(
                file, within, node.orelse, seen
            )
        if isinstance(node, ast.BoolOp):
            each = (self.readings(file, within, value, seen) for value in node.values)
            return frozenset().union(*each)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            return self._joined(file, within, [node.left, node.right], seen)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strip":
            return frozenset(each.strip() for each in self.readings(file, within, node.func.value, seen))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id not in seen:
            first = node.args[0] if node.args else None
            if node.func.id == "next" and isinstance(first, ast.GeneratorExp):
                parts = (first.elt, *node.args[1:])
                return frozenset().union(*(self.readings(file, within, part, seen) for part in parts))
            return self._returned(node.func.id, seen)
        if isinstance(node, ast.Attribute) and node.attr == "remedy":
            return frozenset({""})  # another error's, which is read where it is given
        if isinstance(node, ast.Name):
            return self._named(file, within, node.id, seen)
        return frozenset({GAP})

    def _joined(
        self, file: Path, within: tuple[_Function, ...], parts: list[ast.expr], seen: frozenset[str]
    ) -> frozenset[str]:
        """What parts read as, one behind the other. What a function is given stands there as a gap."""
        own = within[-1:]
        given = {name for function in own for name in set(_parameters(function)) - _names_assigned(function)}
        read = []
        for part in parts:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            is_given = isinstance(inner, ast.Name) and inner.id in given
            found = frozenset({GAP}) if is_given else self.readings(file, within, part, seen)
            read.append(found or frozenset({GAP}))
        return frozenset("".join(texts) for texts in product(*read))

    def _returned(self, name: str, seen: frozenset[str]) -> frozenset[str]:
        """What the functions of a name return."""
        found: frozenset[str] = frozenset()
        for file, function in self.functions[name]:
            for node in ast.walk(function):
                if isinstance(node, ast.Return) and node.value is not None:
                    found |= self.readings(file, (function,), node.value, seen | {name})
        return found or frozenset({GAP})

    def _named(
        self, file: Path, within: tuple[_Function, ...], name: str, seen: frozenset[str]
    ) -> frozenset[str]:
        """What a name stands for: what is assigned in its function, what its callers give, or a constant."""
        for depth in range(len(within), 0, -1):
            function = within[depth - 1]
            own = f"{function.name}: {name}"
            if own in seen:  # of what is said of itself the rest is read beside it
                return frozenset()
            values = [value for each in ast.walk(function) for told, value in _assigned(each) if told == name]
            values += self._gone_through(file, function, name)
            if values or name in _parameters(function):
                seen |= {own}
                each = [self.readings(file, within[:depth], value, seen) for value in values]
                return frozenset().union(*each, self._from_callers(file, function, name, seen))
        if name in seen:
            return frozenset({GAP})
        seen |= {name}
        here = [each for each in self.constants[name] if each[0] == file] or self.constants[name]
        read = [self.readings(module, (), value, seen) for module, value in here]
        return frozenset().union(*read) or frozenset({GAP})

    def _gone_through(self, file: Path, function: _Function, name: str) -> list[ast.expr]:
        """What a name is in a loop over rows that are written out, as `for said, told in _INSTEAD`."""
        found = []
        for each in ast.walk(function):
            if not isinstance(each, ast.For | ast.comprehension) or not isinstance(each.target, ast.Tuple):
                continue
            names = [part.id for part in each.target.elts if isinstance(part, ast.Name)]
            rows = self.constants[each.iter.id] if isinstance(each.iter, ast.Name) else []
            for module, value in rows:
                if name in names and module == file and isinstance(value, ast.Tuple):
                    found += [row.elts[names.index(name)] for row in value.elts if isinstance(row, ast.Tuple)]
        return found

    def _from_callers(
        self, file: Path, function: _Function, name: str, seen: frozenset[str]
    ) -> frozenset[str]:
        parameters = _parameters(function)
        if name not in parameters:
            return frozenset()
        default = parameters[name]
        found = self.readings(file, (), default, seen) - {""} if default is not None else frozenset({GAP})
        if self.calls[function.name]:
            found -= {GAP}
        for call in self.calls[function.name]:
            value = _argument(call.node, function, name)
            if value is not None:
                found |= self.readings(call.module, call.within, value, seen) - {""}
        return found


def _assigned(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Names that a statement assigns, with what; an attribute as `.name`."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        targets = [node.target]
    for target in targets:
        assert isinstance(node, ast.Assign | ast.AnnAssign)
        assert node.value is not None
        if isinstance(target, ast.Name):
            yield target.id, node.value
        elif isinstance(target, ast.Attribute):
            yield f".{target.attr}", node.value


def _is_check(node: ast.expr) -> bool:
    """Whether an argument says in which respect something is wrong: `Check.ROOT`, `Check(what)`."""
    of = node.value if isinstance(node, ast.Attribute) else node.func if isinstance(node, ast.Call) else None
    return isinstance(of, ast.Name) and of.id == "Check"


def _names_assigned(function: _Function) -> set[str]:
    return {name for each in ast.walk(function) for name, _ in _assigned(each)}


def _called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def _parameters(function: _Function) -> dict[str, ast.expr | None]:
    """The parameters of a function, each with its default."""
    told = function.args
    places = [*told.posonlyargs, *told.args]
    defaults = [*[None] * (len(places) - len(told.defaults)), *told.defaults]
    named = zip(told.kwonlyargs, told.kw_defaults, strict=True)
    return {each.arg: default for each, default in (*zip(places, defaults, strict=True), *named)}


def _argument(call: ast.Call, function: _Function, name: str) -> ast.expr | None:
    """What a call gives for a parameter."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    places = [each.arg for each in (*function.args.posonlyargs, *function.args.args) if each.arg != "self"]
    at = places.index(name) if name in places else len(call.args)
    return call.args[at] if at < len(call.args) else None


@cache
def _source() -> _Source:
    return _Source()


@cache
def advised() -> tuple[Place, ...]:
    """Every place where an advice is given, in the order of the source."""
    return tuple(_places(_source().given))


@cache
def raised() -> frozenset[str]:
    """The code of every error."""
    return frozenset(reading for place in _places(_source().codes) for reading in place.readings)


@cache
def found() -> tuple[Place, ...]:
    """Every place where a verification says what it found, in the order of the source."""
    return tuple(_places(_source().found))


def _places(given: list[tuple[Path, tuple[_Function, ...], ast.expr]]) -> Iterator[Place]:
    for file, within, node in given:
        readings = _source().readings(file, within, node) - {""}
        yield Place(f"{file.relative_to(ROOT)}:{node.lineno}", readings)
