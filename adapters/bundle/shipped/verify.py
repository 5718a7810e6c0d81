#!/usr/bin/env python3
"""Verifies a Trialog bundle with nothing but Python 3.8 or later.

    python3 verify.py FOLDER_OR_ZIP [--key VKEY]... [--policy FILE] [--note FILE]...

Exit code 0: everything holds; 3: something does not, and is named; 2: the words were wrong. What is checked
is written down in SPEC.md. Take this program and the keys from the trial master file, not from the bundle.
"""

import argparse
import gc
import json
import os
import re
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from bisect import bisect_right
from datetime import datetime, timezone
from hashlib import sha256, sha512
from json.encoder import encode_basestring_ascii

CHECKS = {
    "container": "this is no bundle, or it is damaged",
    "files": "SHA256SUMS or keys.txt is not in its form",
    "manifest": "the manifest is not in its form, or tells of other entries than there are",
    "line": "this is no entry of the ledger",
    "place": "something stands here that belongs elsewhere, or something before it is missing",
    "clock": "recorded before the entry before it",
    "command": "the entry is not of the command that it names",
    "fact": "the fact is not what its entry commits to",
    "envelope": "the envelope is not what its entry commits to, or is of another command",
    "withheld": "nothing allows that this is withheld",
    "tree": "the entry is not the one whose hash leaves.txt tells",
    "proof": "this is not shown to be in the log",
    "root": "the entries up to here are not those that were signed",
    "checkpoint": "this is no such checkpoint, or entries that it signs are missing",
    "signature": "the checkpoint bears a false signature, or none that counts",
    "policy": "a key or a cosignature that is demanded is missing",
    "system": "the system log knows other entries",
    "protocol": "the protocol document is not that of the fact",
    "cut": "the entries up to a data cut are not those that were named",
}
FOUND = []  # What does not hold: which part, at which position, in which respect, and a sentence.
UNREADABLE = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


def hold(right, part, position, check, what=""):
    """Note what does not hold."""
    if not right:
        FOUND.append((part, position, check, what or CHECKS[check]))


def need(right):
    """Go on only with what is in its form."""
    if not right:
        raise ValueError("form")


