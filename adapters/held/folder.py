"""The folder of a signer or a witness: a key for its owner alone, and a state that is only ever replaced.

The state is in place before anything that follows from it leaves the folder: whoever stops in between finds
it again, and goes on from there.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, Field

from adapters.keys.key_file import KeyFile, write_keys
from adapters.lock import sole_holder
from domain.clinical_time import Instant
from domain.errors import Conflict, Invalid, NotFound
from domain.ledger.continuity import Held
from domain.ledger.note import log_of

_KEYS = "secret.keys"
_STATE = "state.json"
_LOCK = "lock"
_SECRET_BYTES = 32
_HASH_BYTES = 32
_WAIT = 30
"""Seconds to wait for others who sign from the folder."""


class Signed(NamedTuple):
    """What a signer or witness last signed of a log.

    `peaks` are the complete subtrees of a signer's own tree; a witness has none. `note` is the checkpoint as
    signed, "" where a log is held that was not signed yet under this name.
    """

    origin: str
    size: int
    root: bytes
    peaks: tuple[bytes, ...]
    note: str
    at: Instant

    @property
    def held(self) -> Held:
        """What this is of the log's tree."""
        return Held(self.origin, self.size, self.root, self.peaks)

    @property
    def log(self) -> str:
        """The log."""
        return log_of(self.origin)[0]

    @property
    def incarnation(self) -> int:
        """Which incarnation of the log."""
        return log_of(self.origin)[1]


class _Kept(BaseModel, extra="forbid"):
    size: Annotated[int, Field(ge=0, lt=2**63)]
    root: str
    peaks: list[str]
    note: str
    at: Instant


class _State(BaseModel, extra="forbid"):
    about: dict[str, Any]
    logs: dict[str, _Kept]


class Folder:
    """A signer's or a witness's folder. Several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        """The folder at a path. Raises NotFound."""
        if not (path / _STATE).is_file():
            raise NotFound(
                "signer.none",
                "there is no signer or witness in this folder",
                where=str(path),
                remedy=(
                    "If it lies elsewhere, name its folder (--signer or TRIALOG_SIGNER, --witness);"
                    " 'trialog ledger init-signer' and 'trialog witness init' make a first one."
                ),
            )
        self.path = path
        self._keys = KeyFile(path / _KEYS)

    @classmethod
    def create(cls, path: Path, about: Mapping[str, Any]) -> Folder:
        """Make a folder with a fresh secret. Raises Invalid `keys.exist` when there is one."""
        path.mkdir(parents=True, exist_ok=True)
        write_keys(path / _KEYS, {"1": secrets.token_bytes(_SECRET_BYTES)})
        _replace(path / _STATE, _State(about=dict(about), logs={}))
        return cls(path)

    def locked(self) -> AbstractContextManager[None]:
        """Within it nobody else signs from this folder. Raises Conflict when others do not come to an end."""
        busy = Conflict("signer.busy", "another process is signing from this folder", where=str(self.path))
        return sole_holder(self.path / _LOCK, _WAIT, busy)

    def seeds(self) -> list[bytes]:
        """The secrets that keys are made of, the oldest first: one, or two while a rotation is on its way.

        Raises Denied when others may read the file, Invalid when there is none.
        """
        held = self._keys.read()
        if not held:
            raise Invalid("signer.no_secret", "the folder has lost its secret", where=str(self.path))
        return [held[generation] for generation in sorted(held, key=int)]

    def add_seed(self) -> None:
        """Begin a rotation with a fresh secret."""
        newest = max(map(int, self._keys.read()))
        self._keys.add(str(newest + 1), secrets.token_bytes(_SECRET_BYTES))

    def destroy_newest(self) -> None:
        """Take back a rotation that was refused: the fresh secret has signed nothing."""
        self._keys.destroy(max(self._keys.read(), key=int))

    def destroy_oldest(self) -> None:
        """End a rotation: the oldest of the two secrets is no longer needed."""
        self._keys.destroy(min(self._keys.read(), key=int))

    def about(self) -> dict[str, Any]:
        """What the folder was made with, as a witness's name."""
        return self._state().about

    def tell(self, about: Mapping[str, Any]) -> None:
        """Put other words in the place of `about`."""
        _replace(self.path / _STATE, _State(about=dict(about), logs=self._state().logs))

    def signed(self) -> dict[str, Signed]:
        """What was last signed of each log, by the name it is signed under. Raises Invalid."""
        try:
            return {origin: _from_text(origin, each) for origin, each in self._state().logs.items()}
        except (ValueError, OverflowError) as error:
            raise self.unreadable() from error

    def keep(self, signed: Signed) -> None:
        """Hold this as what was last signed of its log; on the disk when this returns."""
        state = self._state()
        state.logs[signed.origin] = _to_text(signed)
        _replace(self.path / _STATE, state)

    def _state(self) -> _State:
        try:
            return _State.model_validate_json((self.path / _STATE).read_bytes())
        except ValueError as error:
            raise self.unreadable() from error

    def unreadable(self) -> Invalid:
        """What to raise for a state that no signer or witness has written."""
        return Invalid(
            "signer.unreadable",
            "the state cannot be read",
            where=str(self.path / _STATE),
            remedy="Restore the folder from its backup.",
        )


def _to_text(signed: Signed) -> _Kept:
    return _Kept(
        size=signed.size,
        root=b64encode(signed.root).decode(),
        peaks=[b64encode(peak).decode() for peak in signed.peaks],
        note=signed.note,
        at=signed.at,
    )


def _from_text(origin: str, text: _Kept) -> Signed:
    peaks = tuple(b64decode(peak, validate=True) for peak in text.peaks)
    root, size = b64decode(text.root, validate=True), text.size
    if (peaks and len(peaks) != size.bit_count()) or {len(each) for each in (root, *peaks)} != {_HASH_BYTES}:
        raise ValueError(size)
    return Signed(origin, size, root, peaks, text.note, text.at)


def _replace(path: Path, state: _State) -> None:
    """Put the state in place at once: a crash leaves the old one or the new one, and nothing between."""
    fresh = path.with_name(f"{path.name}.new")
    # Everybody may read the state: the application looks at it when it opens a store.
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(state.model_dump(), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
