"""A trial from protocol to archive in words of the command line: every command at least once."""

from __future__ import annotations

from pathlib import Path

from tests.cli.terminal import (
    COORDINATOR,
    DATA_MANAGER,
    INSPECTOR,
    INVESTIGATOR,
    LABORATORY,
    MONITOR,
    PI,
    PROTOCOL,
    STATISTICIAN,
    Terminal,
)


class Walk:
    """Runs commands, and remembers which ones."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self.walked: set[str] = set()

    def __call__(self, by: str, *words: str) -> str:
        """Run words, as `by` or, for a question, as nobody."""
        self.walked.add(words[0] if words[0] == "replay" else " ".join(words[:2]))
        return self.terminal.do(*words, by=by)


def begin(walk: Walk) -> None:
    """From the protocol file to opened enrolment, step by step."""
    walk("", "protocol", "check", str(PROTOCOL))
    walk("", "protocol", "show", str(PROTOCOL), "--assumptions")
    walk(PI, "trial", "adopt", str(PROTOCOL))
    walk("", "trial", "assumptions")
    walk(PI, "trial", "confirm", "--yes")
    walk(PI, "trial", "approve", "--reference", "E-1", "--at", "2026-03-01")
    walk(STATISTICIAN, "randomization", "seal")
    walk("", "randomization", "status")
    walk(PI, "trial", "activate-site", "S1")
    walk(PI, "trial", "activate")
    why = ("--reason-code", "transcription", "--reason", "the letter bears another date")
    walk(PI, "trial", "correct-activation", "S1", "--at", "2026-03-01", *why)
    walk(PI, "trial", "open")
    walk(LABORATORY, "lot", "register", "L1", "B1", "B2", "B3", "--expires", "2027-01-01")
    walk(LABORATORY, "lot", "test", "L1", "viability", "92 %", "--limit", "80 %", "--passed")
    walk(LABORATORY, "lot", "quarantine", "L1", "--reason", "result pending")
    walk(LABORATORY, "lot", "release", "L1", "--basis", "interim")
    walk(LABORATORY, "lot", "register", "L2", "C1", "--expires", "2027-01-01")
    walk(LABORATORY, "lot", "correct", "L2", "--expires", "2027-02-01", "--bag", "C1", "--bag", "C2", *why)
    walk(LABORATORY, "lot", "reject", "L2", "--reason", "not sterile")
    walk("", "lot", "list")
    walk("", "lot", "history", "L2")


def enrol(walk: Walk, code: str) -> None:
    """From the screening log to an allocation, with a baseline visit."""
    walk(COORDINATOR, "participant", "screen", code, "--site", "S1", "--sex", "male", "--age", "61")
    walk(COORDINATOR, "record", "consent", code, "--version", "1.0", "--document-language", "zh-CN")
    walk(COORDINATOR, "record", "visit", code)
    walk(COORDINATOR, "record", "results", code, "baseline", "alt=5000 U/L", "inr=1.7", "ascites=mild")
    walk(COORDINATOR, "participant", "answer", code, "disease=yes", "pregnant=no")
    walk(INVESTIGATOR, "participant", "sign", code)
    walk(INVESTIGATOR, "participant", "randomize", code)


def infuse(walk: Walk, code: str, bag: str, *, whole: bool) -> None:
    """An infusion by its steps, given as a whole or stopped early."""
    walk(INVESTIGATOR, "infusion", "order", code, "--weight-kg", "62.5")
    walk(INVESTIGATOR, "infusion", "assign", code, "L1", bag)
    walk(LABORATORY, "infusion", "release", code)
    walk(INVESTIGATOR, "infusion", "receive", code, bag)
    until = walk.terminal.clock.moment.replace(hour=23).strftime("%Y-%m-%dT%H:%MZ")
    walk(LABORATORY, "infusion", "thaw", code, "--use-by", until, "--viability", "92")
    walk(INVESTIGATOR, "infusion", "check", code, bag, "--checker", "li.wei", "--checker", "ma.jun")
    walk(INVESTIGATOR, "infusion", "premedicate", code, "--medication", "promethazine")
    walk(INVESTIGATOR, "infusion", "access", code, walk.terminal.route(code), "--confirmation", "seen")
    walk(INVESTIGATOR, "infusion", "start", code)
    walk(INVESTIGATOR, "infusion", "pause", code, "--reason", "chills")
    if whole:
        walk(INVESTIGATOR, "infusion", "resume", code)
        walk(INVESTIGATOR, "infusion", "complete", code, "--volume-ml", "50", "--cells-million", "61.2")
    else:
        walk(INVESTIGATOR, "infusion", "stop", code, "--reason", "fever", "--volume-ml", "12")
    why = ("--reason-code", "transcription", "--reason", "misread the label")
    later = walk.terminal.clock.moment.replace(hour=23, minute=30).strftime("%Y-%m-%dT%H:%MZ")
    walk(LABORATORY, "infusion", "correct-use-by", code, later, *why)
    walk(INVESTIGATOR, "infusion", "correct-dose", code, "--cells-million", "62", *why)
    began = walk.terminal.clock.moment.replace(hour=1).strftime("%Y-%m-%d")
    walk(INVESTIGATOR, "infusion", "correct-time", code, "--started", began, "--paused", began, *why)
    walk(INVESTIGATOR, "infusion", "observe", code, "--hours", "24")
    walk(INVESTIGATOR, "infusion", "close", code)


def follow(walk: Walk, code: str) -> None:
    """What happens to a participant after the infusion, and what people say of it."""
    walk(COORDINATOR, "visit", "schedule", code, "week-4", "2026-03-30T09:30")
    walk.terminal.clock.advance(days=40)
    walk(COORDINATOR, "record", "visit", code, "week-4", "--at", "2026-04-10T09:30")
    walk(COORDINATOR, "record", "results", code, "week-4", "alt=40 U/L", "--at", "2026-04-10T09:30")
    typing = ("--reason-code", "transcription", "--reason", "typing error")
    walk(COORDINATOR, "result", "correct", code, "week-4", "alt", "45", *typing)
    walk(MONITOR, "query", "open", code, "which laboratory?", "--visit", "week-4", "--result", "alt")
    walk(MONITOR, "query", "open", code, "asked twice")
    asked, twice = (row["query"] for row in walk.terminal.data("query", "list")["rows"])
    walk(COORDINATOR, "result", "correct", code, "week-4", "alt", "46", *typing, "--query", asked)
    walk(COORDINATOR, "query", "answer", asked, "the central one")
    walk(MONITOR, "query", "reopen", asked, "and when?")
    walk(COORDINATOR, "query", "answer", asked, "on the same day")
    walk(MONITOR, "query", "close", asked, "--resolution", "source seen")
    walk(MONITOR, "query", "cancel", twice, "put by mistake")
    walk("", "query", "list", "--participant", code, "--status", "closed")
    walk("", "query", "show", asked)
    other = ("--reason-code", "other_participant", "--reason", "another person's sample")
    walk(COORDINATOR, "result", "void", code, "week-4", "alt", *other)
    walk(COORDINATOR, "result", "answer-check", code, "baseline", "alt", "confirmed")
    visits_put_right(walk, code)
    walk(COORDINATOR, "record", "dialysis", code, "--at", "2026-04-01")
    walk(COORDINATOR, "record", "treatment", code, "albumin", "--detail", "20 g")
    walk(COORDINATOR, "record", "treatment", code, "plasma")
    walk(COORDINATOR, "participant", "void-treatment", code, "plasma", *other)
    walk(INVESTIGATOR, "record", "decompensation", code, "ascites", "--grade", "mild")
    walk(INVESTIGATOR, "record", "decompensation-grade", code, "ascites-1", "moderate")
    walk(INVESTIGATOR, "record", "decompensation-resolved", code, "ascites-1")
    walk(INVESTIGATOR, "record", "adverse-event", code, "fever", "--severity", "mild", "--serious")
    walk(INVESTIGATOR, "record", "adverse-event-change", code, "ae-1", "--outcome", "recovered")
    walk(INVESTIGATOR, "record", "misrandomization", code, "HIV found afterwards")
    informed = ("--kind", "accidental", "--informed", "Dr Wang", "--reason", "chart left open")
    walk(INVESTIGATOR, "record", "unblinding", code, *informed)
    walk(INVESTIGATOR, "participant", "assess-unblinding", code, "no outcome was assessed after it")
    walk(COORDINATOR, "record", "deviation", code, "sample stored warm")
    found = walk.terminal.data("deviation", "list", "--rule", "visit.out_of_window")["rows"][0]["deviation"]
    walk("", "deviation", "list", "--participant", code)
    classified = ("--participant", code, "--class", "minor", "--cause", "holiday")
    walk(INVESTIGATOR, "deviation", "classify", found, *classified)
    walk(INVESTIGATOR, "deviation", "classify", "noted-1", *classified)
    whose = ("--participant", code)
    walk(INVESTIGATOR, "deviation", "explain", found, "a holiday", "--hazard", "a snowstorm", *whose)
    walk(COORDINATOR, "deviation", "act", found, "earlier calls", "--kind", "preventive", *whose)
    walk(COORDINATOR, "deviation", "report", found, "--to", "ethics", *whose)
    walk(COORDINATOR, "deviation", "hazard-notice", found, "--to", "sponsor", *whose)
    walk("", "deviation", "show", found, *whose)
    walk(COORDINATOR, "record", "missed-visit", code, "week-12", "--reason", "in another hospital")
    walk(COORDINATOR, "participant", "complete", code)


def others(walk: Walk, amended: Path) -> None:
    """The other ends a course can take, and an amendment on the way."""
    walk(COORDINATOR, "participant", "screen", "S1-003", "--site", "S1", "--age", "85")
    why = ("--reason-code", "transcription", "--reason", "the screening log says so")
    walk(COORDINATOR, "participant", "correct-screening", "S1-003", "--age", "86", *why)
    walk(COORDINATOR, "record", "screen-failure", "S1-003", "--because", "too old")
    enrol(walk, "S1-004")
    walk(INVESTIGATOR, "infusion", "order", "S1-004", "--weight-kg", "58")
    walk(INVESTIGATOR, "infusion", "skip", "S1-004", "--reason", "fever since the morning")
    walk(COORDINATOR, "record", "withdrawal", "S1-004", "--scope", "treatment")
    walk(COORDINATOR, "record", "loss", "S1-004", "--attempts", "3")
    enrol(walk, "S1-005")
    walk(INVESTIGATOR, "record", "infusion", "S1-005", "vein", "--lot", "L1", "--bag", "B3")
    why = ("--reason-code", "other_participant", "--reason", "it was the participant in the next bed")
    walk(INVESTIGATOR, "infusion", "void", "S1-005", *why)
    walk(LABORATORY, "lot", "return", "L1", "B3")
    walk(INVESTIGATOR, "record", "infusion", "S1-005", "vein", "--lot", "L1", "--bag", "B3")
    outcomes_put_right(walk, "S1-005")
    walk(INVESTIGATOR, "record", "transplant", "S1-005")
    walk(INVESTIGATOR, "record", "death", "S1-005", "--cause", "liver failure")
    why = ("--reason-code", "transcription", "--reason", "the certificate says so")
    walk(INVESTIGATOR, "participant", "correct", "S1-005", "death", "--cause", "variceal bleeding", *why)
    walk(COORDINATOR, "participant", "void", "S1-004", "loss", *why)
    walk(COORDINATOR, "record", "end-of-follow-up", "S1-004")
    walk(PI, "trial", "amend", str(amended), "--summary", "a wider window")
    walk("", "protocol", "diff", "1.0", "2.0")
    walk(PI, "trial", "confirm", "--yes")
    walk(PI, "trial", "approve", "--reference", "E-2")
    walk(PI, "trial", "adopt-version", "S1", "2.0")
    walk(COORDINATOR, "participant", "request-reconsent", "S1-002", "2.0")


def visits_put_right(walk: Walk, code: str) -> None:
    """A visit recorded on another day than it took place, with its results, and one that did not."""
    why = ("--reason-code", "transcription", "--reason", "the chart says so")
    walk(COORDINATOR, "result", "correct-time", code, "baseline", "inr", "--at", "2026-03-01T08:40", *why)
    walk(COORDINATOR, "visit", "correct", code, "week-4", "--at", "2026-04-10T10:15", *why)
    walk(COORDINATOR, "record", "visit", code, "unscheduled-7", "--at", "2026-04-10")
    walk(COORDINATOR, "visit", "void", code, "unscheduled-7", *why)


def outcomes_put_right(walk: Walk, code: str) -> None:
    """An adverse event and an episode, each recorded otherwise than it was, and in error after all."""
    why = ("--reason-code", "source_corrected", "--reason", "the ward's chart says so")
    other = ("--reason-code", "other_participant", "--reason", "it was S1-004")
    walk(COORDINATOR, "record", "adverse-event", code, "fever", "--severity", "mild")
    walk(COORDINATOR, "participant", "correct-adverse-event", code, "ae-1", "--at", "2026-03-01", *why)
    walk(INVESTIGATOR, "participant", "void-adverse-event", code, "ae-1", *other)
    walk(INVESTIGATOR, "record", "decompensation", code, "ascites")
    walk(INVESTIGATOR, "record", "decompensation-grade", code, "ascites-1", "moderate")
    walk(INVESTIGATOR, "record", "decompensation-resolved", code, "ascites-1")
    of = (code, "ascites-1")
    walk(COORDINATOR, "participant", "correct-decompensation", *of, "--at", "2026-03-01", *why)
    walk(COORDINATOR, "participant", "correct-decompensation-grade", *of, "--grade", "mild", *why)
    walk(COORDINATOR, "participant", "correct-decompensation-end", *of, "--at", "2026-03-02", *why)
    walk(COORDINATOR, "participant", "void-decompensation", *of, "--part", "grade", *why)
    walk(COORDINATOR, "participant", "void-decompensation", *of, *other)


def end(walk: Walk) -> None:
    """From the data cut to the archive."""
    walk(STATISTICIAN, "trial", "cut", "final")
    walk(PI, "trial", "close")
    walk(DATA_MANAGER, "trial", "freeze", "--reason", "interim analysis")
    walk(DATA_MANAGER, "trial", "lock", "--reason", "clean and signed")
    walk(DATA_MANAGER, "trial", "request-unlock", "--reason", "late laboratory report")
    walk(PI, "trial", "unlock", "--reason", "the report is real")
    walk(DATA_MANAGER, "trial", "lock", "--reason", "clean and signed")
    walk(STATISTICIAN, "randomization", "reveal")
    walk("", "randomization", "verify")
    walk(DATA_MANAGER, "trial", "archive")
    walk("", "trial", "status")
    walk("", "participant", "list")
    walk("", "participant", "show", "S1-001")
    walk("", "participant", "scores", "S1-001")
    walk("", "participant", "history", "S1-001", "--language", "zh")
    walk("", "visit", "list", "--status", "missed")
    walk("", "result", "list", "--participant", "S1-001", "--visit", "week-4")
    walk("", "result", "delays")
    walk("", "replay")
    bundle = str(walk.terminal.folder / "trial.zip")
    walk(INSPECTOR, "export", "bundle", "--out", bundle, "--purpose", "inspection")
    table = str(walk.terminal.folder / "table.zip")
    walk(DATA_MANAGER, "export", "table", "--out", table, "--purpose", "evaluation")
