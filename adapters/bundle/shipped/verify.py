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
from contextlib import contextmanager
from datetime import datetime, timezone
from hashlib import sha3_256, sha3_512, sha256, sha512
from itertools import chain, islice, repeat
from json.encoder import encode_basestring_ascii
from mmap import ACCESS_READ, mmap

CHECKS = {
    "container": "this is no bundle, or it is damaged",
    "files": "SHA256SUMS, keys.txt or records.json is not in its form",
    "manifest": "the manifest is not in its form, or tells of other entries than there are",
    "line": "this is no entry of the ledger",
    "place": "something stands here that belongs elsewhere, or something before it is missing",
    "clock": "recorded before the entry before it",
    "command": "the entry is not of the command that it names",
    "fact": "the fact is not what its entry commits to, or cannot be read",
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
    "renewal": "what was renewed are other entries, or by nobody who counts",
    "covered": "what was signed here is not what stood there",
}
FOUND = []  # What does not hold: which part, at which position, in which respect, and a sentence.
UNREADABLE = (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError, struct.error)


def hold(right, part, position, check, what=""):
    """Note what does not hold."""
    if not right:
        FOUND.append((part, position, check, what or CHECKS[check]))


@contextmanager
def reading(part, position, check, what=""):
    """What cannot be read does not hold."""
    try:
        yield
    except UNREADABLE:
        hold(False, part, position, check, what)


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


def tree_of(leaves, hashed=sha256):
    """The nodes of all complete subtrees, level by level from the leaves up."""
    levels = [leaves]
    while len(levels[-1]) > 1:
        pairs = zip(levels[-1][::2], levels[-1][1::2])
        levels.append([hashed(b"\1" + left + right).digest() for left, right in pairs])
    return levels


def root_of(levels, size, hashed=sha256):
    """The root of the tree over the first leaves."""
    root = b""
    for level in levels:
        if size & 1:
            root = hashed(b"\1" + level[size - 1] + root).digest() if root else level[size - 1]
        size >>= 1
    return root or hashed(b"").digest()


def climbed(place, last, node, path):
    """The roots to which a path leads: of the tree that ends with the node, and of the whole."""
    old = new = node
    for step in path:
        need(last)
        if place & 1 or place == last:
            old, new = sha(b"\1" + step + old), sha(b"\1" + step + new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = sha(b"\1" + new + step)
        place, last = place >> 1, last >> 1
    need(not last)
    return old, new


def consistent(old, new, old_root, new_root, path):
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    start, *path = path if old & (old - 1) else [old_root, *path]
    return climbed(place, last, start, path) == (old_root, new_root)


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

FIXED = "SHA256SUMS SPEC.md keys.txt manifest.json records.json report.en.html report.zh.html verify.py"
WHOLE, IN_PART = "entries.jsonl envelopes.txt leaves.txt payloads.txt", " consistency.txt proofs.txt"
NOTES = r"checkpoints/([0-9]{12}(?:-[0-9]+)?)(\.note|\.[A-Za-z0-9-]+\.tsr)\Z"


def files_of(path):
    """The files of a bundle by name. A zip is not read into memory: on a laptop that takes long."""
    if os.path.isfile(path):
        with open(path, "rb") as file:
            return unzipped(memoryview(mmap(file.fileno(), 0, access=ACCESS_READ)))
    files = {}
    for full in (os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names):
        with open(full, "rb") as file:
            files[os.path.relpath(full, path).replace(os.sep, "/")] = memoryview(file.read())
    return files


def unzipped(data):
    files, directory, at, last = {}, b"", 0, ""
    while data[at : at + 4] == b"PK\3\4":
        crc, size, length = struct.unpack("<L4xLH", data[at + 14 : at + 28])
        start, fields = at + 30 + length, struct.pack("<5H3L2H", 20, 0, 0, 0, 33, crc, size, size, length, 0)
        name = str(data[at + 30 : start], "ascii")
        need(data[at + 4 : at + 30] == fields and start + size <= len(data) and name > last)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, at) + name.encode()
        files[name], at, last = data[start : start + size], start + size, name
        hold(zlib.crc32(files[name]) == crc, "bundle", 0, "container", f"{name} in the zip is damaged")
    end = struct.pack("<4H2LH", 0, 0, len(files), len(files), len(directory), at, 0)
    need(files and data[at:] == directory + b"PK\5\6" + end)
    return files


