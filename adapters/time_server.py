"""Asking a time server what time it is: SNTP (RFC 4330), one packet there and one back."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from domain.clinical_time import Instant
from domain.errors import Invalid

_PORT = 123
_SINCE_1900 = datetime(1900, 1, 1, tzinfo=UTC)
_REQUEST = b"\x23" + 47 * b"\0"  # no leap warning, version 4, client
_SERVER = 4


class Asked(NamedTuple):
    """What a time server told: the time it is by its clock, and how far off that may be for the way."""

    moment: datetime
    within: timedelta


def asks(server: str, now: Callable[[], Instant], seconds: float = 2.0) -> Callable[[], Asked | None]:
    """How to ask a server, `host` or `host:port`, waiting so many seconds; None when it does not answer or is
    not in time itself. Raises Invalid for what names no server.
    """
    host, _, port = server.strip().partition(":")
    if not host or not (port or "0").isdecimal():
        raise Invalid("clock.server", f"'{server}' is no host or host:port")
    address = (host, int(port or _PORT))

    def ask() -> Asked | None:
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.settimeout(seconds)
                line.connect(address)
                sent = now().moment
                line.send(_REQUEST)
                answer = line.recv(48)
                back = now().moment
        except OSError:
            return None
        return _read(answer, sent, back)

    return ask


def _read(answer: bytes, sent: datetime, back: datetime) -> Asked | None:
    """The server's time as the answer came back: half the way is taken off, as it is taken to be even."""
    if len(answer) < 48:
        return None
    leap, mode, stratum = answer[0] >> 6, answer[0] & 7, answer[1]
    if leap == 3 or mode != _SERVER or not 0 < stratum < 16:
        return None
    received, replied = _moment(answer[32:40]), _moment(answer[40:48])
    offset = ((received - sent) + (replied - back)) / 2
    way = (back - sent) - (replied - received)
    return Asked(back + offset, max(way, timedelta(0)) / 2)


def _moment(stamp: bytes) -> datetime:
    seconds, fraction = struct.unpack("!II", stamp)
    if seconds < 2**31:  # the era that began in 2036
        seconds += 2**32
    return _SINCE_1900 + timedelta(seconds=seconds, microseconds=fraction * 1_000_000 // 2**32)
