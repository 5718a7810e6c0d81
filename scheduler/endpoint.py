"""What a scheduler answers over HTTP: its health at `GET /healthz`, and calendar feeds to holders of a token
at `GET /calendar/TOKEN.ics`.

It is plain HTTP: beyond this machine it belongs behind a proxy that speaks TLS.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

Told = Callable[[], dict[str, Any]]
"""How the scheduler is."""

Feeds = Callable[[str, str], bytes | None]
"""The calendar that a token opens, in a language; None for a token that opens none."""

_FEED = re.compile(r"/calendar/(?P<token>[A-Za-z0-9_-]{20,100})\.ics")
_DATED = re.compile(rb"^DTSTAMP:.*\r?\n", re.MULTILINE)


class Reply(NamedTuple):
    """What is answered."""

    status: HTTPStatus
    kind: str
    body: bytes
    more: Mapping[str, str] = {}


_NOTHING = Reply(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"There is nothing here.\n")


def health(told: Told, *, whole: bool) -> Reply:
    """200 while the scheduler is well, 503 when it is not. What went wrong is told on this machine alone."""
    answer = told()
    if not whole:
        beats = {name: {**course, "error": None} for name, course in answer["beats"].items()}
        answer = {**answer, "beats": beats}
    is_well = answer["status"] != "failing"
    status = HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE
    return Reply(status, "application/json", json.dumps(answer).encode(), {"Cache-Control": "no-store"})


def calendar(feeds: Feeds, target: str, known: str) -> Reply:
    """The feed of a token; 304 when the reader has it already, by its ETag. A wrong token, a revoked one and
    a page that is not there are answered alike.
    """
    url = urlsplit(target)
    named = _FEED.fullmatch(url.path)
    language = "zh" if parse_qs(url.query).get("language") == ["zh"] else "en"
    body = None if named is None else feeds(named["token"], language)
    if body is None:
        return _NOTHING
    # When it was drawn up is no part of what it says.
    tag = f'"{hashlib.sha256(_DATED.sub(b"", body)).hexdigest()[:32]}"'
    more = {"ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    if tag in (each.strip() for each in known.split(",")):
        return Reply(HTTPStatus.NOT_MODIFIED, "text/calendar; charset=utf-8", b"", more)
    return Reply(HTTPStatus.OK, "text/calendar; charset=utf-8", body, more)


class Endpoint:
    """Answers, in threads, until it is stopped."""

    def __init__(self, host: str, port: int, told: Told, feeds: Feeds) -> None:
        """Listen on an address of this machine; port 0 takes a free one. Raises OSError when it is taken."""

        class Handler(BaseHTTPRequestHandler):
            server_version = "trialog"
            sys_version = ""
            timeout = 10

            def do_GET(self) -> None:
                reply = self._reply()
                self.send_response(reply.status)
                self.send_header("Content-Type", reply.kind)
                for name, value in reply.more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

            do_HEAD = do_GET  # noqa: N815 - as its parent calls it

            def _reply(self) -> Reply:
                if self.path == "/healthz":
                    return health(told, whole=ip_address(self.client_address[0]).is_loopback)
                return calendar(feeds, self.path, self.headers.get("If-None-Match", ""))

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its parent declares it
                """Say nothing: a line would hold a token."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where to ask."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