# ---------------------------------------------------------------- Ed25519 (RFC 8032), verification only

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


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
    for each in (x, x * pow(2, (P - 1) // 4, P) % P):
        if (v * each * each - u) % P == 0:
            x = -each % P if each & 1 != sign else each
            return x, y, 1, x * y % P
    return None


BASE = point(4 * pow(5, P - 2, P), 0)


def ed25519(public, signature, message):
    y, s = int.from_bytes(public, "little"), int.from_bytes(signature[32:], "little")
    a = point(y & (2**255 - 1), y >> 255) if len(public) == 32 else None
    if a is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    x, y, z, _ = add(times(s, BASE), times(h, (P - a[0], a[1], 1, P - a[3])))
    z = pow(z, P - 2, P)
    return (y * z % P | (x * z % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---------------------------------------------------------------- the tree (RFC 6962)


def sha(data):
    return sha256(data).digest()


def grow(peaks, place, node):
    """Add a leaf to the roots of a tree's complete subtrees."""
    while place & 1:
        node, place = sha256(b"\1" + peaks.pop() + node).digest(), place >> 1
    peaks.append(node)


def root_of(peaks):
    """The root of a tree from the roots of its complete subtrees, largest first."""
    root = peaks[-1] if peaks else sha(b"")
    for peak in reversed(peaks[:-1]):
        root = sha(b"\1" + peak + root)
    return root


def climbed(place, last, node, path):
    """The roots to which a path leads: of the tree that ends with the node, and of the whole."""
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
    roots = climbed(index, size - 1, leaf, path)
    return roots is not None and roots[1] == root


def consistent(old, new, old_root, new_root, path):
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    path = path if old & (old - 1) else [old_root, *path]
    return bool(path) and climbed(place, last, path[0], path[1:]) == (old_root, new_root)


# ---------------------------------------------------------------- notes, keys and policy of C2SP


def base64(text):
    data = b64decode(text, validate=True)
    need(b64encode(data).decode() == text)
    return data


def key_of(text):
    """The key of a vkey: its name, id, kind (1 log, 4 witness) and public half."""
    name, number, public = text.strip().split("+", 2)
    data = base64(public)
    need(len(data) == 33 and data[0] in (1, 4) and re.match(r"[^\s+]+\Z", name))
    need(sha(name.encode() + b"\n" + data)[:4].hex() == number)
    return name, bytes.fromhex(number), data[0], data[1:]


def note_of(note):
    """A note's text and its signatures: name, key id, value."""
    text, blank, lines = note.rpartition("\n\n")
    need(blank and lines[-1:] == "\n" and not re.search(r"[\0-\t\x0b-\x1f]", note))
    signatures = [re.match(r"— ([^\s+]+) (\S+)\Z", line).groups() for line in lines[:-1].split("\n")]
    signatures = [(name, base64(value)[:4], base64(value)[4:]) for name, value in signatures]
    need(all(value for _, _, value in signatures))
    return text + "\n", signatures


def checkpoint_of(text):
    origin, size, root, end = text.split("\n")
    need(origin and not end and re.match(r"(0|[1-9][0-9]{0,18})\Z", size) and len(base64(root)) == 32)
    return origin, int(size), base64(root)


def signed_by(key, text, signatures):
    """None when the note bears no signature of the key; else whether it is right, and a witness's time."""
    for name, number, value in signatures:
        if (name, number) == key[:2]:
            seconds = int.from_bytes(value[:8], "big") if key[2] == 4 else 0
            message = f"cosignature/v1\ntime {seconds}\n{text}" if key[2] == 4 else text
            return ed25519(key[3], value[8:] if key[2] == 4 else value, message.encode()), seconds
    return None


class Policy:
    """The keys that count, witnesses by name, and which witnesses are enough (C2SP tlog-policy)."""

    def __init__(self, keys):
        self.logs = [key for key in keys if key[2] == 1]
        self.witnesses = {key[0]: key for key in keys if key[2] == 4}
        self.groups, self.quorum = {"none": (0, ())}, "none"

    def read(self, text):
        quorums, members = 0, []
        for kind, *words in filter(None, map(str.split, text.split("\n"))):
            name, known = words[0] if words else "", {**self.witnesses, **self.groups}
            if kind == "log" and len(words) in (1, 2):
                self.logs.append(self.other(name, 1, self.logs))
            elif kind == "witness" and len(words) in (2, 3) and name not in known:
                self.witnesses[name] = self.other(words[1], 4, self.witnesses.values())
            elif kind == "group" and len(words) > 2 and name not in known:
                least = {"any": 1, "all": len(words) - 2}.get(words[1]) or int(words[1])
                members += words[2:]
                need(1 <= least <= len(words) - 2 and len(set(members) & set(known)) == len(members))
                need("none" not in members)
                self.groups[name] = least, words[2:]
            elif kind == "quorum" and len(words) == 1 and name in known:
                self.quorum, quorums = name, quorums + 1
            else:
                need(kind[0] == "#")
        need(quorums == 1)

    def other(self, vkey, kind, known):
        key = key_of(vkey)
        need(key[2] == kind and all(key[3] != each[3] for each in known))
        return key

    def met(self, name, have):
        least, members = self.groups.get(name, (1, ()))
        return name in have or sum(self.met(each, have) for each in members) >= least


# ---------------------------------------------------------------- files: a folder, or a zip of one exact form

FIXED = "SHA256SUMS SPEC.md keys.txt manifest.json report.en.html report.zh.html verify.py".split()
WHOLE = ["entries.jsonl", "envelopes.jsonl", "leaves.txt", "payloads.jsonl"]
IN_PART = ["consistency.jsonl", "proofs.jsonl"]
NOTES = r"checkpoints/([0-9]{12}(?:-[0-9]+)?)(\.note|\.[A-Za-z0-9-]+\.tsr)\Z"


def files_of(path):
    """The files of a bundle by name."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return unzipped(file.read())
    files = {}
    for full in (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names):
        with open(full, "rb") as file:
            files[os.path.relpath(full, path).replace(os.sep, "/")] = file.read()
    return files


def unzipped(data):
    files, directory, at, last = {}, b"", 0, ""
    while data[at : at + 4] == b"PK\3\4":
        crc, size, length = struct.unpack("<L4xLH", data[at + 14 : at + 28])
        start, fields = at + 30 + length, struct.pack("<5H3L2H", 20, 0, 0, 0, 33, crc, size, size, length, 0)
        name = data[at + 30 : start].decode("ascii")
        need(data[at + 4 : at + 30] == fields and start + size <= len(data) and name > last)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, at) + name.encode()
        files[name], at, last = data[start : start + size], start + size, name
        hold(zlib.crc32(files[name]) == crc, "bundle", 0, "container", f"{name} in the zip is damaged")
    end = struct.pack("<4H2LH", 0, 0, len(files), len(files), len(directory), at, 0)
    need(files and data[at:] == directory + b"PK\5\6" + end)
    return files


def check_files(files, parts, protocols):
    """Every file is one of the format and listed with its hash, and none is missing."""
    needed = set(FIXED) | {f"protocols/{position}.json" for position in protocols}
    for part in parts:
        needed |= {part.folder + name for name in WHOLE + ([] if part.whole else IN_PART)}
    for name in sorted(needed - set(files)):
        hold(False, "bundle", 0, "files", f"{name} is missing")
    for name in sorted(set(files) - needed):
        right = any(re.match(part.folder + NOTES, name) for part in parts)
        hold(right, "bundle", 0, "files", f"{name} is no file of a bundle")
    listed = {f"{sha(files[name]).hex()}  {name}\n": name for name in sorted(files) if name != "SHA256SUMS"}
    sums = files.get("SHA256SUMS", b"").decode("utf-8", "surrogateescape")
    wrong = [listed[line] for line in listed if line not in sums]
    hold(sums == "".join(listed), "bundle", 0, "files", f"SHA256SUMS does not fit: {wrong[:1]}")


def lines_of(data):
    """The lines of a file; a last one that has no line break as an empty line."""
    *lines, last = data.split(b"\n")
    return iter([*lines, b""] if last else lines)


# ---------------------------------------------------------------- records: lines of JSON of one exact form

KINDS = {"by": int, "new": int, "old": int, "position": int, "size": int, "path": list}
GIVEN = "position salt text", "position salt base64", "position withheld", "position withheld by"
PLAIN = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
END = float("inf")
HEX, SALT = re.compile(r"[0-9a-f]{64}\Z"), re.compile(r"[0-9a-f]{32}\Z")
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


class Rows:
    """The records of a file, one after the other by place: what stands for no entry is told."""

    def __init__(self, part, name, check, *forms):
        self.part, self.check, self.forms = part.name, check, [form.split() for form in forms]
        self.records = self.read(part.lines(name), USUAL.match if forms == GIVEN else lambda line: None)
        self.place, self.row = next(self.records)

    def read(self, lines, usual):
        for line in lines:
            try:
                found = usual(line)
                if found:
                    place, salt, text = found.groups()
                    text.isascii() or text.decode()
                    row = bytes.fromhex(salt.decode()), text.replace(b'\\"', b'"')
                    place = int(place)
                else:
                    row = json.loads(line.decode())
                    need(PLAIN(row).encode() == line and list(row) in self.forms)
                    need(all(type(row[key]) is KINDS.get(key, str) for key in row))
                    place = row.get("position", row.get("old"))
            except UNREADABLE:
                hold(False, self.part, 0, self.check, "a line of the file is not in its form")
            else:
                yield place, row
        while True:
            yield END, None

    def take(self, place):
        """The record at a place, if there is one."""
        while self.place < place:
            hold(False, self.part, self.place, self.check, "a line of the file stands for nothing")
            self.place, self.row = next(self.records)
        if self.place != place:
            return None
        row = self.row
        self.place, self.row = next(self.records)
        return row


def path_of(proof):
    """The hashes of a proof. Raises when there is no proof, or one of them is no hash."""
    return [bytes.fromhex(HEX.match(step)[0]) for step in proof["path"]]


def written(text):
    """A text as an entry writes it."""
    return encode_basestring_ascii(text)[1:-1].encode()


# ---------------------------------------------------------------- one log of a bundle, whole or in part


def checkpoint_signed(part, said):
    root = base64(said["root"])
    need(len(root) == 32)
    part.claims.append((said["log"], said["origin"], said["size"], root))


def incarnation_declared(part, said):
    lost = range(said["lost_from"], said["lost_to"] + 1) if said["lost_from"] else range(0)
    part.lives[-1][1:] = [said["restored"], lost]
    part.lives.append([said["origin"], None, range(0)])


def redaction_made(part, said):
    part.redactions[part.last] = said["position"], said["part"]


def cut_named(part, said):
    root = said.get("root", "")
    need(type(root) is str)
    if root:
        part.cuts[part.last] = said["position"], root


def protocol_told(part, said):
    part.protocols[part.last] = said["document"]


LEARNED = {
    b"log.checkpoint_signed.v1": (checkpoint_signed, {"log": str, "origin": str, "size": int, "root": str}),
    b"log.key_registered.v1": (lambda part, said: key_of(said["vkey"]), {"vkey": str}),
    b"log.incarnation_declared.v1": (
        incarnation_declared,
        {"origin": str, "restored": int, "lost_from": int, "lost_to": int},
    ),
    b"trial.data_cut_named.v1": (cut_named, {"position": int}),
    b"redaction.made.v1": (redaction_made, {"position": int, "part": str}),
    b"trial.protocol_adopted.v1": (protocol_told, {"document": str}),
    b"trial.protocol_amended.v1": (protocol_told, {"document": str}),
}


class Part:
    def __init__(self, name, files, told, masked, subject):
        self.name, self.files, self.folder, self.masked = name, files, name + "/", masked
        self.log, self.size, self.whole, self.root = told["log"], told["size"], told["whole"], told["root"]
        self.written_log, self.subject = written(self.log), written(subject) if subject else None
        self.origin = "trialog/" + self.log
        self.lives, self.claims, self.redactions, self.protocols = [[self.origin, None, range(0)]], [], {}, {}
        self.count = self.last = self.versions = 0
        self.cuts = {}
        self.roots = {0: sha(b"")} if self.whole else {self.size: self.root}
        self.clock, self.openers, self.withheld, self.command = b"", [0], [], [None, 0]

    def hold(self, right, position, check, what=""):
        hold(right, self.name, position, check, what)

    def lines(self, name):
        return lines_of(self.files.get(self.folder + name, b""))

    def verify(self, given, claims, policy, known):
        """Everything about this log. `given` are checkpoints from outside, `claims` the system log's word."""
        notes = sorted([*self.own_notes(), *given], key=lambda note: note[:2])
        if not self.whole:
            self.prove()
        self.scan({note[0] for note in notes} | {claim[2] for claim in claims})
        self.end = self.count if self.whole else self.size
        told = self.whole and (self.count, self.roots[self.count]) != (self.size, self.root)
        self.hold(not told, 0, "manifest")
        self.judge(notes, policy, known)
        for _, origin, size, root in claims:
            right = self.had_name(origin, size)
            right = right is None or (right and self.roots.get(size) == root)
            self.hold(right, min(size, self.end), "system")
        for position, what, ground, by in self.withheld:
            self.check_ground(position, what, ground, by)
        for position, (size, root) in self.cuts.items():
            self.hold(not self.whole or self.root_over(size) == root, position, "cut")

    def root_over(self, size):
        """The root over the first lines of leaves.txt; None when there are not so many."""
        leaves, peaks, place = self.lines("leaves.txt"), [], 0
        try:
            for place, leaf in zip(range(1, min(size, self.count) + 1), leaves):
                grow(peaks, place - 1, bytes.fromhex(leaf.decode()))
        except ValueError:
            return None
        return root_of(peaks).hex() if 0 < place == size else None

    def own_notes(self):
        """The signed checkpoints in the bundle: size, text, signatures. Time stamps must be over one."""
        texts = {}
        for name in sorted(self.files):
            found = re.match(self.folder + NOTES, name)
            try:
                if found and found[2] == ".note":
                    text, signatures = note_of(self.files[name].decode())
                    texts[found[1]] = sha(text.encode())
                    need(checkpoint_of(text)[1] == int(found[1][:12]))
                    yield int(found[1][:12]), text, signatures
                elif found:
                    need(texts[found[1]] in self.files[name])
            except UNREADABLE:
                self.hold(False, int(found[1][:12]), "checkpoint", f"{name} is of no such checkpoint")

    def prove(self):
        """Of a log in part: roots at earlier sizes, each shown to begin the next, to that of the whole."""
        rows, proofs, new = Rows(self, "consistency.jsonl", "proof", "old new root path"), [], self.size
        while rows.row:
            proofs.append(rows.take(rows.place))
        for proof in reversed(proofs):
            old = proof["old"]
            try:
                need(0 < old < new == proof["new"])
                root = bytes.fromhex(HEX.match(proof["root"])[0])
                need(consistent(old, new, root, self.roots[new], path_of(proof)))
            except UNREADABLE:
                self.hold(False, old, "proof", f"the tree of {old} entries is not shown to begin the next")
                break
            new, self.roots[old] = old, root

    def scan(self, wanted):
        """Go over the entries, with everything that belongs to each."""
        facts = Rows(self, "payloads.jsonl", "fact", *GIVEN)
        envelopes = Rows(self, "envelopes.jsonl", "envelope", *GIVEN)
        proofs = Rows(self, "proofs.jsonl", "proof", "position size path")
        peaks, leaves, whole = [], self.lines("leaves.txt"), self.whole
        for line in self.lines("entries.jsonl"):
            leaf = sha256(b"\0" + line)
            grow(peaks, self.count, leaf.digest())
            self.count += 1
            if whole and self.count in wanted:
                self.roots[self.count] = root_of(peaks)
            found = ENTRY.match(line) if len(line) < 65536 else None
            position = self.count if whole else int(found[6]) if found else self.last
            if next(leaves, b"") != leaf.hexdigest().encode():
                self.hold(False, position, "tree")
            if not found:
                self.hold(False, position, "line")
                continue
            actor, command, envelope, fact, log, number, at, role, stream, topic, version = found.groups()
            due = self.count if whole else max(self.last + 1, min(position, self.size))
            if int(number) != due or log != self.written_log:
                self.hold(False, due, "place", f"an entry stands here that belongs elsewhere, to {position}")
                continue
            self.last, who = position, (command, at, actor, role)
            if at < self.clock:
                self.hold(False, position, "clock")
            else:
                self.clock = at
            if who != self.command[0] or command == number or envelope or 0 < self.command[1] < position:
                self.begin(position, who, command == number, envelope)
            if stream == self.subject:
                self.versions += 1
                self.hold(int(version) == self.versions, position, "place")
            if not whole:
                self.check_included(position, leaf.digest(), proofs.take(position))
            if envelope:
                self.check_envelope(position, self.given(envelopes, position, "envelope", envelope))
            data = self.given(facts, position, "fact", fact)
            if data is not None and (topic in LEARNED or not whole):
                self.learn(position, stream, topic, data)
        for rows in (facts, envelopes, proofs):
            rows.take(END)
        self.hold(next(leaves, None) is None, 0, "tree", "leaves.txt tells of more entries than there are")
        if whole:
            self.roots[self.count] = root_of(peaks)

    def begin(self, position, who, opens, envelope):
        """Another command than that of the entry before: whether it may begin here."""
        (before, last), right = self.command, opens == (envelope is not None)
        if opens:
            right = right and (not self.whole or last in (0, position - 1))
            self.command = [who, 0]
            self.openers.append(position)
        elif before != who or 0 < last < position:
            right = False
        self.hold(right, position, "command")

    def check_included(self, position, leaf, proof):
        try:
            size = proof["size"]
            need(position <= size and included(position - 1, size, leaf, path_of(proof), self.roots[size]))
        except UNREADABLE:
            self.hold(False, position, "proof")

    def given(self, rows, position, what, committed):
        """What an entry commits to; None when it is withheld, or is something else."""
        row = rows.take(position)
        try:
            if type(row) is dict:
                if "withheld" in row:
                    self.withheld.append((position, what, row["withheld"], row.get("by")))
                    return None
                data = base64(row["base64"]) if "base64" in row else row["text"].encode()
                row = bytes.fromhex(SALT.match(row["salt"])[0]), data
            salt, data = row
            need(sha256(salt + data).hexdigest().encode() == committed)
            return data
        except UNREADABLE:
            return self.hold(False, position, what)

    def check_envelope(self, position, data):
        if data is None:
            return
        try:
            told, (command, *who) = json.loads(data.decode()), self.command[0]
            last = told["last"]
            need([written(told[key]) for key in ("recorded_at", "actor", "role")] == who)
            need(told["first"] == int(command) and type(last) is int and last >= position)
            self.command[1] = last
        except UNREADABLE:
            self.hold(False, position, "envelope")

    def learn(self, position, stream, topic, data):
        """What a fact says, if it is one that verification must know of; and whether it may be in a part."""
        if topic not in LEARNED:
            self.hold(stream in (self.subject, b"log/_self"), position, "place")
            return
        take, kinds = LEARNED[topic]
        try:
            said = json.loads(data.decode())
            need(all(type(said[name]) is kind for name, kind in kinds.items()))
            take(self, said)
        except UNREADABLE:
            self.hold(False, position, "fact", f"a {topic.decode()} that cannot be read")

    def check_ground(self, position, what, ground, by):
        """Something may be withheld from masked readers, as out of scope, or by order of a redaction."""
        right = (ground == "masked" and self.masked) or (ground == "scope" and not self.whole)
        if by is not None:
            place, part = self.redactions.get(by, (0, ""))
            if part == "envelope":
                place = self.openers[bisect_right(self.openers, place) - 1]
            right = ground == "redacted" and (place, part) == (position, what)
        self.hold(right, position, "withheld", f"nothing allows that this {what} is withheld as {ground}")

    # ------------------------------------------------------------ what is signed

    def had_name(self, origin, size):
        """Whether the log had that name at that size; None if what was signed of it is declared lost."""
        for name, upto, lost in self.lives:
            if name == origin:
                return None if size in lost else upto is None or size <= upto
        return False

    def judge(self, notes, policy, known):
        self.pinned = bool(policy) and any(key[0] == life[0] for key in policy.logs for life in self.lives)
        self.hold(self.pinned or not policy or self.name != "trial", 0, "policy")
        counts, self.newest = policy if self.pinned else known, None
        for size, text, signatures in notes:
            origin, _, root = checkpoint_of(text)
            right = self.had_name(origin, size)
            if right is None:
                continue
            if not right:
                self.hold(False, size, "checkpoint", f"the log was not named {origin} at {size} entries")
            elif size > self.end:
                self.hold(False, self.end, "checkpoint", f"{size} entries were signed: the end is missing")
            elif size not in self.roots:
                self.hold(False, size, "proof", f"there is no proof for a checkpoint of {size} entries")
            elif self.roots[size] != root:
                self.hold(False, size, "root")
            else:
                self.newest = self.signatures(size, origin, text, signatures, counts) or self.newest
        self.hold(self.newest or not self.pinned, 0, "policy", "no checkpoint counts, and one was asked for")
        met = not self.newest or counts.met(counts.quorum, self.newest[2])
        self.hold(met, self.newest and self.newest[0], "policy", "cosignatures that are demanded are missing")

    def signatures(self, size, origin, text, signatures, counts):
        """Who signed a checkpoint and who cosigned it when; None when no signature counts."""
        signers, witnesses = [], {}
        for name, key in [*((key[0], key) for key in counts.logs), *counts.witnesses.items()]:
            right, seconds = signed_by(key, text, signatures) or (None, 0)
            self.hold(right is not False, size, "signature", f"a signature of {key[0]} is not of its key")
            if right and key[2] == 4:
                witnesses[name] = seconds
            elif right and name == origin:
                signers.append(f"{name}+{key[1].hex()}")
        self.hold(signers, size, "signature")
        return (size, signers, witnesses) if signers else None

    def told(self):
        """What there is, how far it is signed, and what is withheld."""
        kind, root = "whole" if self.whole else "in part", self.roots.get(self.end, b"").hex()
        yield f"{self.name}: {self.log}, {kind}: {self.count} entries of a log of {self.end}, root {root}"
        for name, upto, lost in self.lives[:-1]:
            yield f"  was {name} to {upto}; declared anew, {len(lost)} signed entries are lost"
        size, signers, witnesses = self.newest or (0, [], {})
        whose = "" if self.pinned else ", a key that the bundle names itself"
        yield f"  signed to {size} by {', '.join(signers) or 'nobody'}{whose if signers else ''}"
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
    need(f"{json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode() == data)
    need({key: type(value) for key, value in told.items()} == MANIFEST)
    need(told["format"] == "trialog-bundle/1" and list(told["parts"]) in (["trial"], ["system", "trial"]))
    for part in told["parts"].values():
        need({key: type(value) for key, value in part.items()} == PART and HEX.match(part["root"]))
        need(part["log"] and part["size"] >= 1)
        part["root"] = bytes.fromhex(part["root"])
    need(told["parts"]["trial"]["whole"] != bool(told["participant"]))
    return told


def verify(path, policy, notes):
    """Verify the bundle at a path; tells of each part in lines, and leaves what it finds in FOUND."""
    check = "container"
    try:
        files = files_of(path)
        check = "manifest"
        manifest = manifest_of(files.get("manifest.json", b""))
    except (*UNREADABLE, OSError, struct.error):
        hold(False, "bundle", 0, check)
        return []
    keys = []
    for line in lines_of(files.get("keys.txt", b"")):
        try:
            keys.append(key_of(line.decode()))
        except UNREADABLE:
            hold(False, "bundle", 0, "files", "keys.txt has a line that is no key")
    told, masked, claims = manifest["parts"], manifest["masked"], []
    subject = "participant/" + manifest["participant"] if manifest["participant"] else None
    trial = Part("trial", files, told["trial"], masked, subject)
    parts = [Part("system", files, told["system"], masked, "log/" + trial.log)] if "system" in told else []
    parts.append(trial)
    for part in parts:
        given = [note for note in notes if (checkpoint_of(note[1])[0] + "/").startswith(part.origin + "/")]
        notes = [note for note in notes if note not in given]
        part.verify(given, claims if part is trial else [], policy, Policy(keys))
        claims = [claim for claim in part.claims if claim[0] == trial.log and claim[2] <= trial.size]
    hold(not notes, "bundle", 0, "checkpoint", "a checkpoint that was given is of no log in the bundle")
    for position, document in trial.protocols.items():
        right = files.get(f"protocols/{position}.json") == document.encode()
        hold(right, "trial", position, "protocol")
    hold(not trial.whole or manifest["as_of"] == trial.clock.decode(), "bundle", 0, "manifest")
    check_files(files, parts, trial.protocols)
    return [line for part in reversed(parts) for line in part.told()]


def opened(name):
    with open(name, encoding="utf-8", newline="") as file:
        return file.read()


def main():
    gc.disable()  # nothing here holds itself
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", metavar="FOLDER_OR_ZIP")
    parser.add_argument("--key", metavar="VKEY", action="append", default=[], help="a key that counts")
    parser.add_argument("--policy", metavar="FILE", help="a C2SP policy: keys, witnesses, quorum")
    parser.add_argument("--note", metavar="FILE", action="append", default=[], help="a checkpoint you hold")
    asked = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        policy = Policy([key_of(key) for key in asked.key]) if asked.key or asked.policy else None
        if asked.policy:
            policy.read(opened(asked.policy))
        notes = [note_of(opened(name)) for name in asked.note]
        notes = [(checkpoint_of(text)[1], text, signatures) for text, signatures in notes]
        os.stat(asked.path)
    except (*UNREADABLE, OSError) as error:
        parser.error(str(error))
    for line in verify(asked.path, policy, notes):
        print(line)
    first = {}
    for part, position, check, what in sorted(FOUND, key=lambda each: each[1]):
        first.setdefault((part, check), (position, what))
    for (part, check), (position, what) in sorted(first.items(), key=lambda each: (each[0][0], each[1][0])):
        print(f"FAIL {part}{f' at {position}' if position else ''}: {what} [{check}]")
    print(f"NOT verified: {len(FOUND)} findings" if FOUND else "verified")
    sys.exit(3 if FOUND else 0)


if __name__ == "__main__":
    main()