def check_files(files, parts, protocols):
    """Every file is one of the format and listed with its hash, and none is missing."""
    needed = set(FIXED.split()) | {f"protocols/{position}.json" for position in protocols}
    for part in parts:
        needed |= {part.folder + name for name in (WHOLE + IN_PART * (not part.whole)).split()}
    for name in sorted(needed ^ set(files)):
        right = any(re.match(part.folder + NOTES, name) for part in parts)
        what = "is missing" if name in needed else "is no file of a bundle"
        hold(right, "bundle", 0, "files", f"{name} {what}")
    listed = {f"{sha(files[name]).hex()}  {name}\n": name for name in sorted(files) if name != "SHA256SUMS"}
    sums = str(files.get("SHA256SUMS", b""), "utf-8", "surrogateescape")
    wrong = [listed[line] for line in listed if line not in sums]
    hold(sums == "".join(listed), "bundle", 0, "files", f"SHA256SUMS does not fit: {wrong[:1]}")


def blocks_of(data):
    """The lines of a file, some at a time; a last one that has no line break as an empty line."""
    rest = b""
    for at in range(0, len(data), 1 << 16):
        *lines, rest = (rest + data[at : at + (1 << 16)]).split(b"\n")
        yield lines
    yield [b""] if rest else []


def lines_of(data):
    return chain.from_iterable(blocks_of(data))


# ---------------------------------------------------------------- the forms of lines

HEX = re.compile(r"[0-9a-f]{64}\Z").match
NUMBER, HASH = "(?:0|[1-9][0-9]{0,17})", "([0-9a-f]{64})"
ESCAPED = r'[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*'
UNESCAPED = bytes({10, *range(32, 127)} - {92})
FIELD = r"\{([a-z_]+)(?:=([a-z0-9_-]+))?\}"
GENES = '"data_class":"genetic"'
RENEWED = {"sha512": sha512, "sha3-256": sha3_256, "sha3-512": sha3_512}
END = float("inf")
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
ENTRY = (
    '{"actor":"(TEXT","command":NUMBER),"effective_at":"TEXT"(?:,"envelope":"HASH")?,"fact":"HASH","log":"('
    'TEXT","position":NUMBER),"protocol_version":"TEXT","recorded_at":"(TIME","role'
    '":"TEXT)","stream":"(TEXT)","topic":"(TEXT)","v":1,"version":(NUMBER)}'
)
ENVELOPE = (
    '{"actor":"(TEXT)","app_version":"TEXT","authentication":"TEXT","causation_id":"TEXT","command_id":"TEXT",'
    '"correlation_id":"TEXT","delegation":"TEXT","digest":"TEXT","first":(NUMBER),"kind":"TEXT","last":(NUMBER),'
    '"name":"TEXT","origin":"TEXT","origin_id":"TEXT","reason_code":"TEXT","reason_text":"TEXT","recorded_at":'
    '"(TEXT","role":"TEXT)","session":"TEXT","site":"TEXT"}'
)


def form(line, text=ESCAPED):
    """Matches lines of that form, if every text in them is of this one."""
    line = line.replace("TEXT", text).replace("NUMBER", NUMBER).replace("HASH", HASH).replace("TIME", TIME)
    return re.compile(line.encode() + rb"\Z", re.DOTALL).match


# Each for anything, and a faster one for what has no escapes and needs none.
ENTRIES, ENVELOPES = ((form(line), form(line, '[^"]*')) for line in (ENTRY, ENVELOPE))
GIVEN = form("(NUMBER) (?:([0-9a-f]{32}) (.*)|withheld ([a-z]+)(?: (NUMBER))?)")
PROOF = form("(NUMBER) (NUMBER)((?: [0-9a-f]{64})*)")


class Rows:
    """The records of a file, one after the other by place; what stands for no entry is told."""

    def __init__(self, part, name, check, match):
        self.told, self.rows = (part.name, check), map(match, lines_of(part.file(name)))
        self.next()

    def next(self):
        self.place = self.row = None
        for found in self.rows:
            if found:
                self.row = found.groups()
                self.place = self.row[0]
                break
            self.tell(0)

    def tell(self, place):
        hold(False, self.told[0], place, self.told[1], "a line of the file has another form, or no entry")

    def take(self, place):
        """The record at a place as written, if there is one; without a place all that is left is told."""
        while self.row and self.place != place and not (place and int(self.place) > int(place)):
            self.tell(int(self.place))
            self.next()
        row = self.row if self.place == place else None
        if row:
            self.next()
        return row


