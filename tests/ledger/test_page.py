"""The page of a checkpoint: self-contained, in two languages, and its QR code holds the note."""

from __future__ import annotations

import re
from html import unescape

import pytest

from adapters.ledger.checkpoints import kept
from adapters.ledger.page import page
from domain.errors import NotFound
from tests.ledger.desk import Desk
from tests.support.trial import TRIAL, course


def test_a_page_holds_the_note_the_keys_and_a_picture_and_asks_for_nothing_else(file_desk: Desk) -> None:
    desk = file_desk
    size = desk.sign()[0].size
    desk.write(course("consented", "S1-002"))
    desk.sign()
    found = kept(desk.app, TRIAL)
    note = found.whole(found.checkpoint(size))
    text = page(note, found.keys, str(found.checkpoint(size).kept_at))
    shown = re.search(r"<pre>(.*?)</pre>", text, re.DOTALL)
    assert shown is not None
    assert unescape(shown[1]) + "\n" == str(note)
    assert str(desk.key()) in unescape(text)
    assert text.count("<svg") == 1
    assert "账本检查点" in text
    assert re.findall(r"(?:src|href)=", text) == []
    with pytest.raises(NotFound) as none:
        found.checkpoint(size + 1)
    assert none.value.code == "ledger.no_checkpoint"
