"""Processes that start at once: each is forked from one that has imported Trialog already.

They have streams, a folder and an environment of their own, and can be killed like any other. What they do
not show is how Python starts and imports, which takes most of a second; other tests do.

`python -m tests.support.ready PATH MODULE …` is the process they come from, which imports these. It listens
on a socket at PATH; whoever asks sends the module to run, its words and three streams, and is told the
process's id and how it ended.
"""

from __future__ import annotations

import array
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Self

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 1 << 20
"""Bytes that are read of what is asked."""

MODULES = [
    "trialog.__main__",
    "trialog.command_line",
    "trialog.bootstrap",
    "projections.rebuild",
    "scheduler.heartbeat",
    "scheduler.sweeper",
    "adapters.store.postgresql",
    "adapters.store.sqlite",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "psycopg",
    "holidays.countries",
    "tests.support.trial",
]
"""What is imported before the first process starts. Who starts many of one module adds that."""

# ---------------------------------------------------------------- asking


class Process:
    """A process that was started, with the part of `subprocess.Popen` that tests use."""

    def __init__(self, module: str, words: Sequence[str]) -> None:
        ours, theirs = zip(*(_pipe(writing=writing) for writing in (True, False)), strict=True)
        self._connection = asked(module, words, (*theirs, 2))
        for each in theirs:
            os.close(each)
        self.stdin: IO[str] = os.fdopen(ours[0], "w", encoding="utf-8")
        self.stdout: IO[str] = os.fdopen(ours[1], encoding="utf-8")
        self.pid = answer(self._connection)
        self.returncode: int | None = None

    def kill(self) -> None:
        """Kill it, as `kill -9` does."""
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait for its end: the exit code, negative for a signal."""
        if self.returncode is None:
            self.returncode = answer(self._connection)
        return self.returncode

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stdin.close()
        self.wait()
        self.stdout.close()
        self._connection.close()


def run(
    module: str,
    words: Sequence[str],
    *,
    text: bytes = b"",
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run a module to its end, with this text on stdin."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(text)
        given.seek(0)
        streams = (given.fileno(), out.fileno(), err.fileno())
        with asked(module, words, streams, folder, environment) as connection:
            answer(connection)
            code = answer(connection)
        told = []
        for stream in (out, err):
            stream.seek(0)
            told.append(stream.read())
    return subprocess.CompletedProcess([module, *words], code, *told)


def asked(
    module: str,
    words: Sequence[str],
    streams: Sequence[int],
    folder: Path = ROOT,
    environment: Mapping[str, str] | None = None,
    *,
    at: str = "",
) -> socket.socket:
    """Ask for a process; on the connection it will say its id, and in the end its exit code."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(at or _origin())
    request = {
        "module": module,
        "words": list(words),
        "folder": str(folder),
        "environment": dict(os.environ if environment is None else environment),
    }
    socket.send_fds(connection, [json.dumps(request).encode() + b"\n"], list(streams))
    return connection


def command(module: str, path: Path) -> None:
    """Make a program at this path that runs a module so, with the words, streams and folder it is given."""
    path.write_text(
        f"#!{sys.executable} -IS\n"
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        f"from tests.support import ready\nready.passed_on({module!r}, {_origin()!r})\n",
        encoding="utf-8",
    )
    path.chmod(0o755)


def passed_on(module: str, origin: str) -> None:
    """What such a program does. Raises SystemExit with the exit code."""
    connection = asked(module, sys.argv[1:], (0, 1, 2), Path.cwd(), at=origin)
    answer(connection)
    sys.exit(answer(connection))


def _pipe(*, writing: bool) -> tuple[int, int]:
    """A pipe: our end, which we write to or read from, and the other one."""
    reading_end, writing_end = os.pipe()
    return (writing_end, reading_end) if writing else (reading_end, writing_end)


def answer(connection: socket.socket) -> int:
    """What is said next on a connection: first the process's id, then how it ended."""
    found = array.array("i", connection.recv(4, socket.MSG_WAITALL))
    assert found, "the process did not start"
    return found[0]


@cache
def _origin() -> str:
    """Where the process listens that the others come from; it is started when first needed."""
    folder = tempfile.mkdtemp(prefix="trialog-ready-")
    path = f"{folder}/socket"
    origin = subprocess.Popen(
        [sys.executable, "-m", __name__, path, *MODULES], cwd=ROOT, stdin=subprocess.PIPE
    )

    def end() -> None:
        origin.communicate()
        Path(path).unlink(missing_ok=True)
        Path(folder).rmdir()

    atexit.register(end)
    while not Path(path).exists():
        assert origin.poll() is None, "the process that others come from has ended"
        time.sleep(0.01)
    return path


# ---------------------------------------------------------------- answering


def serve(path: str, *modules: str) -> Callable[[], None]:
    """Answer whoever asks, until stdin ends. Returns in each new process alone: what it is to run."""
    import gc
    import select

    for module in modules:
        import_module(module)
    _made_ready()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"{path}.new")
        listener.listen(64)
        Path(f"{path}.new").rename(path)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if listener not in ready:
                sys.exit()
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    return _answered(connection)


def _made_ready() -> None:
    """Make ready what a process makes ready when it is first used, and every one would."""
    from domain.fact import FACTS
    from projections.documents import STATES, reader
    from workflows.command import COMMANDS

    for cls in (*FACTS.topics().values(), *COMMANDS.values()):
        cls.model_rebuild()
    for state in STATES:
        reader(state)


def _answered(connection: socket.socket) -> Callable[[], None]:
    told, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
    while not told.endswith(b"\n"):
        told += connection.recv(LONGEST)
    process = os.fork()
    if process:
        for each in streams:
            os.close(each)
        connection.sendall(array.array("i", [process]))
        _, status = os.waitpid(process, 0)
        try:
            connection.sendall(array.array("i", [os.waitstatus_to_exitcode(status)]))
        finally:
            os._exit(0)
    connection.close()
    request = json.loads(told)
    for place, stream in enumerate(streams):
        os.dup2(stream, place)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["module"], *request["words"]]
    run_it: Callable[[], None] = import_module(request["module"]).main
    return run_it


if __name__ == "__main__":
    serve(*sys.argv[1:])()
