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
from datetime import datetime, timezone
from json.encoder import encode_basestring_ascii

HEX, SALT = re.compile(r"[0-9a-f]{64}\Z"), re.compile(r"[0-9a-f]{32}\Z")
UNREADABLE = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
FOUND = []  # What does not hold: which part, at which position, in which respect, and a sentence.


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
        q = add(q, p) if n & 1 else q
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
    x = -x % P if x & 1 != sign else x
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


def root_of(peaks):
    """The root of a tree from the roots of its complete subtrees, largest first."""
    root = peaks[-1] if peaks else sha(b"")
    for peak in reversed(peaks[:-1]):
        root = sha(b"\1" + peak + root)
    return root


def climbed(place, last, node, path):
    """A way up to the root: of the tree that ends with the node, and of the whole; None if it does not fit."""
    old = new = node
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = sha(b"\1" + step + old), sha(b"\1" + step + new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = sha(b"\1" + new + step)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None


def included(index, size, leaf, path, root):
    way = climbed(index, size - 1, leaf, path)
    return way is not None and way[1] == root


def consistent(old, new, old_root, new_root, path):
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    path = path if old & (old - 1) else [old_root] + path
    return bool(path) and climbed(place, last, path[0], path[1:]) == (old_root, new_root)


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
    right = len(data) == 33 and data[0] in (1, 4) and re.match(r"[^\s+]+\Z", name)
    if not right or sha(name.encode() + b"\n" + data)[:4].hex() != number:
        raise ValueError(text)
    return name, bytes.fromhex(number), data[0], data[1:]


def note_of(note):
    """A note's text and its signatures: name, key id, value."""
    text, blank, lines = note.rpartition("\n\n")
    if not blank or lines[-1:] != "\n" or any(each < " " and each != "\n" for each in note):
        raise ValueError("note")
    signatures = []
    for line in lines[:-1].split("\n"):
        found = re.match(r"— ([^\s+]+) (\S+)\Z", line)
        data = base64(found[2]) if found else b""
        if len(data) <= 4:
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
            seconds = int.from_bytes(value[:8], "big") if kind == 4 else 0
            message = f"cosignature/v1\ntime {seconds}\n{text}" if kind == 4 else text
            return ed25519(public, value[8:] if kind == 4 else value, message.encode()), seconds
    return None


class Policy:
    """The keys that count, witnesses by name, and which witnesses are enough (C2SP tlog-policy)."""

    def __init__(self, keys):
        self.logs = [key for key in keys if key[2] == 1]
        self.witnesses = {key[0]: key for key in keys if key[2] == 4}
        self.groups, self.quorum = {}, "none"

    def read(self, text):
        quorums, members = 0, []
        for words in map(str.split, text.split("\n")):
            kind, count = (words or ["#"])[0], len(words)
            if kind == "log" and count in (2, 3):
                self.logs.append(self.other(words[1], 1, self.logs))
            elif kind == "witness" and count in (3, 4) and self.is_free(words[1]):
                self.witnesses[words[1]] = self.other(words[2], 4, self.witnesses.values())
            elif kind == "group" and count > 3 and self.is_free(words[1]):
                least = {"any": 1, "all": count - 3}.get(words[2]) or int(words[2])
                members += words[3:]
                known = all(map(self.knows, words[3:])) and len(set(members)) == len(members)
                if not known or not 1 <= least <= count - 3:
                    raise ValueError(" ".join(words))
                self.groups[words[1]] = least, words[3:]
            elif kind == "quorum" and count == 2 and (words[1] == "none" or self.knows(words[1])):
                self.quorum, quorums = words[1], quorums + 1
            elif kind[0] != "#":
                raise ValueError(" ".join(words))
        if quorums != 1:
            raise ValueError("a policy names its quorum once")

    def knows(self, name):
        return name in self.witnesses or name in self.groups

    def is_free(self, name):
        return name != "none" and not self.knows(name)

    def other(self, vkey, kind, known):
        key = key_of(vkey)
        if key[2] != kind or any(key[3] == each[3] for each in known):
            raise ValueError(vkey)
        return key

    def met(self, name, have):
        least, members = self.groups.get(name, (0, ()))
        return name == "none" or name in have or 0 < least <= sum(self.met(each, have) for each in members)


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
        for full in (os.path.join(folder, name) for name in names):
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
    *lines, last = data.split(b"\n")
    return iter(lines + [b""] if last else lines)


# ---------------------------------------------------------------- records: lines of JSON of one exact form

KINDS = {"by": int, "new": int, "old": int, "position": int, "size": int, "path": list}
GIVEN = "position salt text", "position salt base64", "position withheld", "position withheld by"
PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
TEXT = r'[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*'
NUMBER, HASH = "(0|[1-9][0-9]{0,17})", "([0-9a-f]{64})"
ENTRY = re.compile(
    rf'{{"actor":"({TEXT})","command":{NUMBER},"effective_at":"{TEXT}"(?:,"envelope":"{HASH}")?,'
    rf'"fact":"{HASH}","log":"({TEXT})","position":{NUMBER},"protocol_version":"{TEXT}","recorded_at":'
    rf'"(\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{6}}Z)","role":"({TEXT})","stream":"({TEXT})",'
    rf'"topic":"({TEXT})","v":1,"version":{NUMBER}}}\Z'.encode()
)
SIMPLE = r'[^"\\\x00-\x1f]*'  # Nearly every text is this between escaped quotation marks.
USUAL = re.compile(
    rf'{{"position":{NUMBER},"salt":"([0-9a-f]{{32}})","text":"({SIMPLE}(?:\\"{SIMPLE})*)"}}\Z'.encode()
)
LEARNED = {
    "log.checkpoint_signed.v1": {"log": str, "origin": str, "size": int, "root": str},
    "log.key_registered.v1": {"vkey": str},
    "log.incarnation_declared.v1": {"origin": str, "restored": int, "lost_from": int, "lost_to": int},
    "redaction.made.v1": {"position": int, "part": str},
    "trial.protocol_adopted.v1": {"document": str},
    "trial.protocol_amended.v1": {"document": str},
}
TOPICS = {topic.encode() for topic in LEARNED}


class Rows:
    """The records of a file, one after the other by place: what stands for no entry is told."""

    def __init__(self, part, name, check, *forms):
        self.part, self.name, self.check, self.lines = part, name, check, part.lines(name)
        self.forms = [form.split() for form in forms]
        self.next()

    def next(self):
        for line in self.lines:
            found = USUAL.match(line)
            try:
                if found and self.check in ("fact", "envelope"):
                    text = found[3]
                    text.isascii() or text.decode()
                    self.row = {"salt": bytes.fromhex(found[2].decode()), "data": text.replace(b'\\"', b'"')}
                    self.place = int(found[1])
                    return
                told = json.loads(line.decode())
                right = PLAIN(told).encode() == line and list(told) in self.forms
                if right and all(type(told[key]) is KINDS.get(key, str) for key in told):
                    self.row, self.place = told, told.get("position", told.get("old"))
                    return
            except UNREADABLE:
                pass
            self.part.fail(0, self.check, f"a line of {self.name} is not in its form")
        self.row, self.place = None, float("inf")

    def take(self, place):
        """The record at a place, if there is one."""
        while self.place < place:
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


def written(text):
    """A text as an entry writes it."""
    return encode_basestring_ascii(text)[1:-1].encode()


class Part:
    def __init__(self, name, files, told, masked, subject):
        self.name, self.files, self.folder, self.masked = name, files, name + "/", masked
        self.log, self.size, self.whole, self.root = told["log"], told["size"], told["whole"], told["root"]
        self.written_log, self.subject = written(self.log), written(subject) if subject else None
        self.origin = "trialog/" + self.log
        self.lives, self.claims, self.redactions, self.protocols = [[self.origin, None, range(0)]], [], {}, {}
        self.count = self.last = self.versions = 0
        self.roots = {0: sha(b"")} if self.whole else {self.size: self.root}
        self.clock, self.openers, self.withheld, self.command = b"", [], [], [None, 0]

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
        rows, proofs, new = Rows(self, "consistency.jsonl", "proof", "old new root path"), [], self.size
        while rows.row:
            proofs.append(rows.take(rows.place))
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
        facts = Rows(self, "payloads.jsonl", "fact", *GIVEN)
        envelopes = Rows(self, "envelopes.jsonl", "envelope", *GIVEN)
        proofs = Rows(self, "proofs.jsonl", "proof", "position size path")
        peaks, leaves = [], self.lines("leaves.txt")
        for line in self.lines("entries.jsonl"):
            leaf, place = sha(b"\0" + line), self.count
            node, self.count = leaf, self.count + 1
            while place & 1:
                node, place = sha(b"\1" + peaks.pop() + node), place >> 1
            peaks.append(node)
            if self.whole and self.count in wanted:
                self.roots[self.count] = root_of(peaks)
            found = ENTRY.match(line) if len(line) < 65536 else None
            position = self.count if self.whole else int(found[6]) if found else self.last
            if next(leaves, b"") != leaf.hex().encode():
                self.fail(position, "tree", "the entry is not the one whose hash leaves.txt tells")
            if not found:
                self.fail(position, "line", "this is no entry of the ledger")
                continue
            actor, command, envelope, fact, log, number, at, role, stream, topic, version = found.groups()
            if not self.placed(int(number), log, at):
                continue
            who = command, at, actor, role
            if command == number or envelope or who != self.command[0] or 0 < self.command[1] < position:
                self.begin(position, who, command == number, envelope is not None)
            if stream == self.subject:
                self.versions += 1
                if int(version) != self.versions:
                    self.fail(position, "place", f"entries of {stream.decode()} before this one are missing")
            if not self.whole:
                self.check_included(position, leaf, proofs.take(position))
            if envelope:
                data = self.given(envelopes.take(position), position, "envelope", envelope)
                if data is not None:
                    self.check_envelope(position, data)
            data = self.given(facts.take(position), position, "fact", fact)
            if data is not None and (topic in TOPICS or not self.whole):
                self.read(position, stream, topic.decode(), data)
        for rows in (facts, envelopes, proofs):
            rows.take(float("inf"))
        if next(leaves, None) is not None:
            self.fail(0, "tree", "leaves.txt tells of more entries than there are")
        if self.whole:
            self.roots[self.count] = root_of(peaks)

    def placed(self, position, log, at):
        """Whether an entry stands in its place; and whether that is right in time."""
        due = self.count if self.whole else max(self.last + 1, min(position, self.size))
        if position != due or log != self.written_log:
            self.fail(due, "place", f"an entry stands here that belongs elsewhere, to {position}")
            return False
        if at < self.clock:
            told = f"recorded at {at.decode()}, after one of {self.clock.decode()}"
            self.fail(position, "clock", told)
        self.last, self.clock = position, max(at, self.clock)
        return True

    def begin(self, position, who, opens, has_envelope):
        """Another command than that of the entry before: whether it may begin here."""
        right, (before, last) = opens == has_envelope, self.command
        if opens:
            right = right and (not self.whole or last in (0, position - 1))
            self.command = [who, 0]
            self.openers.append(position)
        if not right or (not opens and (before != who or 0 < last < position)):
            self.fail(position, "command", "the entry is not of the command that it names")

    def check_included(self, position, leaf, proof):
        path, size = path_of(proof), proof["size"] if proof else 0
        right = path is not None and size in self.roots and position <= size
        if not right or not included(position - 1, size, leaf, path, self.roots[size]):
            self.fail(position, "proof", "the entry is not shown to be in the log")

    def given(self, row, position, what, committed):
        """What an entry commits to; None when it is withheld, or is something else."""
        if row is not None and "withheld" in row:
            self.withheld.append((position, what, row["withheld"], row.get("by")))
            return None
        try:
            if "data" not in row:
                data = base64(row["base64"]) if "base64" in row else row["text"].encode()
                row = {"salt": bytes.fromhex(SALT.match(row["salt"])[0]), "data": data}
            if hashlib.sha256(row["salt"] + row["data"]).hexdigest() == committed.decode():
                return row["data"]
        except UNREADABLE:
            pass
        told = "is not in the bundle" if row is None else "is not what its entry commits to"
        self.fail(position, what, f"the {what} {told}")
        return None

    def check_envelope(self, position, data):
        try:
            told, (command, *who) = json.loads(data.decode()), self.command[0]
            same = [written(told[key]) for key in ("recorded_at", "actor", "role")] == who
            last = told["last"]
            if not same or told["first"] != int(command) or type(last) is not int or last < position:
                raise ValueError("envelope")
            self.command[1] = last
        except UNREADABLE:
            self.fail(position, "envelope", "the envelope is of another command")

    def read(self, position, stream, topic, data):
        """What a fact says, if it is one that verification must know of; and whether it may be in a part."""
        if topic in LEARNED:
            try:
                self.learn(position, topic, json.loads(data.decode()))
            except UNREADABLE:
                self.fail(position, "fact", f"a {topic} that cannot be read")
        elif stream not in (self.subject, b"log/_self"):
            self.fail(position, "place", "a fact that is not of what the part is about")

    def learn(self, position, topic, said):
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
        self.pinned = bool(policy) and any(key[0] in [life[0] for life in self.lives] for key in policy.logs)
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


def kinds(told):
    return {key: type(value) for key, value in told.items()}


def manifest_of(data):
    """The manifest, if every part of it is of its kind and in its form."""
    told = json.loads(data.decode())
    whole = json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if whole.encode() != data or kinds(told) != MANIFEST or told["format"] != "trialog-bundle/1":
        raise ValueError("form")
    for part in told["parts"].values():
        if kinds(part) != PART or not HEX.match(part["root"]) or not part["log"] or part["size"] < 1:
            raise ValueError("part")
        part["root"] = bytes.fromhex(part["root"])
    names, has_participant = list(told["parts"]), bool(told["participant"])
    if names not in (["trial"], ["system", "trial"]) or told["parts"]["trial"]["whole"] == has_participant:
        raise ValueError("parts")
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
    if trial.whole and manifest["as_of"] != trial.clock.decode():
        fail("bundle", 0, "manifest", f"the last entry is of {trial.clock.decode()}")
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
