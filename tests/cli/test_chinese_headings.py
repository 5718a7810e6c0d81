"""Every heading of a table, name beside a value and title that the command line writes is in Chinese too."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from adapters.cli.chinese import Chinese
from adapters.cli.chinese_headings import HEADINGS
from adapters.cli.chinese_words import STATES
from adapters.cli.output import Answer, Table
from domain.words import CHINESE as CODES

FILES = [file for folder in ("adapters/cli", "trialog") for file in sorted(Path(folder).glob("*.py"))]
TREES = {file: ast.parse(file.read_text("utf-8")) for file in FILES}
COLUMNS_AT = {"Table": 1, "listing": 2, "Listing": 3, "pairs": 0}
"""Where each is given its columns; `pairs` takes names and values."""


def _constants() -> dict[str, dict[Path, ast.expr]]:
    found: dict[str, dict[Path, ast.expr]] = defaultdict(dict)
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id][file] = node.value
    return found


CONSTANTS = _constants()


def _words(file: Path, node: ast.expr | None, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The texts of a tuple that is written out, under its own name or another's."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Tuple | ast.List):
        for each in node.elts:
            yield from _words(file, each, seen)
    elif isinstance(node, ast.Dict):
        for key in node.keys:
            yield from _words(file, key, seen)
    elif isinstance(node, ast.Starred):
        yield from _words(file, node.value, seen)
    elif isinstance(node, ast.IfExp):
        yield from (*_words(file, node.body, seen), *_words(file, node.orelse, seen))
    elif isinstance(node, ast.BinOp):
        yield from (*_words(file, node.left, seen), *_words(file, node.right, seen))
    elif isinstance(node, ast.Name) and node.id not in seen:
        known = CONSTANTS[node.id]
        for value in [known[file]] if file in known else known.values():
            if isinstance(value, ast.Tuple | ast.List | ast.BinOp):
                yield from _words(file, value, seen | {node.id})


def _tables() -> Iterator[tuple[str, list[str], list[str]]]:
    """Every table: where it is made, its columns, its title."""
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            at = (
                COLUMNS_AT.get(node.func.id)
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
                else None
            )
            if at is None or not isinstance(node, ast.Call) or len(node.args) <= at:
                continue
            title = node.args[2] if at == COLUMNS_AT["Table"] and len(node.args) > 2 else None
            yield f"{file}:{node.lineno}", list(_words(file, node.args[at])), list(_words(file, title))


def _in_chinese(columns: list[str], title: str = "") -> Table:
    answer = Chinese(None).answer(Answer({}, (Table([], columns, title),)))
    assert isinstance(answer, Answer)
    (table,) = answer.text
    assert isinstance(table, Table)
    return table


def test_no_heading_and_no_title_is_left_in_english() -> None:
    left: dict[str, str] = {}
    for where, columns, titles in _tables():
        for title in titles or [""]:
            told = _in_chinese(columns, title)
            left |= {
                word: where
                for word in (*told.columns, told.title)
                if word in (*columns, title) and re.search("[A-Za-z]{3}", word)
            }
    assert left == {}


def test_a_word_that_means_the_same_stands_in_one_table() -> None:
    tables = (HEADINGS, CODES, STATES)
    twice = [
        word
        for one, other in combinations(tables, 2)
        for word, meant in one.items()
        if other.get(word) == meant
    ]
    assert twice == []


def test_the_tables_are_read_from_the_source() -> None:
    found = list(_tables())
    assert len({word for _, columns, _ in found for word in columns}) > 250
    assert any("incident" in columns and "new or worse" in columns for _, columns, _ in found)
    assert any("At baseline" in titles for _, _, titles in found)
