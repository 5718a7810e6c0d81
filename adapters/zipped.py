"""The zip of a bundle or of tables, in one exact form: stored, in order of name, no times, nothing else.

So the same files are the same bytes on every machine, and every bit of the zip means something: what cannot
be made again from the files in it is damage. Source of the layout: PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12
and 4.3.16.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from domain.errors import Invalid, NotFound

MOST_BYTES = 0xFFFFFFFF
MOST_FILES = 0xFFFF

BEGINS = b"PK\3\4"
"""How a file in a zip begins, and so a zip that has any."""

_VERSION = 20
_DAY = 33  # 1980-01-01, the first day that a zip knows.


class Opened(NamedTuple):
    """The files of a bundle by name, and what is wrong with what they came in."""

    files: dict[str, bytes]
    damaged: tuple[str, ...] = ()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The zip of these files. Raises Invalid when they are more than a zip can hold."""
    body, directory = bytearray(), bytearray()
    for name in sorted(files):
        data = files[name]
        if len(body) + len(data) > MOST_BYTES // 2 or len(files) > MOST_FILES:
            raise Invalid("bundle.too_large", "a bundle can have 2 GiB", remedy="Export a participant.")
        fields = _fields(crc32(data), len(data), len(name))
        directory += b"PK\1\2" + struct.pack("<H", _VERSION) + fields
        directory += struct.pack("<3H2L", 0, 0, 0, 0, len(body)) + name.encode("ascii")
        body += BEGINS + fields + name.encode("ascii") + data
    return bytes(body + directory + _end(len(files), len(directory), len(body)))


def unzipped(data: bytes) -> Opened:
    """The files of a zip in this form; of another zip none, and what is wrong."""
    files: dict[str, bytes] = {}
    damaged, at, last = [], 0, ""
    while data[at : at + 4] == BEGINS:
        try:
            crc, size, length = struct.unpack("<L4xLH", data[at + 14 : at + 28])
            start = at + 30 + length
            name = data[at + 30 : start].decode("ascii")
        except (struct.error, UnicodeDecodeError):
            return Opened({}, ("this is no bundle: the header of a file in it is wrong",))
        is_whole = start + size <= len(data) and name > last
        if not is_whole or data[at + 4 : at + 30] != _fields(crc, size, length):
            return Opened({}, ("this is no bundle: the header of a file in it is wrong",))
        files[name] = data[start : start + size]
        if crc32(files[name]) != crc:
            damaged.append(f"{name} in the zip is damaged")
        at, last = start + size, name
    try:
        is_right = files and data[at:] == _directory(data, at)
    except struct.error:  # Files of this form, and more of them than a zip can have.
        is_right = False
    if not is_right:
        return Opened({}, ("this is no bundle: its directory is wrong",))
    return Opened(files, tuple(damaged))


def opened(path: Path) -> Opened:
    """The files of a bundle at a path: a zip, or a folder that one was unpacked into. Raises NotFound."""
    if not path.exists():
        raise NotFound("bundle.missing", "there is no such file or folder", where=str(path))
    try:
        names = sorted(_within(path)) if path.is_dir() else [path]
        odd = next((each for each in names if not each.is_file()), None)
        if odd is not None:  # A pipe or a device: to read it may never end.
            return Opened({}, (f"{odd.name} is no file",))
        files = {each.relative_to(path).as_posix(): each.read_bytes() for each in names}
    except OSError as error:
        return Opened({}, (f"this bundle cannot be read: {error.strerror}",))
    return Opened(files) if path.is_dir() else unzipped(files["."])


def _within(path: Path) -> list[Path]:
    """What is in a folder and in its folders, however deep. A link is never followed to another folder."""
    names, folders = list[Path](), [path]
    for folder in folders:  # They become more.
        for each in folder.iterdir():
            (folders if each.is_dir() and not each.is_symlink() else names).append(each)
    return names


def _fields(crc: int, size: int, length: int) -> bytes:
    """What the header of a file and its entry in the directory share."""
    return struct.pack("<5H3L2H", _VERSION, 0, 0, 0, _DAY, crc, size, size, length, 0)


def _directory(data: bytes, end: int) -> bytes:
    """The directory that belongs to the files before `end`, made from their headers."""
    directory, at, count = bytearray(), 0, 0
    while at < end:
        size, length = struct.unpack("<LH", data[at + 22 : at + 28])
        directory += b"PK\1\2" + struct.pack("<H", _VERSION) + data[at + 4 : at + 30]
        directory += struct.pack("<3H2L", 0, 0, 0, 0, at) + data[at + 30 : at + 30 + length]
        at, count = at + 30 + length + size, count + 1
    return bytes(directory + _end(count, len(directory), end))


def _end(count: int, length: int, start: int) -> bytes:
    return b"PK\5\6" + struct.pack("<4H2LH", 0, 0, count, count, length, start, 0)
