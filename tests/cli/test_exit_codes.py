"""Every kind of fault has its exit code and its one line; and what fails changes nothing."""

from __future__ import annotations

import shlex
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.terminal import (
    COORDINATOR,
    INSPECTOR,
    INVESTIGATOR,
    LABORATORY,
    PI,
    PROTOCOL,
    STATISTICIAN,
    Terminal,
)

REGISTER = "consent register --site S1 --version 1.0 --document-language en --reference EC-1 --at 2026-01-05"
PERIOD = "--from 2026-03-02T00:00:00Z --to 2026-03-03T00:00:00Z"
WRONG = [
    # words, who, exit code, code of the error
    ("nonsense", "", 2, "usage"),
    ("participant", "", 2, "usage"),
    ("participant nonsense", "", 2, "usage"),
    ("participant show", "", 2, "usage"),
    ("participant show S1-001 extra", "", 2, "usage"),
    ("participant list --nonsense", "", 2, "usage"),
    (f"{REGISTER} --document nowhere.pdf", PI, 5, "file.missing"),
    (f"{REGISTER} --document /", PI, 2, "file.other_kind"),
    (f"{REGISTER} --document /dev/null", PI, 2, "usage.empty_file"),
    ("participant list --axis sideways", "", 2, "usage"),
    ("participant list --as-of 2026-13-01T00:00:00Z", "", 2, "time.instant"),
    ("participant list --as-of 2026-03-02T12:00", "", 2, "time.naive"),
    ("participant list --as-of 2026-02-30", "", 2, "time.impossible"),
    ("participant list --as-of 2026-03-02T12:00+09:00[Asia/Shanghai]", "", 2, "time.offset"),
    ("participant list --as-of yesterday", "", 5, "as_of.unknown"),
    ("participant list --as-of 999999", "", 5, "as_of.position"),
    ("participant list --as-of ''", "", 2, "as_of.empty"),
    ("visit list --as-of 9999-12-31T23:59:59Z", "", 2, "time.impossible"),
    ("audit compare '' 3", "", 2, "as_of.empty"),
    ("audit trail --from 2026-03-02 --to 2026-03-01", "", 2, "usage.period"),
    ("record death S1-001 --cause a\x1b[31m", INVESTIGATOR, 2, "usage.not_text"),
    ("trial lock --reason a\x07", PI, 2, "usage.not_text"),
    ("export bundle --out t.zip --purpose ''", "h.qian:inspector", 2, "usage.empty"),
    ("record death S1-001 --at ''", INVESTIGATOR, 2, "usage.empty"),
    ("record death S1-001 --command-id ' '", INVESTIGATOR, 2, "usage.empty"),
    ("audit trail --from ''", "", 2, "usage.empty"),
    ("record death S1-001 --site S9", INVESTIGATOR, 5, "site.unknown"),
    ("participant show S1-001 --role statistician --purpose " + "x" * 501, "", 2, "command.invalid"),
    ("access dormant --days -1", "", 2, "usage"),
    ("result delays --over -1", "", 2, "usage"),
    ("backup --out PROTOCOL", "root:administrator", 2, "file.other_kind"),
    ("audit trail --at-site S9", "", 5, "site.unknown"),
    ("audit trail --actor-role nurse", "", 2, "usage.role"),
    ("audit verify --broken sha-256", "", 2, "usage.algorithm"),
    ("audit verify nowhere.zip --broken sha256", "", 2, "usage.of_stores"),
    ("audit verify --renewal nowhere.note", "", 5, "file.missing"),
    ("ledger timestamp --tsa https://tsa.example --tsa-root nowhere.pem", "", 5, "file.missing"),
    ("participant list --as-of 999999 --axis effective", "", 5, "as_of.position"),
    ("participant list --known-at 3", "", 2, "as_of.known_at"),
    ("participant list --axis effective --known-at 999999", "", 5, "as_of.position"),
    ("participant list --axis effective --known-at soon", "", 5, "as_of.unknown"),
    ("participant list --axis effective --known-at ''", "", 2, "usage.empty"),
    ("participant list --role nurse", "", 2, "usage.role"),
    ("participant list --trial T-9", "", 5, "trial.unknown"),
    ("participant show S1-999", "", 5, "participant.unknown"),
    ("participant history S1-999", "", 5, "participant.unknown"),
    ("visit list --participant S1-999", "", 5, "participant.unknown"),
    ("visit list --status late", "", 2, "usage.visit_status"),
    ("result list --participant S1-999", "", 5, "participant.unknown"),
    ("result list --visit week-99", "", 5, "visit.unknown"),
    ("unblinding list --participant S1-999", INVESTIGATOR, 5, "participant.unknown"),
    ("unblinding views --participant S1-999", INVESTIGATOR, 5, "participant.unknown"),
    (f"alert simulate {PERIOD} --participant S1-999", "", 5, "participant.unknown"),
    ("audit compare 1 3 --participant S1-999", "", 5, "participant.unknown"),
    ("deviation list --rule none", "", 2, "usage.deviation_rule"),
    ("deviation list --participant S1-999", "", 5, "participant.unknown"),
    ("protocol check nowhere.toml", "", 5, "protocol_file.missing"),
    ("protocol check nowhere", "", 5, "protocol_file.missing"),
    ("protocol show --version 9.9", "", 5, "protocol.unknown_version"),
    ("protocol show mayo-pbc --version 1.0", "", 2, "usage.two_sources"),
    ("trial assumptions --version 9.9", "", 5, "protocol.unknown_version"),
    ("participant sign S1-001", "", 2, "usage.no_actor"),
    ("participant sign S1-001", "li.wei", 2, "usage.no_actor"),
    ("participant sign S1-001", "li.wei:", 2, "usage.role"),
    ("participant sign S1-001", "li.wei:nurse", 2, "usage.role"),
    ("participant sign S1-001", "cron:system", 2, "usage.role"),
    ("participant sign S1-001", COORDINATOR, 7, "policy.denied"),
    ("participant sign S1-999", INVESTIGATOR, 5, "participant.unknown"),
    ("participant sign S1-001 --trial T-9", INVESTIGATOR, 5, "trial.unknown"),
    ("participant randomize S1-001", INVESTIGATOR, 4, "randomize.already"),
    ("participant screen s1 --site S1", COORDINATOR, 2, "command.invalid"),
    ("participant screen S1-002 --site S1 --age old", COORDINATOR, 2, "command.invalid"),
    ("participant screen S1-002 --site S9", COORDINATOR, 5, "site.unknown"),
    ("participant screen S1-002 --site S1 --sex other", COORDINATOR, 2, "usage"),
    ("participant answer S1-001", COORDINATOR, 2, "usage.answers"),
    ("participant answer S1-001 disease=yes --all-met", COORDINATOR, 2, "usage.answers"),
    ("participant answer S1-001 disease=perhaps", COORDINATOR, 2, "usage.answer"),
    ("participant answer S1-001 disease=yes disease=no", COORDINATOR, 2, "usage.answer_twice"),
    ("record consent S1-001 --version 1.0", COORDINATOR, 2, "usage"),
    ("record visit S1-001 --at tomorrow", COORDINATOR, 2, "time.form"),
    ("record visit S1-001 --at 2026-02-30", COORDINATOR, 2, "time.impossible"),
    ("record visit S1-001 --at 2027-01-01", COORDINATOR, 4, "time.in_future"),
    ("record visit S1-001 week-99", COORDINATOR, 5, "visit.unknown"),
    ("record visit S1-001 --command-id x-1", COORDINATOR, 2, "usage.at_needed"),
    ("record results S1-001 baseline", COORDINATOR, 2, "usage"),
    ("record results S1-001 baseline alt", COORDINATOR, 2, "usage.reading"),
    ("record results S1-001 baseline =5", COORDINATOR, 2, "usage.reading"),
    ("record results S1-001 baseline alt=5", COORDINATOR, 2, "result.unit_missing"),
    ("record results S1-001 baseline alt=5,0U/L", COORDINATOR, 2, "result.not_a_number"),
    ("record results S1-001 baseline alt=high", COORDINATOR, 2, "result.not_a_number"),
    ("record results S1-001 baseline ascites=huge", COORDINATOR, 5, "result.grade_unknown"),
    ("record results S1-001 baseline iron=5", COORDINATOR, 5, "item.unknown"),
    ("record unblinding S1-001 --kind emergency --informed Wang", INVESTIGATOR, 2, "command.invalid"),
    ("record infusion S1-001 mouth", INVESTIGATOR, 5, "infusion.unknown_route"),
    ("record randomization S1-001 by-vein", COORDINATOR, 4, "randomize.made_here"),
    ("result correct S1-001 baseline alt 5 --reason typo", COORDINATOR, 5, "result.unknown"),
    ("deviation classify dev-0 --participant S1-001 --class minor", INVESTIGATOR, 5, "deviation.unknown"),
    ("infusion start S1-001", INVESTIGATOR, 4, "infusion.not_ordered"),
    ("infusion order S1-001 --infusion two", INVESTIGATOR, 2, "usage"),
    ("infusion order S1-001 --weight-kg heavy", INVESTIGATOR, 2, "command.invalid"),
    ("infusion skip S1-001", INVESTIGATOR, 2, "command.invalid"),
    ("infusion complete S1-001 --volume-ml 1e9", INVESTIGATOR, 2, "command.invalid"),
    ("infusion correct-dose S1-001 --cells-million 1e400", INVESTIGATOR, 2, "command.invalid"),
    ("record loss S1-001 --attempts 99999999999", INVESTIGATOR, 2, "command.invalid"),
    ("record consent S1-001 --version 1.0 --document-language zhCN", COORDINATOR, 2, "command.invalid"),
    ("lot register L1 B9 --expires 2027-01-01", LABORATORY, 4, "lot.registered_already"),
    ("lot register L9 B9 B9 --expires 2027-01-01", LABORATORY, 2, "command.invalid"),
    ("lot release L9", LABORATORY, 5, "lot.unknown"),
    ("visit schedule S1-001 week-4 2026-01-01", COORDINATOR, 4, "procedure.before_consent"),
    ("trial open", PI, 4, "trial.enrolment_open"),
    ("randomization seal", STATISTICIAN, 4, "randomization.sealed_already"),
    ("trial cut x --position 99999", STATISTICIAN, 5, "data_cut.no_position"),
    ("trial confirm", PI, 2, "usage.not_confirmed"),
    ("trial activate", PI, 4, "trial.active_already"),
    ("trial activate --ethics E", PI, 2, "usage.no_protocol"),
    ("trial activate mayo-pbc --trial T-1", PI, 2, "protocol.other_trial"),
    ("trial adopt PROTOCOL", PI, 4, "trial.adopt_protocol.not_when_active"),
    ("trial adopt PROTOCOL --trial T-2", PI, 2, "protocol.other_trial"),
    ("trial amend PROTOCOL --summary none", PI, 4, "protocol.version_taken"),
    ("trial activate-site S9", PI, 5, "site.unknown"),
    (
        "record consent S1-001 --version 1.0 --document-language en --party nurse",
        COORDINATOR,
        5,
        "consent.no_party",
    ),
    (
        "record consent S1-001 --version 1.0 --document-language en --sha256 abc",
        COORDINATOR,
        2,
        "usage.sha256",
    ),
    ("correction authorise S1-001", INVESTIGATOR, 4, "correction.none_waits"),
    ("ledger page --out PROTOCOL", "", 2, "file.exists"),
    *(
        (f"{words} nowhere/file", by, 5, "file.no_folder")
        for words, by in (
            ("ledger page --out", ""),
            ("ledger request --witness w --out", ""),
            ("calendar feed --token t --out", ""),
            ("audit proof 1 --out", ""),
            ("export bundle --purpose inspection --out", INSPECTOR),
            ("export table --purpose analysis --out", STATISTICIAN),
            ("restore PROTOCOL --into", ""),
            ("outage package S1 --out", STATISTICIAN),
        )
    ),
    ("trial unlock", PI, 4, "trial.unlock.not_when_active"),
]


