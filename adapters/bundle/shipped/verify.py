#!/usr/bin/env python3
"""Verifies a Trialog bundle with nothing but Python 3.8 or later.

    python3 verify.py FOLDER_OR_ZIP [--key VKEY]... [--policy FILE] [--note FILE]...

Exit code 0: everything holds; 3: something does not, and is named; 2: the words were wrong. What is checked
is written down in SPEC.md. Take this program and the keys from the trial master file, not from the bundle.
"""

import argparse
import gc
import hashlib
import json
import os
import re
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections import namedtuple
from datetime import datetime, timezone

HEX = re.compile(r"[0-9a-f]{64}\Z")
SALT = re.compile(r"[0-9a-f]{32}\Z")
UNREADABLE = (AttributeError, KeyError, RecursionError, TypeError, ValueError)

FOUND = []
"""What does not hold: which part, at which position, in which respect, and a sentence."""


def fail(part, position, check, what):
    FOUND.append((part, position, check, what))


# ---------------------------------------------------------------- Ed25519 (RFC 8032), verification only

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        if n & 1:
            q = add(q, p)
        p, n = add(p, p), n >> 1
    return q


def point(y, sign):
    y %= P
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT % P
        if (v * x * x - u) % P:
            return None
    if x & 1 != sign:
        x = -x % P
    return x, y, 1, x * y % P


BASE = point(4 * pow(5, P - 2, P), 0)