def salted(row):
    """Salt and bytes of what is given; None if it is withheld."""
    return bytes.fromhex(row[1].decode()) + row[2] if row and row[1] else None


def hashes(text):
    return [bytes.fromhex(each) for each in text.decode().split()]


def written(text):
    """A text as an entry writes it."""
    return encode_basestring_ascii(text)[1:-1].encode()


def path(form, data):
    """The path of a fact within the casebook: a form with the fact's fields; None where it is withheld."""
    if "{" not in form or data is None:
        return None if "{" in form else form
    try:
        said = json.loads(data[16:].decode())
        return re.sub(FIELD, lambda name: str(said.get(name[1], name[2]) if name[2] else said[name[1]]), form)
    except UNREADABLE:
        return ""


def fields(said, **kinds):
    """The fields of a fact, each of its kind."""
    need(all(type(said[name]) is kind for name, kind in kinds.items()))
    return [said[name] for name in kinds]


def matched(data, leaves):
    """The lines of a file of entries, and what each matches; their leaves of the tree are added."""
    for lines in blocks_of(data):
        match = ENTRIES[not b"".join(lines).translate(None, UNESCAPED)]
        leaves += [sha256(b"\0" + line).digest() for line in lines]
        yield from [match(line) if len(line) < 65536 else None for line in lines]


# ---------------------------------------------------------------- one log of a bundle, whole or in part

TOPICS = frozenset(
    b"log.checkpoint_signed.v1 log.key_registered.v1 log.incarnation_declared.v1 redaction.made.v1 "
    b"trial.data_cut_named.v1 trial.protocol_adopted.v1 trial.protocol_amended.v1 log.renewed.v1 "
    b"record.signed.v1 record.verified.v1".split()
)


