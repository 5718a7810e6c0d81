"""Accounts at the command line: begun, opened, signed in; nothing goes without, all is revoked at once."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from tests.cli.conftest import prepared
from tests.cli.terminal import Terminal

PASSWORD = "granite otter paints quietly"  # noqa: S105 - of nobody
FIRST, SECOND = "ada.admin", "bo.admin"


class Desk:
    """A terminal that several people use in turn, each with a session file and a device of their own."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def seed(self, who: str) -> str:
        return base64.b32encode(who.encode().ljust(20, b".")[:20]).decode()

    def env(self, who: str, **more: str) -> dict[str, str]:
        """What somebody types, and where their session is kept. Their device shows a code not used yet."""
        self.terminal.clock.advance(seconds=31)
        moment = int(self.terminal.clock.moment.timestamp()) + 60  # `run` lets a minute pass
        totp = TOTP(base64.b32decode(self.seed(who)), 6, SHA1(), 30)  # noqa: S303 - RFC 6238
        return {
            "TRIALOG_SESSION": str(self.terminal.folder / f"{who}.session"),
            "TRIALOG_PASSWORD": PASSWORD,
            "TRIALOG_NEW_PASSWORD": PASSWORD,
            "TRIALOG_TOTP_SEED": self.seed(who),
            "TRIALOG_CODE": totp.generate(moment).decode(),
            **more,
        }

    def do(self, who: str, *words: str, **more: str) -> dict[str, object]:
        result = self.terminal.run(*words, "--json", env=self.env(who, **more))
        assert result.exit_code == 0, (words, result.stderr, result.exception)
        told: dict[str, object] = json.loads(result.stdout)
        return told

    def fault(self, who: str, *words: str, **more: str) -> tuple[int, str]:
        result = self.terminal.run(*words, "--json", env=self.env(who, **more))
        assert result.exit_code, result.stdout
        return result.exit_code, json.loads(result.stderr.splitlines()[-1])["error"]["code"]

    def again(self, *people: str) -> None:
        """Sign in again: a day's work at one desk takes longer than a session may be idle."""
        for who in people:
            self.do(who, "account", "sign-in", who)

    def begin(self) -> None:
        self.do(FIRST, "account", "begin", FIRST, "--name", "Ada", "--organisation", "Hospital")
        self.do(FIRST, "account", "sign-in", FIRST)
        self.open(SECOND)
        self.do(FIRST, "access", "request", SECOND, "administrator", "--whole-store")
        self.do(SECOND, "access", "grant", SECOND, "r-1", "--whole-store")

    def open(self, who: str) -> None:
        told = self.do(FIRST, "account", "open", who, "--name", who, "--organisation", "Hospital")
        self.do(FIRST, "account", "verify-identity", who, "--method", "identity card")
        self.do(who, "account", "password", who, TRIALOG_ONE_TIME=str(told["secret"]))
        self.do(who, "account", "totp", who)
        self.do(who, "account", "sign-in", who)

    def join(self, who: str, role: str) -> None:
        self.open(who)
        self.do(FIRST, "access", "request", who, role)
        self.do(SECOND, "access", "grant", who, "r-1")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A desk with two administrators, to be copied."""
    found = Desk(prepared().copied(tmp_path_factory.mktemp("begun")))
    found.begin()
    return found


@pytest.fixture
def desk(begun: Desk, tmp_path: Path) -> Desk:
    return Desk(begun.terminal.copied(tmp_path))


SCREEN = ("participant", "screen", "S1-001", "--site", "S1", "--age", "54")


def test_nobody_grants_a_role_of_their_own_once_there_are_two_administrators(desk: Desk) -> None:
    desk.open("li.crc")
    desk.do(FIRST, "access", "request", "li.crc", "coordinator")
    assert desk.fault("li.crc", "access", "grant", "li.crc", "r-1") == (7, "access.own")
    assert desk.fault("li.crc", "access", "grant", FIRST, "r-1", "--whole-store") == (7, "access.no_role")


def test_a_role_is_asked_for_before_its_trial_is_there(desk: Desk) -> None:
    desk.open("zhao.pi")
    desk.do(FIRST, "access", "request", "zhao.pi", "principal_investigator", "--trial", "T-2")
    desk.do(SECOND, "access", "grant", "zhao.pi", "r-1", "--trial", "T-2")
    assert desk.fault("zhao.pi", "participant", "list")[1] == "access.no_role"


def test_from_the_first_administrator_to_a_coordinator_at_work(desk: Desk) -> None:
    assert desk.fault("nobody", "participant", "list") == (7, "access.not_signed_in")
    assert desk.fault("nobody", *SCREEN, "--as", "li.crc:coordinator") == (7, "access.not_signed_in")
    desk.join("zhao.pi", "principal_investigator")
    desk.join("sun.dm", "data_manager")
    desk.join("li.crc", "coordinator")
    assert desk.fault("li.crc", *SCREEN) == (7, "access.not_trained")
    assert desk.fault("li.crc", "participant", "list") == (7, "access.not_trained")
    desk.do("sun.dm", "training", "record", "li.crc", "protocol", "--version", "1.0")
    assert desk.fault("li.crc", *SCREEN) == (7, "access.not_delegated")
    desk.again("zhao.pi")
    desk.do("zhao.pi", "delegation", "add", "li.crc", "--at-site", "S1", "--task", "screening")
    desk.do("li.crc", *SCREEN)
    assert desk.fault("li.crc", "record", "visit", "S1-001", "baseline") == (7, "access.not_delegated")
    desk.again("sun.dm")
    rows = desk.do("li.crc", "participant", "list")["rows"]
    assert [row["participant"] for row in rows] == ["S1-001"]  # type: ignore[attr-defined]
    roster = desk.do("sun.dm", "access", "roster")["rows"]
    assert {row["account"] for row in roster} == {FIRST, SECOND, "zhao.pi", "sun.dm", "li.crc"}  # type: ignore[attr-defined]
    assert desk.do("sun.dm", "access", "review", "--findings", "as it should be")["first"]
    assert desk.do("sun.dm", "access", "reviews")["overdue"] is False
    shown = desk.do("li.crc", "delegation", "list")["rows"]
    assert shown[0]["tasks"] == ["screening"]  # type: ignore[index]


@pytest.mark.requirement("ID-05", "SE-05")
def test_what_is_revoked_is_revoked_for_the_very_next_command(desk: Desk) -> None:
    desk.join("mo.cra", "monitor")
    desk.do("mo.cra", "participant", "list")
    assert desk.do(FIRST, "access", "dormant", "--days", "0", "--role", "administrator")["rows"]
    desk.do(FIRST, "access", "revoke", "mo.cra", "r-1")
    assert desk.fault("mo.cra", "participant", "list")[1] == "access.no_role"
    desk.do(FIRST, "account", "deactivate", "mo.cra", "--reason", "has left")
    assert desk.fault("mo.cra", "participant", "list")[1] == "access.not_signed_in"
    assert desk.do(FIRST, "account", "reactivate", "mo.cra")["secret"]
    assert desk.do(FIRST, "account", "reset", "mo.cra")["secret"]


@pytest.mark.requirement("ID-07")
def test_an_administrator_asks_for_no_data(desk: Desk) -> None:
    assert desk.fault(FIRST, "participant", "list") == (7, "policy.denied")
    assert desk.fault(FIRST, "participant", "list", "--role", "monitor")[1] == "access.no_role"
    told = desk.do(FIRST, "account", "list")["rows"]
    assert {row["account"] for row in told} == {FIRST, SECOND}  # type: ignore[attr-defined]
    history = desk.do(FIRST, "account", "show", FIRST)["history"]
    assert any("was denied participant.list" in line["sentence"] for line in history)  # type: ignore[attr-defined]


@pytest.mark.requirement("SE-02")
def test_an_idle_session_is_over_and_that_is_a_fact(desk: Desk) -> None:
    desk.terminal.clock.advance(minutes=40)
    assert desk.fault(FIRST, "account", "list") == (7, "session.idle")
    desk.do(FIRST, "account", "sign-in", FIRST)
    history = desk.do(FIRST, "account", "show", FIRST)["history"]
    assert any("ended: idle" in line["sentence"] for line in history)  # type: ignore[attr-defined]


def test_the_session_file_is_for_its_owner_alone_and_holds_nothing_to_read(desk: Desk) -> None:
    path = Path(desk.env(FIRST)["TRIALOG_SESSION"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert FIRST not in path.read_text("utf-8")
    desk.do(FIRST, "account", "sign-out")
    assert not path.exists()
    assert desk.fault(FIRST, "account", "list") == (7, "access.not_signed_in")


@pytest.mark.requirement("ID-11", "SE-05")
def test_a_machine_is_there_by_its_token_until_that_is_revoked(desk: Desk) -> None:
    words = ("--name", "lab", "--organisation", "Laboratory", "--machine")
    desk.do(FIRST, "account", "open", "lab.import", *words)
    told = desk.do(FIRST, "token", "issue", "lab.import", "t-1", "--origin", "laboratory")
    with_token = {"TRIALOG_TOKEN": str(told["secret"])}
    assert desk.fault("lab", "account", "list", **with_token) == (7, "access.no_role")
    assert desk.do(FIRST, "token", "list")["rows"]
    desk.do(FIRST, "token", "revoke", "lab.import", "t-1")
    assert desk.fault("lab", "account", "list", **with_token) == (7, "access.not_signed_in")
    unknown = {"TRIALOG_TOKEN": "lab.import/t-9/guessed"}
    assert desk.fault("lab", "account", "list", **unknown) == (7, "access.not_signed_in")


def test_where_nobody_is_there_to_be_asked_for_a_password_that_is_said(active: Terminal) -> None:
    words = ("account", "begin", FIRST, "--name", "Ada", "--organisation", "Hospital")
    assert active.fault(*words)["code"] == "usage.nobody_to_ask"
    weak = active.run(*words, "--json", env={"TRIALOG_NEW_PASSWORD": "short"})
    assert (weak.exit_code, json.loads(weak.stderr)["error"]["code"]) == (4, "password.too_short")
    assert active.fault("account", "sign-in", FIRST, by="")["exit"] in (2, 4)


@pytest.mark.requirement("DR-06")
def test_a_role_is_asked_for_at_a_site_that_there_is(desk: Desk) -> None:
    desk.open("mo.cra")
    ask = ("access", "request", "mo.cra")
    head = desk.do(FIRST, "account", "show", "mo.cra")["history"]
    assert desk.fault(FIRST, *ask, "monitor", "--at-site", "S9") == (5, "site.unknown")
    assert desk.fault(FIRST, *ask, "administrator", "--whole-store", "--at-site", "S1") == (4, "access.scope")
    assert desk.fault(FIRST, *ask, "monitr") == (2, "usage.role")
    assert desk.fault("mo.cra", *ask, "monitor", "--at-site", "S9")[0] == 7
    assert desk.do(FIRST, "account", "show", "mo.cra")["history"] == head
    desk.do(FIRST, *ask, "monitor", "--at-site", "S2")


def test_accounts_are_told_as_of_any_instant_and_position_of_the_system_log(desk: Desk) -> None:
    before = desk.do(FIRST, "account", "list")
    names = [row["account"] for row in before["rows"]]  # type: ignore[attr-defined]
    desk.open("li.crc")
    opened = desk.do(FIRST, "account", "list")
    desk.do(FIRST, "account", "deactivate", "li.crc", "--reason", "has left")
    for then in (before, opened):
        for as_of in (str(then["position"]), str(then["as_of"])):
            asked = desk.do(FIRST, "account", "list", "--as-of", as_of)
            assert (asked["rows"], asked["position"]) == (then["rows"], then["position"])
    assert "li.crc" not in names
    stood = ("account", "show", "li.crc", "--as-of")
    then = desk.do(FIRST, *stood, str(opened["position"]))
    now = desk.do(FIRST, "account", "show", "li.crc")
    assert (then["account"]["active"], now["account"]["active"]) == (True, False)  # type: ignore[index]
    assert then["history"] == now["history"][: len(then["history"])]  # type: ignore[arg-type, index]
    assert len(now["history"]) == len(then["history"]) + 1  # type: ignore[arg-type]
    assert desk.fault(FIRST, *stood, str(before["position"])) == (5, "account.unknown")
    assert desk.fault(FIRST, *stood, "2025-01-01") == (5, "account.unknown")
    assert desk.fault(FIRST, *stood, "999999") == (5, "as_of.position")
    assert desk.fault(FIRST, *stood, "interim") == (5, "as_of.unknown")


def test_before_accounts_were_begun_there_were_none_and_no_tokens(desk: Desk) -> None:
    for question in (("account", "list"), ("token", "list")):
        told = desk.do(FIRST, *question, "--as-of", "2025-01-01T00:00:00Z")
        assert told == {"as_of": "2025-01-01T00:00:00.000000Z", "position": 0, "rows": []}


def test_a_token_is_listed_while_it_opens_something(desk: Desk) -> None:
    opened = ("account", "open", "lab.import", "--name", "Lab", "--organisation", "Hospital", "--machine")
    desk.do(FIRST, *opened)
    of_lab = ("lab.import", "t-1", "--origin", "laboratory", "--days", "2")
    issued = desk.do(FIRST, "token", "issue", *of_lab)
    assert desk.do(FIRST, "token", "list")["rows"]
    now = desk.terminal.clock.moment
    desk.do(FIRST, "token", "revoke", "lab.import", "t-1")
    assert not desk.do(FIRST, "token", "list")["rows"]
    for then, listed in ((now, 1), (now + timedelta(days=3), 0), (now - timedelta(days=1), 0)):
        rows = desk.do(FIRST, "token", "list", "--as-of", then.isoformat())["rows"]
        assert len(rows) == listed  # type: ignore[arg-type]
    assert len(desk.do(FIRST, "token", "list", "--as-of", str(issued["last"]))["rows"]) == 1  # type: ignore[arg-type]
    desk.do(FIRST, "token", "issue", "lab.import", "t-2", *of_lab[2:])
    desk.terminal.clock.advance(days=3)
    desk.do(FIRST, "account", "sign-in", FIRST)
    assert desk.do(FIRST, "token", "list")["rows"] == [], "it has expired"