def ed25519(public, signature, message):
    if len(public) != 32 or len(signature) != 64:
        return False
    y, s = int.from_bytes(public, "little"), int.from_bytes(signature[32:], "little")
    a = point(y & (2**255 - 1), y >> 255)
    if a is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(h, (P - a[0], a[1], 1, P - a[3])))
    z = pow(z, P - 2, P)
    return (y * z % P | (x * z % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---------------------------------------------------------------- the tree (RFC 6962)


def sha(data):
    return hashlib.sha256(data).digest()


class Tree:
    """A growing tree: the roots of its complete subtrees, largest first."""

    def __init__(self):
        self.size, self.peaks = 0, []

    def append(self, leaf):
        index = self.size
        while index & 1:
            leaf, index = sha(b"\1" + self.peaks.pop() + leaf), index >> 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha(b"")
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha(b"\1" + peak + root)
        return root


def included(index, size, leaf, path, root):
    place, last = index, size - 1
    for step in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            leaf = sha(b"\1" + step + leaf)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            leaf = sha(b"\1" + leaf + step)
        place, last = place >> 1, last >> 1
    return last == 0 and leaf == root


def consistent(old, new, old_root, new_root, path):
    if old & (old - 1) == 0:
        path = [old_root] + path
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    was = now = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            was, now = sha(b"\1" + step + was), sha(b"\1" + step + now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = sha(b"\1" + now + step)
        place, last = place >> 1, last >> 1
    return last == 0 and was == old_root and now == new_root


# ---------------------------------------------------------------- notes, keys and policy of C2SP


def base64(text):
    data = b64decode(text, validate=True)
    if b64encode(data).decode() != text:
        raise ValueError(text)
    return data


def key_of(text):
    """The key of a vkey: its name, id, kind (1 log, 4 witness) and public half."""
    name, number, public = text.strip().split("+", 2)
    data = base64(public)
    if len(data) != 33 or data[0] not in (1, 4) or not re.match(r"[^\s+]+\Z", name):
        raise ValueError(text)
    if sha(name.encode() + b"\n" + data)[:4].hex() != number:
        raise ValueError(text)
    return name, bytes.fromhex(number), data[0], data[1:]


def note_of(note):
    """A note's text and its signatures: name, key id, value."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or lines[-1:] != "\n" or any(each < " " and each != "\n" for each in note):
        raise ValueError("note")
    signatures = []
    for line in lines[:-1].split("\n"):
        found = re.match(r"— (\S+) (\S+)\Z", line)
        data = base64(found[2]) if found else b""
        if len(data) <= 4 or not re.match(r"[^\s+]+\Z", found[1]):
            raise ValueError("note")
        signatures.append((found[1], data[:4], data[4:]))
    return text + "\n", signatures


def checkpoint_of(text):
    origin, size, root, end = text.split("\n")
    if not origin or end or not re.match(r"(0|[1-9][0-9]{0,18})\Z", size) or len(base64(root)) != 32:
        raise ValueError("checkpoint")
    return origin, int(size), base64(root)


def signed_by(key, text, signatures):
    """None when the note bears no signature of the key; else whether it is right, and a witness's time."""
    name, number, kind, public = key
    for who, which, value in signatures:
        if (who, which) == (name, number):
            message, seconds = text, 0
            if kind == 4:
                seconds = int.from_bytes(value[:8], "big")
                message = f"cosignature/v1\ntime {seconds}\n{text}"
            return ed25519(public, value[8:] if kind == 4 else value, message.encode()), seconds
    return None


class Policy:
    """The keys that count, witnesses by name, and which witnesses are enough (C2SP tlog-policy)."""

    def __init__(self, keys):
        self.logs = [key for key in keys if key[2] == 1]
        self.witnesses = {key[0]: key for key in keys if key[2] == 4}
        self.groups, self.quorum = {}, "none"

    def read(self, text):
        quorums, members = 0, set()
        for words in map(str.split, text.split("\n")):
            kind, count = (words or ["#"])[0], len(words)
            if kind == "log" and count in (2, 3):
                self.logs.append(self.other(words[1], 1, self.logs))
            elif kind == "witness" and count in (3, 4):
                self.fresh(words[1])
                self.witnesses[words[1]] = self.other(words[2], 4, list(self.witnesses.values()))
            elif kind == "group" and count > 3:
                self.fresh(words[1])
                least = {"any": 1, "all": count - 3}.get(words[2]) or int(words[2])
                if not 1 <= least <= count - 3 or not all(map(self.knows, words[3:])):
                    raise ValueError(" ".join(words))
                if len(members | set(words[3:])) < len(members) + count - 3:
                    raise ValueError("a witness or group counts twice")
                members |= set(words[3:])
                self.groups[words[1]] = least, words[3:]
            elif kind == "quorum" and count == 2 and (words[1] == "none" or self.knows(words[1])):
                self.quorum, quorums = words[1], quorums + 1
            elif kind[0] != "#":
                raise ValueError(" ".join(words))
        if quorums != 1:
            raise ValueError("a policy names its quorum once")

    def knows(self, name):
        return name in self.witnesses or name in self.groups

    def fresh(self, name):
        if name == "none" or self.knows(name):
            raise ValueError(f"the name {name} is taken")

    def other(self, vkey, kind, known):
        key = key_of(vkey)
        if key[2] != kind or any(key[3] == each[3] for each in known):
            raise ValueError(vkey)
        return key

    def met(self, name, have):
        if name in self.groups:
            least, members = self.groups[name]
            return sum(self.met(member, have) for member in members) >= least
        return name == "none" or name in have


# ---------------------------------------------------------------- files: a folder, or a zip of one exact form

FIXED = "SHA256SUMS SPEC.md keys.txt manifest.json report.en.html report.zh.html verify.py".split()
WHOLE = ["entries.jsonl", "envelopes.jsonl", "leaves.txt", "payloads.jsonl"]
IN_PART = ["consistency.jsonl", "proofs.jsonl"]
NOTES = r"checkpoints/([0-9]{12}(?:-[0-9]+)?)(\.note|\.[A-Za-z0-9-]+\.tsr)\Z"


def files_of(path):
    """The files of a bundle by name."""
    files = {}
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return unzipped(file.read())
    for folder, _, names in os.walk(path):
        for name in names:
            full = os.path.join(folder, name)
            with open(full, "rb") as file:
                files[os.path.relpath(full, path).replace(os.sep, "/")] = file.read()
    return files


def unzipped(data):
    files, directory, at, last = {}, b"", 0, ""
    while data[at : at + 4] == b"PK\3\4":
        crc, size, length = struct.unpack("<L4xLH", data[at + 14 : at + 28])
        start, fields = at + 30 + length, struct.pack("<5H3L2H", 20, 0, 0, 0, 33, crc, size, size, length, 0)
        name = data[at + 30 : start].decode("ascii")
        if data[at + 4 : at + 30] != fields or start + size > len(data) or name <= last:
            raise ValueError("the header of a file in it is wrong")
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, at) + name.encode()
        files[name], at, last = data[start : start + size], start + size, name
        if zlib.crc32(files[name]) != crc:
            fail("bundle", 0, "container", f"{name} in the zip is damaged")
    end = struct.pack("<4H2LH", 0, 0, len(files), len(files), len(directory), at, 0)
    if not files or data[at:] != directory + b"PK\5\6" + end:
        raise ValueError("its directory is wrong")
    return files


def check_files(files, parts, protocols):
    """Every file is one of the format and listed with its hash, and none is missing."""
    needed = set(FIXED) | {f"protocols/{position}.json" for position in protocols}
    for part in parts:
        needed |= {part.folder + name for name in WHOLE + ([] if part.whole else IN_PART)}
    for name in sorted(needed ^ set(files)):
        if name in needed or not any(re.match(part.folder + NOTES, name) for part in parts):
            told = "is missing" if name in needed else "is no file of a bundle"
            fail("bundle", 0, "files", f"{name} {told}")
    listed = [f"{sha(files[name]).hex()}  {name}\n" for name in sorted(files) if name != "SHA256SUMS"]
    listed = [line.encode("utf-8", "surrogateescape") for line in listed]
    if files.get("SHA256SUMS") != b"".join(listed):
        wrong = set(listed) - set(files.get("SHA256SUMS", b"").splitlines(True))
        told = min(line[66:-1] for line in wrong).decode("utf-8", "replace") if wrong else "another list"
        fail("bundle", 0, "files", f"SHA256SUMS does not fit: {told}")


def lines_of(data):
    """The lines of a file; a last one that has no line break as an empty line."""
    lines = data.split(b"\n")
    if lines.pop():
        lines.append(b"")
    return iter(lines)


# ---------------------------------------------------------------- records: lines of JSON of one exact form


def form(keys):
    """The keys of a record in order, with the kind of each."""
    whole = {"by", "new", "old", "position", "size"}
    return {
        tuple(keys.split()): [int if key in whole else list if key == "path" else str for key in keys.split()]
    }


def record(line, forms):
    """The object of a line: the keys of one of the forms in this order, and no other way to write it."""
    told = json.loads(line.decode())
    if [type(value) for value in told.values()] != forms[tuple(told)]:
        raise ValueError("kind")
    parts = [
        f'"{key}":{QUOTED(each) if type(each) is str else PLAIN(each) if key == "path" else each}'
        for key, each in told.items()
    ]
    if f"{{{','.join(parts)}}}".encode() != line:
        raise ValueError("form")
    return told


def usual(line):
    """As `record` of a fact's or envelope's text, without the detours: nearly all are of this form."""
    found = USUAL.match(line)
    if not found:
        return None
    quoted = found[3].decode()
    text, end = json.decoder.scanstring(quoted, 1)
    right = end == len(quoted) and QUOTED(text) == quoted
    return {"position": int(found[1]), "salt": found[2].decode(), "text": text} if right else None


USUAL = re.compile(rb'{"position":(0|[1-9][0-9]{0,17}),"salt":"([0-9a-f]{32})","text":(".*")}\Z', re.DOTALL)
QUOTED = json.encoder.encode_basestring
PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


class Rows:
    """The records of a file, one after the other by place: what stands for no entry is told."""

    def __init__(self, part, name, check, *forms):
        self.part, self.name, self.check = part, name, check
        self.forms = {keys: kinds for each in forms for keys, kinds in form(each).items()}
        self.lines, self.is_usual = part.lines(name), forms == GIVEN
        self.next()

    def next(self):
        for line in self.lines:
            try:
                self.row = (self.is_usual and usual(line)) or record(line, self.forms)
                self.place = self.row.get("position", self.row.get("old"))
                return
            except UNREADABLE:
                self.part.fail(0, self.check, f"a line of {self.name} is not in its form")
        self.row = self.place = None

    def take(self, place):
        while self.row is not None and (place is None or self.place < place):
            self.part.fail(self.place, self.check, f"{self.name} has a line here that stands for nothing")
            self.next()
        row = self.row if self.place == place else None
        if row is not None:
            self.next()
        return row


def path_of(proof):
    """The hashes of a proof; None when there is no proof, or one of them is no hash."""
    steps = proof["path"] if proof else [""]
    right = all(type(step) is str and HEX.match(step) for step in steps)
    return [bytes.fromhex(step) for step in steps] if right else None


# ---------------------------------------------------------------- one log of a bundle, whole or in part

TEXT = r'"([ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*)"'
NUMBER = r"(0|[1-9][0-9]{0,17})"
ENTRY = re.compile(
    rf'{{"actor":{TEXT},"command":{NUMBER},"effective_at":{TEXT}(?:,"envelope":"([0-9a-f]{{64}})")?,'
    rf'"fact":"([0-9a-f]{{64}})","log":{TEXT},"position":{NUMBER},"protocol_version":{TEXT},"recorded_at":'
    r'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","role":'
    rf'{TEXT},"stream":{TEXT},"topic":{TEXT},"v":1,"version":{NUMBER}}}\Z',
    re.ASCII,
)
GIVEN = ("position salt text", "position salt base64", "position withheld", "position withheld by")
LEARNED = {
    "log.checkpoint_signed.v1": {"log": str, "origin": str, "size": int, "root": str},
    "log.key_registered.v1": {"vkey": str},
    "log.incarnation_declared.v1": {"origin": str, "restored": int, "lost_from": int, "lost_to": int},
    "redaction.made.v1": {"position": int, "part": str},
    "trial.protocol_adopted.v1": {"document": str},
    "trial.protocol_amended.v1": {"document": str},
}


Entry = namedtuple("Entry", "position version at who log stream topic fact envelope")
"""What matters of an entry, texts as they are written; `who` is its command, its time, actor and role."""


class Part:
    def __init__(self, name, files, told, masked, subject):
        self.name, self.files, self.folder = name, files, name + "/"
        self.masked, self.subject = masked, subject and json.dumps(subject)[1:-1]
        self.log, self.size, self.whole, self.root = told["log"], told["size"], told["whole"], told["root"]
        self.quoted_log = json.dumps(self.log)[1:-1]
        self.origin = "trialog/" + self.log
        self.lives, self.claims, self.redactions, self.protocols = [[self.origin, None, range(0)]], [], {}, {}
        self.count = self.last = self.versions = 0
        self.clock, self.roots, self.openers, self.withheld, self.command = "", {}, [], [], None

    def fail(self, position, check, what):
        fail(self.name, position, check, what)

    def lines(self, name):
        return lines_of(self.files.get(self.folder + name, b""))

    def verify(self, given, claims, policy, known):
        """Everything about this log. `given` are checkpoints from outside, `claims` the system log's word."""
        self.notes = sorted(self.own_notes() + given, key=lambda note: note[:2])
        if not self.whole:
            self.prove()
        self.scan({note[0] for note in self.notes} | {claim[2] for claim in claims})
        self.end = self.count if self.whole else self.size
        if self.whole and (self.count, self.roots[self.count]) != (self.size, self.root):
            self.fail(0, "manifest", "there are other entries than the manifest says")
        self.judge(policy, known)
        for _, origin, size, root in claims:
            wrong = self.wrong(origin, size)
            if wrong == "" and size > self.end:
                wrong = f"the system log knows {size} entries, and there are {self.end}"
            elif wrong == "" and self.roots.get(size) != root:
                wrong = f"the first {size} entries are not those that the system log knows"
            if wrong:
                self.fail(min(size, self.end), "system", wrong)
        for row in self.withheld:
            self.check_ground(*row)

    def own_notes(self):
        """The signed checkpoints in the bundle: size, text, signatures. Time stamps must be over one."""
        texts, notes = {}, []
        for name in sorted(self.files):
            found = re.match(self.folder + NOTES, name)
            try:
                if found and found[2] == ".note":
                    text, signatures = note_of(self.files[name].decode())
                    texts[found[1]] = sha(text.encode())
                    if checkpoint_of(text)[1] != int(found[1][:12]):
                        raise ValueError(name)
                    notes.append((int(found[1][:12]), text, signatures))
                elif found and texts[found[1]] not in self.files[name]:
                    raise ValueError(name)
            except UNREADABLE:
                self.fail(int(found[1][:12]), "checkpoint", f"{name} is of no such checkpoint")
        return notes

    def prove(self):
        """Of a log in part: roots at earlier sizes, each shown to begin the next, to that of the whole."""
        rows, proofs = Rows(self, "consistency.jsonl", "proof", "old new root path"), []
        while rows.row:
            proofs.append(rows.take(rows.place))
        new, self.roots[self.size] = self.size, self.root
        for proof in reversed(proofs):
            old, path = proof["old"], path_of(proof)
            right = HEX.match(proof["root"]) and path is not None and 0 < old < new == proof["new"]
            root = bytes.fromhex(proof["root"]) if right else b""
            if not right or not consistent(old, new, root, self.roots[new], path):
                self.fail(old, "proof", f"the tree of {old} entries is not shown to begin the next")
                return
            new, self.roots[old] = old, root

    def scan(self, wanted):
        """Go over the entries, with everything that belongs to each."""
        self.facts = Rows(self, "payloads.jsonl", "fact", *GIVEN)
        self.envelopes = Rows(self, "envelopes.jsonl", "envelope", *GIVEN)
        self.proofs = Rows(self, "proofs.jsonl", "proof", "position size path")
        tree, leaves = Tree(), self.lines("leaves.txt")
        for line in self.lines("entries.jsonl"):
            if self.whole and self.count in wanted:
                self.roots[self.count] = tree.root()
            self.count += 1
            leaf, entry = sha(b"\0" + line), self.entry(line)
            tree.append(leaf)
            position = self.count if self.whole else entry.position if entry else self.last
            if next(leaves, b"") != leaf.hex().encode():
                self.fail(position, "tree", "the entry is not the one whose hash leaves.txt tells")
            if entry is None:
                self.fail(position, "line", "this is no entry of the ledger")
            elif self.placed(entry):
                if not self.whole:
                    self.check_included(position, leaf)
                self.contents(entry)
        for rows in (self.facts, self.envelopes, self.proofs):
            rows.take(None)
        if next(leaves, None) is not None:
            self.fail(0, "tree", "leaves.txt tells of more entries than there are")
        if self.whole:
            self.roots[self.count] = tree.root()

    def entry(self, line):
        """The entry of a line, or None when it is not in the form of the ledger."""
        found = ENTRY.match(line.decode("latin-1")) if len(line) < 65536 else None
        if not found:
            return None
        actor, command, _, envelope, fact, log, position, _, at, role, stream, topic, version = found.groups()
        who = int(command), at, actor, role
        return Entry(int(position), int(version), at, who, log, stream, topic, fact, envelope)

    def placed(self, entry):
        """Whether an entry stands in its place; and whether that is right in time, command and stream."""
        position, opens = entry.position, entry.who[0] == entry.position
        due = self.count if self.whole else max(self.last + 1, min(position, self.size))
        if position != due or entry.log != self.quoted_log:
            self.fail(due, "place", f"an entry stands here that belongs elsewhere, to {position}")
            return False
        self.last = position
        if entry.at < self.clock:
            self.fail(position, "clock", f"recorded at {entry.at}, after one of {self.clock}")
        self.clock = max(self.clock, entry.at)
        before, right = self.command, opens == (entry.envelope is not None)
        if opens:
            right = right and not (self.whole and before and before[1] not in (0, position - 1))
            self.command = [entry.who, 0]
            self.openers.append(position)
        elif not before or before[0] != entry.who or 0 < before[1] < position:
            right = False
        if not right:
            self.fail(position, "command", "the entry is not of the command that it names")
        if entry.stream == self.subject:
            self.versions += 1
            if entry.version != self.versions:
                self.fail(position, "place", f"entries of {self.subject} before this one are missing")
        return True

    def check_included(self, position, leaf):
        proof = self.proofs.take(position)
        path, size = path_of(proof), proof["size"] if proof else 0
        right = path is not None and size in self.roots and position <= size
        if not right or not included(position - 1, size, leaf, path, self.roots[size]):
            self.fail(position, "proof", "the entry is not shown to be in the log")

    def contents(self, entry):
        """The envelope and the fact of an entry against what it commits to, or why they are withheld."""
        position, topic = entry.position, entry.topic
        if entry.envelope is not None:
            data = self.given(self.envelopes, position, "envelope", entry.envelope)
            try:
                told = json.loads(data.decode()) if data is not None else None
                if told is not None:
                    texts = [told[key] for key in ("recorded_at", "actor", "role")]
                    same = (
                        told["first"],
                        *(json.encoder.encode_basestring_ascii(each)[1:-1] for each in texts),
                    )
                    if same != entry.who or type(told["last"]) is not int or told["last"] < position:
                        raise ValueError("envelope")
                    self.command[1] = told["last"]
            except UNREADABLE:
                self.fail(position, "envelope", "the envelope is of another command")
        data = self.given(self.facts, position, "fact", entry.fact)
        if data is None:
            return
        if not self.whole and entry.stream not in (self.subject, "log/_self") and topic not in LEARNED:
            self.fail(position, "place", f"a fact that is not of {self.subject}")
        if topic in LEARNED:
            try:
                self.learn(position, topic, json.loads(data.decode()))
            except UNREADABLE:
                self.fail(position, "fact", f"a {topic} that cannot be read")

    def given(self, rows, position, what, committed):
        row = rows.take(position)
        if row is not None and "withheld" in row:
            self.withheld.append((position, what, row["withheld"], row.get("by")))
            return None
        try:
            data = base64(row["base64"]) if "base64" in row else row["text"].encode()
            if SALT.match(row["salt"]) and sha(bytes.fromhex(row["salt"]) + data).hex() == committed:
                return data
        except UNREADABLE:
            pass
        told = "is not in the bundle" if row is None else "is not what its entry commits to"
        self.fail(position, what, f"the {what} {told}")
        return None

    def learn(self, position, topic, said):
        """What facts of a log say that its verification must know."""
        if any(type(said[name]) is not kind for name, kind in LEARNED[topic].items()):
            raise ValueError(topic)
        if topic == "log.checkpoint_signed.v1":
            if len(base64(said["root"])) != 32:
                raise ValueError(topic)
            self.claims.append((said["log"], said["origin"], said["size"], base64(said["root"])))
        elif topic == "log.key_registered.v1":
            key_of(said["vkey"])
        elif topic == "log.incarnation_declared.v1":
            lost = range(said["lost_from"], said["lost_to"] + 1) if said["lost_from"] else range(0)
            self.lives[-1][1:] = [said["restored"], lost]
            self.lives.append([said["origin"], None, range(0)])
        elif topic == "redaction.made.v1":
            self.redactions[position] = said["position"], said["part"]
        else:
            self.protocols[position] = said["document"]

    def check_ground(self, position, what, ground, by):
        """Something may be withheld from masked readers, as out of scope, or by order of a redaction."""
        right = (ground == "masked" and self.masked) or (ground == "scope" and not self.whole)
        if by is not None:
            place, part = self.redactions.get(by, (0, ""))
            if part == "envelope":
                place = ([0] + self.openers)[bisect_right(self.openers, place)]
            right = ground == "redacted" and (place, part) == (position, what)
        if not right:
            self.fail(position, "withheld", f"nothing allows that this {what} is withheld as {ground}")

    # ------------------------------------------------------------ what is signed

    def judge(self, policy, known):
        names = [life[0] for life in self.lives]
        self.pinned = bool(policy) and any(key[0] in names for key in policy.logs)
        if policy and not self.pinned and self.name == "trial":
            self.fail(0, "policy", "no key of this log was given")
        counts, self.newest = policy if self.pinned else known, None
        for size, text, signatures in self.notes:
            origin, _, root = checkpoint_of(text)
            wrong = self.wrong(origin, size)
            if wrong:
                self.fail(size, "checkpoint", wrong)
            elif wrong == "" and size > self.end:
                what = f"{size} entries were signed, and there are {self.end}: the end is missing"
                self.fail(self.end, "checkpoint", what)
            elif wrong == "" and size not in self.roots:
                self.fail(size, "proof", f"there is no proof for a checkpoint of {size} entries")
            elif wrong == "" and self.roots[size] != root:
                self.fail(size, "root", f"the first {size} entries are not those that were signed")
            elif wrong == "":
                self.newest = self.signatures(size, origin, text, signatures, counts) or self.newest
        if self.pinned and not self.newest:
            self.fail(0, "policy", "no checkpoint counts, and one was asked for")
        if self.newest and not counts.met(counts.quorum, self.newest[2]):
            self.fail(self.newest[0], "policy", "the newest checkpoint lacks cosignatures that are demanded")

    def wrong(self, origin, size):
        """Why a checkpoint of that name and size does not count; empty if it does, None if it is lost."""
        for name, upto, lost in self.lives:
            if name == origin and size in lost:
                return None
            if name == origin:
                return f"{name} ended at {upto}" if upto is not None and size > upto else ""
        return f"the log was never named {origin}"

    def signatures(self, size, origin, text, signatures, counts):
        """Who signed a checkpoint and who cosigned it when; None when no signature counts."""
        right = {}
        for name, key in [(key[0], key) for key in counts.logs] + list(counts.witnesses.items()):
            made = signed_by(key, text, signatures)
            if made and made[0]:
                right[name, key] = made[1]
            elif made:
                self.fail(size, "signature", f"the signature of {key[0]} is not of its key")
        signers = [f"{name}+{key[1].hex()}" for name, key in right if key[2] == 1 and name == origin]
        if not signers:
            self.fail(size, "signature", f"the checkpoint of {size} entries bears no signature that counts")
            return None
        return size, signers, {name: seconds for (name, key), seconds in right.items() if key[2] == 4}

    def told(self):
        """What there is, how far it is signed, and what is withheld."""
        kind, root = "whole" if self.whole else "in part", self.roots.get(self.end, b"").hex()
        yield f"{self.name}: {self.log}, {kind}: {self.count} entries of a log of {self.end}, root {root}"
        for name, upto, lost in self.lives[:-1]:
            yield f"  was {name} to {upto}; declared anew, {len(lost)} signed entries are lost"
        size, signers, witnesses = self.newest or (0, [], {})
        if signers:
            whose = "" if self.pinned else ", a key that the bundle names itself"
            yield f"  signed to {size} by {', '.join(signers)}{whose}"
        for name, seconds in witnesses.items():
            yield f"  cosigned by {name} at {datetime.fromtimestamp(seconds, timezone.utc).isoformat()}"
        if size < self.end:
            yield f"  entries {size + 1} to {self.end} are after the last checkpoint"
        for position, what, ground, by in self.withheld:
            yield f"  withheld at {position}: the {what}, {ground}{f' by {by}' if by else ''}"


# ---------------------------------------------------------------- the whole bundle

MANIFEST = dict.fromkeys(["app_version", "as_of", "format", "participant", "role"], str)
MANIFEST.update(masked=bool, parts=dict)
PART = {"log": str, "root": str, "size": int, "whole": bool}


def manifest_of(data):
    """The manifest, if every part of it is of its kind and in its form."""
    told = json.loads(data.decode())
    whole = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if whole.encode() != data or {key: type(value) for key, value in told.items()} != MANIFEST:
        raise ValueError("form")
    if told["format"] != "trialog-bundle/1" or list(told["parts"]) not in (["trial"], ["system", "trial"]):
        raise ValueError("parts")
    for part in told["parts"].values():
        if {key: type(value) for key, value in part.items()} != PART or not HEX.match(part["root"]):
            raise ValueError("part")
        if not part["log"] or part["size"] < 1:
            raise ValueError("part")
        part["root"] = bytes.fromhex(part["root"])
    if told["parts"]["trial"]["whole"] == bool(told["participant"]):
        raise ValueError("participant")
    return told


def verify(path, policy, notes):
    """Verify the bundle at a path; tells of each part in lines, and leaves what it finds in FOUND."""
    try:
        files = files_of(path)
    except (OSError, ValueError, struct.error) as error:
        fail("bundle", 0, "container", f"this is no bundle: {error}")
        return []
    try:
        manifest = manifest_of(files.get("manifest.json", b""))
    except UNREADABLE:
        fail("bundle", 0, "manifest", "the manifest is not in its form")
        return []
    keys = []
    for line in lines_of(files.get("keys.txt", b"")):
        try:
            keys.append(key_of(line.decode()))
        except UNREADABLE:
            fail("bundle", 0, "files", "keys.txt has a line that is no key")
    told, masked = manifest["parts"], manifest["masked"]
    subject = "participant/" + manifest["participant"] if manifest["participant"] else None
    parts, claims = [Part("trial", files, told["trial"], masked, subject)], []
    trial = parts[0]
    if "system" in told:
        parts.insert(0, Part("system", files, told["system"], masked, "log/" + trial.log))
    for part in parts:
        given = [note for note in notes if (checkpoint_of(note[1])[0] + "/").startswith(part.origin + "/")]
        notes = [note for note in notes if note not in given]
        part.verify(given, claims if part is trial else [], policy, Policy(keys))
        claims = [claim for claim in part.claims if claim[0] == trial.log and claim[2] <= trial.size]
    for _ in notes:
        fail("bundle", 0, "checkpoint", "a checkpoint that was given is of no log in the bundle")
    for position, document in trial.protocols.items():
        if files.get(f"protocols/{position}.json") != document.encode():
            fail("trial", position, "protocol", "the protocol document is not that of the fact")
    if trial.whole and manifest["as_of"] != trial.clock:
        fail("bundle", 0, "manifest", f"the last entry is of {trial.clock}")
    check_files(files, parts, trial.protocols)
    return [line for part in reversed(parts) for line in part.told()]


def main():
    gc.disable()  # nothing here holds itself
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", metavar="FOLDER_OR_ZIP")
    parser.add_argument("--key", metavar="VKEY", action="append", default=[], help="a key that counts")
    parser.add_argument("--policy", metavar="FILE", help="a C2SP policy: keys, witnesses, quorum")
    parser.add_argument("--note", metavar="FILE", action="append", default=[], help="a checkpoint you hold")
    asked = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    policy, notes = None, []
    try:
        if asked.key or asked.policy:
            policy = Policy([key_of(key) for key in asked.key])
        if asked.policy:
            with open(asked.policy, encoding="utf-8", newline="") as file:
                policy.read(file.read())
        for name in asked.note:
            with open(name, encoding="utf-8", newline="") as file:
                text, signatures = note_of(file.read())
            notes.append((checkpoint_of(text)[1], text, signatures))
        os.stat(asked.path)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    for line in verify(asked.path, policy, notes):
        print(line)
    first = {}
    for part, position, check, what in FOUND:
        if (part, check) not in first or position < first[part, check][0]:
            first[part, check] = position, what
    for (part, check), (position, what) in sorted(first.items(), key=lambda each: (each[0][0], each[1][0])):
        print(f"FAIL {part}{f' at {position}' if position else ''}: {what} [{check}]")
    print(f"NOT verified: {len(FOUND)} findings" if FOUND else "verified")
    sys.exit(3 if FOUND else 0)


if __name__ == "__main__":
    main()