class Part:
    def __init__(self, name, files, told, masked, subject, forms):
        self.forms, self.streams, self.words, self.renewals = forms, {}, {}, {}
        self.name, self.files, self.folder, self.masked = name, files, name + "/", masked
        self.log, self.size, self.whole, self.root = told["log"], told["size"], told["whole"], told["root"]
        self.subject, self.origin = subject and written(subject), "trialog/" + self.log
        self.lives, self.claims, self.withheld = [[self.origin, None, range(0)]], [], []
        self.redactions, self.protocols, self.cuts, self.openers = {}, {}, {}, [0]
        self.roots, self.clock = {self.size: self.root}, b""

    def hold(self, right, position, check, what=""):
        hold(right, self.name, position, check, what)

    def file(self, name):
        return self.files.get(self.folder + name, b"")

    def verify(self, given, claims, policy, known):
        """Everything about this log. `given` are checkpoints from outside, `claims` the system log's word."""
        notes = sorted([*self.own_notes(), *given], key=lambda note: note[:2])
        if not self.whole:
            self.prove()
        self.scan()
        self.end = self.count if self.whole else self.size
        self.hold(self.root_at(self.size) == self.root and self.end == self.size, 0, "manifest")
        self.judge(notes, policy, known)
        for _, origin, size, root in claims:
            right = self.had_name(origin, size)
            right = right is None or (right and self.root_at(size) == root)
            self.hold(right, min(size, self.end), "system")
        for position, what, ground, by in self.withheld:
            self.check_ground(position, what, ground, by)
        for position, (size, root) in self.cuts.items():
            right = not (self.whole and root) or (size > 0 and (self.root_at(size) or b"").hex() == root)
            self.hold(right, position, "cut")

    def root_at(self, size):
        """The root over the first entries; None when they are not here, or it is not proved."""
        if not self.whole:
            return self.roots.get(size)
        return root_of(self.tree, size) if 0 <= size <= self.count else None

    def own_notes(self):
        """The signed checkpoints in the bundle: size, text, signatures. Time stamps must be over one."""
        texts = {}
        for found in filter(None, (re.match(self.folder + NOTES, name) for name in sorted(self.files))):
            name, size = found[0], int(found[1][:12])
            with reading(self.name, size, "checkpoint", f"{name} is of no such checkpoint"):
                if found[2] == ".note":
                    text, signatures = note_of(str(self.files[name], "utf-8"))
                    texts[found[1]] = sha(text.encode())
                    need(checkpoint_of(text)[1] == size)
                    yield size, text, signatures
                else:
                    need(texts[found[1]] in bytes(self.files[name]))

    def prove(self):
        """Of a log in part: roots at earlier sizes, each shown to begin the next, to that of the whole."""
        rows, proofs, new = Rows(self, "consistency.txt", "proof", PROOF), [], self.size
        while rows.row:
            proofs.append(rows.take(rows.place))
        for place, size, steps in reversed(proofs):
            old = int(place)
            try:
                root, *path = hashes(steps)
                need(0 < old < new == int(size) and consistent(old, new, root, self.roots[new], path))
            except UNREADABLE:
                self.hold(False, old, "proof")
                break
            new, self.roots[old] = old, root

    def scan(self):
        """Go over the entries, with everything that belongs to each."""
        facts = Rows(self, "payloads.txt", "fact", GIVEN)
        envelopes = Rows(self, "envelopes.txt", "envelope", GIVEN)
        proofs = Rows(self, "proofs.txt", "proof", PROOF)
        whole, subject, log = self.whole, self.subject, written(self.log) + b'","position":'
        leaves, places, last, versions, clock = [], [], 0, 0, b""
        before, upto = (b"", b""), END  # the command, and its last position
        for found in matched(self.file("entries.jsonl"), leaves):
            position = len(places) + 1 if whole else int(found[4].rpartition(b":")[2]) if found else last
            places.append(position)
            if not found:
                self.hold(False, position, "line")
                continue
            head, envelope, fact, place, tail, stream, topic, version = found.groups()
            due = position if whole else max(last + 1, min(position, self.size))
            number = b"%d" % due
            if place != log + number:
                self.hold(False, due, "place")
                continue
            last, at = position, tail[:27]
            if at < clock:
                self.hold(False, position, "clock")
            clock = max(clock, at)
            if envelope or position > upto or head != before[0] or tail != before[1]:
                opens = head.endswith(b":" + number)
                right = position <= upto and (head, tail) == before
                if opens:
                    right = not whole or upto in (END, position - 1)
                    before, upto = (head, tail), END
                    self.openers.append(position)
                self.hold(right and opens == bool(envelope), position, "command")
                if envelope:
                    data = self.given(envelopes, number, "envelope", envelope)
                    upto = self.last_of(position, data, before) or upto
            data = self.given(facts, number, "fact", fact)
            if data and topic in TOPICS:
                self.learn(position, stream, topic.decode(), data[16:])
            leaf = leaves[len(places) - 1]
            if topic in self.forms:
                self.streams.setdefault(stream, []).append((position, self.forms[topic], data, leaf))
            if not whole:
                self.check_included(position, leaf, proofs.take(number))
                versions += stream == subject
                right = data is None or topic in TOPICS or stream in (subject, b"log/_self")
                self.hold(right and (stream != subject or int(version) == versions), position, "place")
        for rows in facts, envelopes, proofs:
            rows.take(None)
        self.tree, self.count, self.clock = tree_of(leaves), len(leaves), clock
        told = list(lines_of(self.file("leaves.txt")))  # They prove nothing, and name the entry that differs.
        self.hold(len(told) <= len(leaves), 0, "tree", "leaves.txt tells of more entries than there are")
        for position, leaf, line in zip(places, leaves, chain(told, repeat(b""))):
            if leaf.hex().encode() != line:
                self.hold(False, position, "tree")

    def given(self, rows, number, what, committed):
        """What an entry commits to; None when it is withheld, or is something else."""
        row = rows.take(number)
        data = salted(row)
        if row and data is None:
            return self.withheld.append((int(number), what, row[3].decode(), row[4] and int(row[4])))
        if data is None or sha256(data).hexdigest().encode() != committed:
            return self.hold(False, int(number), what)
        return data

    def last_of(self, position, data, command):
        """The last position of a command, as its envelope tells; None when it does not."""
        if data is None:
            return None
        found = ENVELOPES[not data[16:].translate(None, UNESCAPED)](data, 16)
        actor, first, last, tail = found.groups() if found else (b"", b"", 0, b"")
        if int(last) >= position and (b'%b","command":%b' % (actor, first), tail) == command:
            return int(last)
        return self.hold(False, position, "envelope")

    def check_included(self, position, leaf, proof):
        with reading(self.name, position, "proof"):
            size, path = int(proof[1]), hashes(proof[2])
            need(position <= size and climbed(position - 1, size - 1, leaf, path)[1] == self.roots[size])

    def learn(self, position, stream, topic, data):
        """What a fact says that verification must know of."""
        with reading(self.name, position, "fact"):
            said, kind = json.loads(data.decode()), topic.rpartition(".")[0]
            if kind == "log.checkpoint_signed":
                log, origin, size, root = fields(said, log=str, origin=str, size=int, root=str)
                need(len(base64(root)) == 32)
                self.claims.append((log, origin, size, base64(root)))
            elif kind == "log.key_registered":
                key_of(said["vkey"])
            elif kind == "log.renewed":
                self.renewals[position] = fields(said, log=str, note=str)
            elif kind == "log.incarnation_declared":
                origin, restored = fields(said, origin=str, restored=int)
                first, last = fields(said, lost_from=int, lost_to=int)
                self.lives[-1][1:] = restored, range(first, last + 1) if first else range(0)
                self.lives.append([origin, None, range(0)])
            elif kind == "trial.data_cut_named":
                self.cuts[position] = fields({"root": "", **said}, position=int, root=str)
            elif kind == "redaction.made":
                self.redactions[position] = fields(said, position=int, part=str)
            elif kind in ("record.signed", "record.verified"):
                self.words[position] = [stream, *fields(said, record=str, covers=int, facts=int, content=str)]
            else:
                self.protocols[position] = fields(said, document=str)[0]

    def check_ground(self, position, what, ground, by):
        """Something may be withheld from masked readers, as out of scope, as genetic data where a protocol
        names any, or by order of a redaction.
        """
        right = (ground == "masked" and self.masked) or (ground == "scope" and not self.whole)
        right = right or (ground == "genetic" and any(GENES in each for each in self.protocols.values()))
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
        """Hold every checkpoint against the tree and its signatures, and the newest against the policy."""
        self.pinned = bool(policy) and any(key[0] == life[0] for key in policy.logs for life in self.lives)
        self.hold(self.pinned or not policy or self.name != "trial", 0, "policy")
        self.counts = counts = policy if self.pinned else known
        self.newest = None
        for size, text, signatures in notes:
            origin, _, root = checkpoint_of(text)
            right = self.had_name(origin, size)
            if right is None:
                continue
            if not right:
                self.hold(False, size, "checkpoint", f"the log was not named {origin} at {size} entries")
            elif size > self.end:
                self.hold(False, self.end, "checkpoint", f"{size} entries were signed: the end is missing")
            elif self.root_at(size) is None:
                self.hold(False, size, "proof", f"there is no proof for a checkpoint of {size} entries")
            elif self.root_at(size) != root:
                self.hold(False, size, "root", f"the first {size} entries are not those that were signed")
            else:
                self.newest = self.signatures(size, origin, text, signatures, counts) or self.newest
        self.hold(self.newest or not self.pinned, 0, "policy")
        met = not self.newest or counts.met(counts.quorum, self.newest[2])
        self.hold(met, self.newest and self.newest[0], "policy")

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

    # ------------------------------------------------------------ what a log that is right says of itself

    def check_renewals(self, told):
        """Hold the newest renewal under each algorithm: signed, and the tree made anew if all is here."""
        newest, names = {}, [life[0] for life in self.lives]
        for position, (log, note) in told.items():
            with reading("system", position, "renewal"):
                text, signatures = note_of(note)
                kind, origin, size, algorithm, root, end = text.split("\n")
                need(kind == "trialog-renewal/1" and algorithm in RENEWED and not end)
                need(re.match(r"[1-9][0-9]{0,18}\Z", size))
                if log == self.log and newest.get(algorithm, [0])[0] <= int(size) <= self.end:
                    newest[algorithm] = int(size), origin, base64(root), text, signatures
        for algorithm, (size, origin, root, text, signatures) in newest.items():
            keys = [key for key in self.counts.logs if key[0] in names]
            right = origin in names and any((signed_by(key, text, signatures) or [0])[0] for key in keys)
            self.hold(right, size, "renewal")
            whole = self.whole and all(each[0] > size for each in self.withheld)
            if right and whole:
                self.hold(self.renewed(size, RENEWED[algorithm]) == root, size, "renewal")
            again = "" if whole else "; not made again: not all is here"
            yield f"  renewed under {algorithm} to {size}{again}"

    def renewed(self, size, hashed):
        """The root over the first entries under another algorithm."""
        rows, leaves = [Rows(self, f"{name}.txt", "", GIVEN) for name in ("payloads", "envelopes")], []
        for position, line in enumerate(islice(lines_of(self.file("entries.jsonl")), size), 1):
            given = filter(None, [salted(each.take(b"%d" % position)) for each in rows])
            fresh = "".join(f"\n{hashed(each).hexdigest()}" for each in given)
            leaves.append(hashed(b"\0" + line + fresh.encode()).digest())
        return root_of(tree_of(leaves, hashed), size, hashed)

    def check_covered(self):
        """Is what signatures and verifications of records cover what stood there, hash by hash?"""
        known = {}
        for position, (stream, record, covers, count, content) in self.words.items():
            if stream not in known:
                known[stream] = [
                    (each[0], path(*each[1:3]), each[3]) for each in self.streams.get(stream, [])
                ]
            facts = [each for each in known[stream] if each[0] <= covers]
            if record != "casebook" and any(each[1] is None for each in facts):
                yield f"  not checked: what is signed at {position} covers facts that are withheld"
                continue
            if record != "casebook":
                facts = [each for each in facts if f"{each[1]}/".startswith(f"{record}/")]
            code, lines = (
                stream.decode().partition("/")[2],
                [f"{each[0]} {each[2].hex()}\n" for each in facts],
            )
            told = f"trialog/covered/v1 {self.log} {code} {record}\n{''.join(lines)}"
            self.hold((len(facts), sha(told.encode()).hex()) == (count, content), position, "covered")

    def told(self):
        """What there is, how far it is signed, and what is withheld."""
        kind, root = "whole" if self.whole else "in part", (self.root_at(self.end) or b"").hex()
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


