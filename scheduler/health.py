"""The health of a scheduler over HTTP, for those on the same machine: `GET /healthz`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"


class HealthServer:
    """Tells how the scheduler is: 200 while it is well, 503 when it is not."""

    def __init__(self, port: int, told: Callable[[], dict[str, Any]]) -> None:
        """Listen on a port of this machine only; 0 takes a free one. Raises OSError when it is taken."""

        class Handler(BaseHTTPRequestHandler):
            server_version = "trialog"
            sys_version = ""

            def do_GET(self) -> None:
                if self.path != "/healthz":
                    self.send_error(HTTPStatus.NOT_FOUND)
                    return
                answer = told()
                body = json.dumps(answer).encode()
                is_well = answer["status"] != "failing"
                self.send_response(HTTPStatus.OK if is_well else HTTPStatus.SERVICE_UNAVAILABLE)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as its parent declares it
                """Say nothing: whoever asks every few seconds would fill the log."""

        self._server = ThreadingHTTPServer((LOOPBACK, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/healthz"

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