@pytest.mark.parametrize(
    ("words", "by", "exit_code", "code"), WRONG, ids=[f"{w} [{b}]" for w, b, *_ in WRONG]
)
def test_a_wrong_command_line_gives_one_line_and_changes_nothing(
    enrolled_once: Terminal, words: str, by: str, exit_code: int, code: str
) -> None:
    head = enrolled_once.head
    result = enrolled_once.run(*shlex.split(words.replace("PROTOCOL", str(PROTOCOL))), by=by)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    [line] = result.stderr.splitlines()
    assert line.startswith("trialog: ")
    assert line.endswith(f"({code})")
    assert enrolled_once.head == head


def test_a_word_given_by_mistake_is_told_shortened(enrolled_once: Terminal) -> None:
    error = enrolled_once.fault("alert", "show", "x" * 5000)
    assert (error["exit"], error["code"]) == (5, "alert.unknown")
    assert error["message"].endswith(f"{'x' * 60}… (5000 characters)")
    nameless = enrolled_once.fault("audit", "verify", "x" * 5000)
    assert (nameless["exit"], nameless["code"]) == (2, "file.name")
    nowhere = enrolled_once.fault("ledger", "cosign", "x.txt", "--policy", "x.policy", "--signer", "a/" * 900)
    assert len(f"{nowhere['where']}{nowhere['remedy']}") < 400