def canonical(data):
    """What a file of JSON says, if it is in the one form for it."""
    told = json.loads(bytes(data).decode())
    need(f"{json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True)}\n".encode() == data)
    return told


def forms_of(data):
    """How facts tell their path within the casebook, by topic."""
    forms = canonical(data)
    need(all(type(form) is str and re.match(rf"(?:[a-z0-9_/-]|{FIELD})+\Z", form) for form in forms.values()))
    return {topic.encode(): form for topic, form in forms.items()}


def manifest_of(data):
    """The manifest, if every part of it is of its kind and in its form."""
    told = canonical(data)
    need({key: type(value) for key, value in told.items()} == MANIFEST)
    need(told["format"] == "trialog-bundle/1" and list(told["parts"]) in (["trial"], ["system", "trial"]))
    for part in told["parts"].values():
        need({key: type(value) for key, value in part.items()} == PART and HEX(part["root"]))
        need(part["log"] and part["size"] >= 1)
        part["root"] = bytes.fromhex(part["root"])
    need(told["parts"]["trial"]["whole"] != bool(told["participant"]))
    return told


def verify(path, policy, notes):
    """Verify the bundle at a path; tells of each part in lines, and leaves what it finds in FOUND."""
    files = manifest = None
    with reading("bundle", 0, "container"):
        files = files_of(path)
    with reading("bundle", 0, "manifest"):
        manifest = files and manifest_of(files.get("manifest.json", b""))
    if not manifest:
        return []
    keys, forms = [], {}
    with reading("bundle", 0, "files"):
        forms = forms_of(files.get("records.json", b""))
    for line in lines_of(files.get("keys.txt", b"")):
        with reading("bundle", 0, "files"):
            keys.append(key_of(line.decode()))
    told, masked, claims = manifest["parts"], manifest["masked"], []
    subject = "participant/" + manifest["participant"] if manifest["participant"] else None
    trial = Part("trial", files, told["trial"], masked, subject, forms)
    parts = []
    if "system" in told:
        parts.append(Part("system", files, told["system"], masked, "log/" + trial.log, {}))
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
    lines = [line for part in reversed(parts) for line in part.told()]
    if not FOUND:
        lines += [*trial.check_renewals(parts[0].renewals), *trial.check_covered()]
    return lines


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
    except UNREADABLE as error:
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
