"""Files that programs wrote and people hand over: what is wrong with them is told, and nothing breaks."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from adapters import outage
from adapters.backup.manifest import SUFFIX, digest_of, read_manifest
from adapters.held.folder import Folder
from adapters.keys.key_file import read_keys
from adapters.offline import read_upload
from adapters.validation.run import read_run
from domain.errors import Invalid, TrialogError

ODD: tuple[Any, ...] = (
    "",
    None,
    True,
    -1,
    1.5,
    10**30,
    "x",
    "\ud800",
    "\0",
    [],
    {},
    [[]],
    {"a": 1},
    float("nan"),
)
NO_JSON = (b"", b"null", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, "{}".encode("utf-16"), b"{}\0")
HASH = b64encode(bytes(32)).decode()
RUN = {
    "release": "0.1.0",
    "started": "2026-03-02T04:00:00Z",
    "finished": "2026-03-02T04:10:00Z",
    "installation": {"python": "3.11"},
    "tests": [{"name": "t", "requirements": ["TI-05"], "outcome": "passed", "seconds": 0.1}],
}
MANIFEST = {
    "digest": "",
    "made_at": "2026-03-02T04:00:00Z",
    "release": "0.1.0",
    "heads": [{"log": "T-1", "size": 3, "root": HASH}],
}
PACKAGE = {
    "format": outage.FORMAT,
    "trial": "T-1",
    "site": "S1",
    "scrypt": {"salt": "AAAA"},
    "envelopes": [{"envelope": "A-1", "nonce": "AAAAAAAAAAAAAAAA", "text": HASH}],
}
STATE = {
    "about": {"signer": True},
    "logs": {
        "trialog/T-1": {
            "size": 3,
            "root": HASH,
            "peaks": [HASH, HASH],
            "note": "n",
            "at": "2026-03-02T04:00:00.000000Z",
        }
    },
}
ENTRY = {"id": "c-1", "kind": "visit.record", "fields": {"visit": "v"}, "captured": "2026-03-02T06:30+08:00"}


def _run(file: Path) -> object:
    return read_run(file)


def _keys(file: Path) -> object:
    file.chmod(0o600)
    return read_keys(file)


def _manifest(file: Path) -> object:
    backup = file.with_name("b.db")
    backup.write_bytes(b"the copy")
    file.rename(backup.with_name(backup.name + SUFFIX))
    return read_manifest(backup)


def _package(file: Path) -> object:
    return outage.opened(file.read_bytes(), "A-1", "a passphrase", "AAAA")


def _state(file: Path) -> object:
    file.rename(file.with_name("state.json"))
    return Folder(file.parent).signed()


def _upload(file: Path) -> object:
    head = file.with_name("d.jsonl")
    head.write_bytes(b'{"device": "d"}\n' + file.read_bytes())
    return read_upload(head, "Asia/Shanghai")


def _head(file: Path) -> object:
    return read_upload(file, "Asia/Shanghai")


FILES: dict[str, tuple[object, Callable[[Path], object]]] = {
    "a record of a run": (RUN, _run),
    "keys": ({"keys": {"allocation": HASH}}, _keys),
    "a manifest": (MANIFEST, _manifest),
    "a package for outages": (PACKAGE, _package),
    "a signer's state": (STATE, _state),
    "an entry of a device": (ENTRY, _upload),
    "a device's head": ({"device": "d", "device_time": "2026-03-02T04:00:00Z"}, _head),
}


def _places(node: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, value in pairs:
        yield (*path, name)
        yield from _places(value, (*path, name))


def _spoilt(whole: object) -> Iterator[bytes]:
    yield from NO_JSON
    for *way, last in _places(whole):
        for odd in (..., *ODD):
            other = deepcopy(whole)
            node: Any = other
            for name in way:
                node = node[name]
            if odd is ...:
                del node[last]
            else:
                node[last] = odd
            yield json.dumps(other).encode()


@pytest.mark.parametrize("name", FILES)
def test_a_spoilt_file_is_told_and_breaks_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outage, "_master", lambda *_: bytes(32))  # it takes its time, by design
    whole, read = FILES[name]
    refused = 0
    for data in _spoilt(whole):
        file = tmp_path / "file"
        file.write_bytes(data)
        try:
            read(file)
        except TrialogError:
            refused += 1
    assert refused >= len(NO_JSON) + len(list(_places(whole)))


def test_the_files_themselves_are_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text(json.dumps(RUN))
    assert read_run(file).tests[0].seconds == RUN["tests"][0]["seconds"]  # type: ignore[index]
    backup = tmp_path / "b.db"
    backup.write_bytes(b"the copy")
    backup.with_name(backup.name + SUFFIX).write_text(json.dumps({**MANIFEST, "digest": digest_of(backup)}))
    assert read_manifest(backup).facts == MANIFEST["heads"][0]["size"]  # type: ignore[index]


def test_a_signer_without_its_own_tree_does_not_sign(tmp_path: Path) -> None:
    state = deepcopy(STATE)
    state["logs"]["trialog/T-1"]["root"] = "AAAA"  # type: ignore[index]
    (tmp_path / "state.json").write_text(json.dumps(state))
    with pytest.raises(Invalid, match="cannot be read"):
        Folder(tmp_path).signed()