def test_who_may_not_ask_is_told_how_to_say_who_asks(enrolled_once: Terminal) -> None:
    assert "--role ROLE, or set TRIALOG_AS" in enrolled_once.fault("audit", "review")["remedy"]
    wrong = enrolled_once.fault("visit", "list", "--as", COORDINATOR)
    assert wrong["remedy"] == "Who asks is said with --role ROLE. See 'trialog visit list --help'."


def test_a_trail_may_begin_before_everything(enrolled_once: Terminal) -> None:
    rows = enrolled_once.data("audit", "trail", "--from", "0001-01-01T00:00:00Z")["rows"]
    assert rows == enrolled_once.data("audit", "trail")["rows"]


def test_an_error_line_names_place_message_rule_remedy_and_code(enrolled: Terminal) -> None:
    terminal = enrolled
    terminal.do("record", "results", "S1-001", "baseline", "inr=1.7", by=COORDINATOR)
    result = terminal.run("result", "correct", "S1-001", "baseline", "inr", "1.8", by=COORDINATOR)
    assert result.exit_code == 4
    assert result.stderr == (
        "trialog: S1-001 baseline: a change to a recorded value needs a reason in words; the reason has no"
        " code of the protocol's list [ICH E6(R3) 4.2.4]. Give --reason, in words of your own. Give"
        " --reason-code: transcription, source_corrected, unit, other_visit, other_participant,"
        " assessment_revised, query, other. (correction.no_reason)\n"
    )


