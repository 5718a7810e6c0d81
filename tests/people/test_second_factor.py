"""The square by which a device takes the second factor: at a terminal, that of exactly the address told."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper

import pytest
import segno

from adapters.cli.account import _show_second_factor

SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MODULES = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}
"""A sign shows two modules, one above the other: what is lit is a light module, what is not a dark one."""


class Screen(TextIOWrapper):
    """What stands on stderr."""

    def __init__(self, encoding: str, *, is_terminal: bool) -> None:
        super().__init__(BytesIO(), encoding=encoding)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal

    def lines(self) -> list[str]:
        self.seek(0)
        return self.read().splitlines()


def shown(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    with monkeypatch.context() as there:
        there.setattr(sys, "stderr", screen)
        _show_second_factor(SEED, "ada.admin")
    return screen.lines()


def test_a_terminal_shows_the_square_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    told, *square = shown(Screen("utf-8", is_terminal=True), monkeypatch)
    address = told.removeprefix("Second factor: ")
    assert address.startswith("otpauth://totp/")
    assert f"secret={SEED}" in address
    rows = [[MODULES[sign][half] for sign in line] for line in square for half in (0, 1)]
    expected = [
        list(row) for row in segno.make(address, error="l", micro=False).matrix_iter(scale=1, border=4)
    ]
    assert rows[: len(expected)] == expected
    assert len(rows) - len(expected) in (0, 1)
    for top, left in ((4, 4), (4, len(expected) - 11), (len(expected) - 11, 4)):  # what a camera looks for
        assert [row[left : left + 7] for row in rows[top : top + 7]] == FINDER


FINDER = [[int(max(abs(row - 3), abs(column - 3)) != 2) for column in range(7)] for row in range(7)]


@pytest.mark.parametrize(("encoding", "is_terminal"), [("utf-8", False), ("latin-1", True)])
def test_where_no_device_could_read_it_there_is_the_address_alone(
    monkeypatch: pytest.MonkeyPatch, encoding: str, is_terminal: bool
) -> None:
    [told] = shown(Screen(encoding, is_terminal=is_terminal), monkeypatch)
    assert told.startswith("Second factor: otpauth://totp/")
