"""Time stamps from a real authority: OpenSSL behind a small server of the test's own."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner, Result

from adapters.keys.rfc3161 import certificates, stamped_under
from adapters.ledger.checkpoints import kept
from adapters.ledger.timestamp import timestamp
from domain.errors import Broken, Invalid, Unavailable
from domain.ledger.note import Note
from tests.ledger.desk import Desk
from tests.support.shapes import hold
from tests.support.trial import TRIAL
from trialog.command_line import whole_command_line

OPENSSL = shutil.which("openssl") or ""
pytestmark = pytest.mark.skipif(not OPENSSL, reason="this machine has no openssl")

CONFIG = """
[tsa]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
authorityKeyIdentifier = keyid
[req]
distinguished_name = name
[name]
"""


def run(*words: object) -> None:
    subprocess.run([OPENSSL, *map(str, words)], check=True, capture_output=True)


def authority(folder: Path, name: str) -> None:
    """A root, and a certificate for time stamps under it."""
    folder.mkdir()
    config = folder / "tsa.conf"
    config.write_text(CONFIG.format(folder=folder), "utf-8")
    (folder / "serial").write_text("01", "ascii")
    new = ("req", "-config", config, "-newkey", "rsa:2048", "-nodes")
    root = ("-x509", "-extensions", "root", "-days", "30", "-subj", f"/CN={name} root")
    run(*new, *root, "-keyout", folder / "root.key", "-out", folder / "root.pem")
    run(*new, "-subj", f"/CN={name}", "-keyout", folder / "tsa.key", "-out", folder / "tsa.csr")
    signed = ("-CA", folder / "root.pem", "-CAkey", folder / "root.key", "-set_serial", "2", "-days", "20")
    of_leaf = ("-extfile", config, "-extensions", "leaf", "-out", folder / "tsa.pem")
    run("x509", "-req", "-in", folder / "tsa.csr", *signed, *of_leaf)


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of an authority on this machine, and its folder."""
    folder = tmp_path_factory.mktemp("authority") / "tsa"
    authority(folder, "Time")

    class Stamps(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query, reply = folder / "query", folder / "reply"
            query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            run(
                "ts",
                "-reply",
                "-config",
                folder / "tsa.conf",
                "-section",
                "tsa",
                "-queryfile",
                query,
                "-out",
                reply,
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(reply.read_bytes())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as its parent names it
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Stamps)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", folder
    server.shutdown()
    server.server_close()


def test_a_checkpoint_is_stamped_and_the_token_is_kept_and_openssl_agrees(
    file_desk: Desk, tsa: tuple[str, Path]
) -> None:
    desk, (url, folder) = file_desk, tsa
    desk.sign()
    anchor, stamped = timestamp(desk.app, TRIAL, url, certificates(folder / "root.pem"), "local")
    words = ("ledger", "timestamp", "--tsa", url, "--tsa-root", str(folder / "root.pem"), "--name", "local")
    told = CliRunner(env={"TRIALOG_STORE": desk.location}).invoke(whole_command_line(), [*words, "--json"])
    hold(words, json.loads(told.stdout))
    assert kept(desk.app, TRIAL).stamps == [anchor]
    assert anchor.holder == "tsa/local"
    assert stamped.at.startswith("20")
    token, text = desk.folder / "token", desk.folder / "text"
    token.write_bytes(b64decode(anchor.note))
    text.write_bytes(Note.parse(kept(desk.app, TRIAL).checkpoint().note).text.encode())
    run("ts", "-verify", "-data", text, "-in", token, "-token_in", "-CAfile", folder / "root.pem")


def test_a_stamp_that_is_kept_is_verified_in_the_store_and_in_a_bundle(
    file_desk: Desk, tsa: tuple[str, Path]
) -> None:
    desk, (url, folder) = file_desk, tsa
    desk.sign()
    root, other = folder / "root.pem", desk.folder / "other"
    authority(other, "Other")
    anchor, stamped = timestamp(desk.app, TRIAL, url, certificates(root), "local")
    bundle = str(desk.folder / "bundle.zip")
    as_inspector = {"TRIALOG_STORE": desk.location, "TRIALOG_AS": "m.wu:inspector"}

    def run_words(*words: str) -> Result:
        return CliRunner(env=as_inspector).invoke(whole_command_line(), list(words))

    assert run_words("export", "bundle", "--out", bundle, "--purpose", "inspection").exit_code == 0
    for what in ([], [bundle]):
        plain = run_words("audit", "verify", *what)
        assert plain.exit_code == 0
        assert "not checked: the time stamps of local; give the authority's --tsa-root" in plain.stdout
        told = run_words(
            "audit", "verify", *what, "--tsa-root", str(root), "--tsa-root", str(other / "root.pem")
        )
        assert f"time-stamped at {anchor.size} by local, {stamped.at}" in told.stdout
        assert "not checked" not in told.stdout
        data = json.loads(run_words("audit", "verify", *what, "--tsa-root", str(root), "--json").stdout)
        row = next(each for each in data["logs"] if each["log"] == TRIAL)
        assert row["time_stamps_checked"] is True
        assert row["time_stamped"] == [{"by": "local", "size": anchor.size, "at": str(stamped.at)}]
        wrong = run_words("audit", "verify", *what, "--tsa-root", str(other / "root.pem"))
        assert wrong.exit_code == 3
        assert f"{TRIAL if not what else 'trial'} at {anchor.size}" in wrong.stderr
        assert "the time stamp of local is of no authority that was given, or damaged" in wrong.stderr
    assert run_words("audit", "verify", "--tsa-root", str(folder / "tsa.conf")).exit_code == 2


def test_no_byte_of_the_signature_of_a_stamp_can_be_changed(file_desk: Desk, tsa: tuple[str, Path]) -> None:
    desk, (url, folder) = file_desk, tsa
    desk.sign()
    roots = certificates(folder / "root.pem")
    anchor, stamped = timestamp(desk.app, TRIAL, url, roots, "local")
    token, text = b64decode(anchor.note), Note.parse(kept(desk.app, TRIAL).checkpoint().note).text
    at = stamped_under(roots)
    assert at(token, text) == str(stamped.at)
    assert at(token, text + "x") is None
    assert at(b"", text) is None
    signature = len(token) - 100  # What is signed ends with the signature itself.
    for place in range(signature, len(token), 9):
        assert at(token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :], text) is None


def test_a_stamp_of_another_authority_is_not_kept(file_desk: Desk, tsa: tuple[str, Path]) -> None:
    desk, (url, _) = file_desk, tsa
    desk.sign()
    authority(desk.folder / "other", "Other")
    with pytest.raises(Broken) as broken:
        timestamp(desk.app, TRIAL, url, certificates(desk.folder / "other" / "root.pem"))
    assert broken.value.code == "tsa.not_stamped"
    assert kept(desk.app, TRIAL).stamps == []


def test_an_authority_that_is_none_or_does_not_answer_is_told(file_desk: Desk, tsa: tuple[str, Path]) -> None:
    desk, (_, folder) = file_desk, tsa
    desk.sign()
    roots = certificates(folder / "root.pem")
    with pytest.raises(Unavailable):
        timestamp(desk.app, TRIAL, "http://127.0.0.1:1/", roots)
    with pytest.raises(Invalid):
        timestamp(desk.app, TRIAL, "file:///etc/passwd", roots)
    with pytest.raises(Invalid):
        certificates(folder / "tsa.conf")