def test_a_reason_that_says_nothing_is_told_as_that_and_a_wrong_code_beside_it(enrolled: Terminal) -> None:
    enrolled.do("record", "results", "S1-001", "baseline", "inr=1.7", by=COORDINATOR)
    correct = ("result", "correct", "S1-001", "baseline", "inr", "1.8", "--reason", "x", "--reason-code")
    short = enrolled.fault(*correct, "transcription", by=COORDINATOR)
    assert short["message"] == "'x' is no reason in words: it says nothing, or the code once more"
    assert short["remedy"] == "Give --reason, in words of your own."
    both = enrolled.fault(*correct, "typo", by=COORDINATOR)
    assert (both["code"], both["exit"]) == ("correction.no_reason", 4)
    assert both["message"].endswith("; 'typo' is no reason of the protocol's list")
    assert "Give --reason-code: transcription, " in both["remedy"]


def test_with_json_an_error_is_one_object(enrolled: Terminal) -> None:
    assert enrolled.fault("participant", "randomize", "S1-001", by=INVESTIGATOR) == {
        "code": "randomize.already",
        "message": "the participant is randomized; allocation happens once",
        "where": "S1-001",
        "rule": "participant: randomize",
        "remedy": None,
        "exit": 4,
    }
    usage = enrolled.fault("participant", "show")
    assert (usage["exit"], usage["code"]) == (2, "usage")
    assert usage["remedy"] == "See 'trialog participant show --help'."


def test_who_may_act_is_told_when_nobody_is_named(active: Terminal) -> None:
    result = active.run("participant", "sign", "S1-001")
    assert "Give --as ACTOR:ROLE, or set TRIALOG_AS; roles: coordinator, investigator, " in result.stderr
    assert "system" not in result.stderr


def test_what_is_interrupted_is_told_in_one_line(active: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("adapters.app.App.view", interrupted)
    result = active.run("trial", "status")
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == "trialog: stopped before it was done (interrupted)\n"


def test_an_answer_is_asked_for_in_one_form(enrolled_once: Terminal) -> None:
    assert enrolled_once.fault("audit", "trail", "--csv")["code"] == "usage.two_forms"


def test_the_trail_is_narrowed_to_what_the_system_did(enrolled_once: Terminal) -> None:
    assert enrolled_once.data("audit", "trail", "--actor-role", "system")["rows"] == []


def test_a_denial_names_the_role_in_words(active: Terminal) -> None:
    denied = active.fault("trial", "close", by="h.qian:inspector")
    assert denied["message"] == "an inspector may not close enrolment (trial.close_enrolment)"


def test_a_role_may_be_written_with_hyphens(active: Terminal) -> None:
    active.do("trial", "close", "--as", "pi:principal-investigator")


def test_a_repeated_command_is_recorded_once(active: Terminal) -> None:
    words = ("participant", "screen", "S1-001", "--site", "S1", "--command-id", "screen-1")
    first = active.data(*words, by=COORDINATOR)
    again = active.data(*words, by=COORDINATOR)
    assert (first["repeated"], again["repeated"]) == (False, True)
    assert again["first"] == first["first"] == active.head
    assert active.do(*words, by=COORDINATOR).startswith(f"already recorded at position {first['first']}\n")


def test_a_command_id_used_for_another_command_is_a_conflict(active: Terminal) -> None:
    words = ("participant", "screen", "S1-001", "--site", "S1", "--command-id", "screen-1")
    active.do(*words, by=COORDINATOR)
    head = active.head
    error = active.fault(*words, "--age", "50", by=COORDINATOR)
    assert (error["exit"], error["code"]) == (6, "command.other_content")
    assert active.head == head


def test_a_report_with_its_time_can_be_repeated(enrolled: Terminal) -> None:
    words = ("record", "dialysis", "S1-001", "--at", "2026-03-01", "--command-id", "d-1")
    enrolled.do(*words, by=COORDINATOR)
    assert enrolled.data(*words, by=COORDINATOR)["repeated"] is True


def test_a_replay_that_finds_a_difference_ends_with_3_and_names_it(enrolled: Terminal) -> None:
    with sqlite3.connect(enrolled.store) as store:
        key = ("T-1", "visit.v1", "S1-001/week-4")
        store.execute("INSERT INTO document_key (trial, model, key, position) VALUES (?, ?, ?, 9)", key)
        store.execute(
            "INSERT INTO document (trial, model, key, position, body) VALUES (?, ?, ?, 9, '{}')", key
        )
    store.close()
    result = enrolled.run("replay")
    assert result.exit_code == 3
    assert "visit.v1  S1-001/week-4  not from the facts" in result.stdout
    assert result.stderr.count("\n") == 1
    assert "(replay.differs)" in result.stderr


@pytest.mark.parametrize(
    ("content", "exit_code", "code"),
    [
        (None, 5, "store.missing"),
        (b"", 2, "store.foreign"),
        (
            b"a letter, and longer than the header of a database would be " * 20,
            2,
            "store.foreign",
        ),
    ],
    ids=["nothing", "an empty file", "another file"],
)
def test_what_is_no_store_is_told_in_one_line(
    terminal: Terminal, content: bytes | None, exit_code: int, code: str
) -> None:
    if content is not None:
        terminal.store.write_bytes(content)
    error = terminal.fault("trial", "status")
    assert (error["exit"], error["code"]) == (exit_code, code)
    assert str(terminal.store) in error["where"]


def test_no_store_named_is_told(terminal: Terminal) -> None:
    result = terminal.run("trial", "status", env={"TRIALOG_STORE": ""})
    assert result.exit_code == 2
    assert "Give --store PATH_OR_URL, or set TRIALOG_STORE. (usage.no_store)" in result.stderr


def test_a_damaged_store_is_told_in_one_line(enrolled: Terminal) -> None:
    with enrolled.store.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096 * 20)
    result = enrolled.run("trial", "status")
    assert result.exit_code == 1
    assert result.stderr.startswith("trialog: the store failed: ")
    assert result.stderr.count("\n") == 1
    for words in (("audit", "verify"), ("replay",)):
        found = enrolled.fault(*words)
        assert (found["code"], found["exit"]) == ("store.damaged", 3)


def test_a_store_whose_schema_is_no_text_is_told_as_damaged(enrolled: Terminal) -> None:
    with closing(sqlite3.connect(enrolled.store)) as file, file:
        [name] = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchone()
        file.execute("PRAGMA writable_schema = ON")
        nothing = b'CREATE TRIGGER "\xff\x80\xfe \xfd'
        file.execute("UPDATE sqlite_master SET sql = CAST(? AS TEXT) WHERE name = ?", (nothing, name))
    error = enrolled.fault("trial", "status")
    assert (error["code"], error["exit"]) == ("store.fault", 1)
    assert error["remedy"] == "The file is damaged: restore a backup."
    found = enrolled.fault("audit", "verify")
    assert (found["code"], found["exit"]) == ("store.damaged", 3)


def test_a_key_file_open_to_others_is_denied(active: Terminal) -> None:
    Path(f"{active.store}.keys").chmod(0o644)
    assert active.fault("trial", "status")["exit"] == 7


def test_a_refused_adoption_makes_no_store(terminal: Terminal) -> None:
    for words, by in (
        (("trial", "adopt", str(PROTOCOL)), COORDINATOR),
        (("trial", "adopt", str(PROTOCOL), "--trial", "T-2"), PI),
        (("trial", "activate", str(PROTOCOL)), PI),
        (("trial", "activate", str(PROTOCOL), "--confirm-assumptions"), COORDINATOR),
    ):
        assert terminal.run(*words, by=by).exit_code in (2, 7)
    assert list(terminal.folder.iterdir()) == []


def test_what_is_wrong_in_a_file_brought_along_is_told_with_its_name(enrolled_once: Terminal) -> None:
    store, policy = str(enrolled_once.store), enrolled_once.folder / "my.policy"
    policy.write_text("quorum none\nkeys mine\n", "utf-8")
    told = {
        words: enrolled_once.fault("audit", "verify", *words)
        for words in (
            ("--policy", str(policy)),
            ("--note", str(policy)),
            ("--renewal", str(policy)),
            (store,),
        )
    }
    assert [(each["code"], each["where"]) for each in told.values()] == [
        ("policy.malformed", f"{policy}: line 2"),
        ("note.malformed", str(policy)),
        ("note.malformed", str(policy)),
        ("usage.a_store", store),
    ]


def test_words_are_told_as_they_were_typed(enrolled_once: Terminal) -> None:
    lot = ("lot", "register", "L9", "B9", "B9", "--expires", "2027-01-01")
    assert "(given: 'B9 B9')" in enrolled_once.fault(*lot, by=LABORATORY)["message"]
    late = enrolled_once.fault("record", "visit", "S1-001", "--at", "2026-02-30", by=COORDINATOR)
    assert late["message"] == "'2026-02-30' is on no calendar"


def test_a_folder_is_no_place_for_a_file(enrolled_once: Terminal) -> None:
    out = ("--out", str(enrolled_once.folder), "--purpose", "inspection")
    told = enrolled_once.fault("export", "bundle", *out, by=INSPECTOR)
    assert (told["code"], told["exit"]) == ("file.other_kind", 2)


def test_what_is_no_bundle_is_told_in_one_line(enrolled_once: Terminal, tmp_path: Path) -> None:
    done = enrolled_once.run("audit", "verify", str(tmp_path))
    assert (done.exit_code, done.stdout) == (3, "")
    assert "this is no bundle, and no proof of a fact: the manifest is not in its form" in done.stderr
    keys = enrolled_once.run("audit", "verify", f"{enrolled_once.store}.keys")
    assert (keys.exit_code, keys.stdout, keys.stderr.count("\n")) == (3, "", 1)
