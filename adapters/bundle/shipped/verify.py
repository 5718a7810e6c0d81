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
import re
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from binascii import hexlify, unhexlify
from collections import defaultdict
from contextlib import contextmanager
from functools import partial, reduce
from hashlib import sha256, sha512
from mmap import ACCESS_READ, mmap
from pathlib import Path
from time import gmtime, strftime

CHECKS = {
    "container": "this is no bundle, or it is damaged",
    "files": "a file is missing, or none of a bundle, or another than SHA256SUMS lists",
    "manifest": "the manifest is not in its form, or tells of other entries than there are",
    "line": "this is no line of a ledger",
    "place": "something stands here that belongs elsewhere, or something before it is missing",
    "clock": "recorded before the entry before it",
    "command": "the entry is not of the command that it names",
    "fact": "the fact is not what its entry commits to, or cannot be read",
    "envelope": "the envelope is not what its entry commits to, or is of another command",
    "withheld": "nothing allows that this is withheld",
    "tree": "the entry is not the one whose hash stands before it",
    "proof": "a checkpoint is of so many entries, and what is here does not show their root",
    "root": "the entries up to here are not those that were signed",
    "checkpoint": "this is no such checkpoint of this log, or entries that it signs are missing",
    "signature": "the checkpoint bears a false signature, or none that counts",
    "policy": "a key or a cosignature that is demanded is missing",
    "system": "the system log knows other entries",
    "protocol": "the protocol document is not that of the fact, or is missing",
    "cut": "the entries up to a data cut are not those that were named",
    "renewal": "what was renewed are other entries, or by nobody who counts",
    "covered": "what was signed here is not what stood there",
}
FOUND = {}  # What does not hold, by part and check: the first position where it shows, and a sentence.
END = float("inf")
UNREADABLE = (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError, struct.error)


def hold(part, position, check, right, what=""):
    """Note what does not hold, the first of its kind."""
    if not right and position < FOUND.get((part, check), (END,))[0]:
        FOUND[part, check] = position, what or CHECKS[check]


@contextmanager
def reading(part, position, check, what=""):
    """What cannot be read does not hold."""
    try:
        yield
    except UNREADABLE:
        hold(part, position, check, False, what)


def need(right):
    """Go on only with what is in its form."""
    if not right:
        raise ValueError("not in its form")


# ---------------------------------------------------------------- what is read: files of a folder or a zip

FIXED = "SHA256SUMS SPEC.md manifest.txt report.en.html report.zh.html verify.py"
NOTE = re.compile(r"((trial|system)/checkpoints/([0-9]{12})(?:-[0-9]+)?)(?:\.note|\.[A-Za-z0-9-]+\.tsr)\Z")


def files_of(path):
    """The files of a bundle by name: in a folder, or in a zip of one exact form."""
    names, folders = [], [path]
    for folder in folders:  # They become more.
        for each in folder.iterdir() if path.is_dir() else folders:
            (folders if each.is_dir() and not each.is_symlink() else names).append(each)
    need(all(each.is_file() for each in names))  # What is none, as a pipe, may never end.
    if path.is_dir():
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in names}
    with path.open("rb") as file:
        data = memoryview(mmap(file.fileno(), 0, access=ACCESS_READ))
    files, directory, at, last = {}, bytearray(), 0, ""
    while data[at : at + 4] == b"PK\3\4":
        crc, size, length = struct.unpack("<L4xLH", data[at + 14 : at + 28])
        start, fields = at + 30 + length, struct.pack("<5H3L2H", 20, 0, 0, 0, 33, crc, size, size, length, 0)
        name = str(data[at + 30 : start], "ascii")
        need(data[at + 4 : at + 30] == fields and start + size <= len(data) and name > last)
        directory += b"PK\1\2\x14\0" + fields + struct.pack("<3H2L", 0, 0, 0, 0, at) + name.encode()
        files[name], at, last = data[start : start + size], start + size, name
        hold("bundle", 0, "container", zlib.crc32(files[name]) == crc, f"{name} in the zip is damaged")
    end = struct.pack("<4H2LH", 0, 0, len(files), len(files), len(directory), at, 0)
    need(files and data[at:] == directory + b"PK\5\6" + end)
    return files


def check_files(files, needed):
    """Each is one that the format knows, none is missing, and SHA256SUMS lists what they are."""
    odd = ", ".join(sorted(needed.symmetric_difference(files)))
    hold("bundle", 0, "files", not odd, f"missing, or no file of a bundle: {odd}")
    told = str(files.pop("SHA256SUMS", b""), "utf-8", "surrogateescape")
    lines = {name: f"{sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)}
    listed = {*told.splitlines(keepends=True)}
    wrong = ", ".join(name for name, line in lines.items() if line not in listed) or "other lines"
    hold("bundle", 0, "files", told == "".join(lines.values()), f"SHA256SUMS does not fit: {wrong}")


# ---------------------------------------------------------------- what is read: lines of one form, and JSON


def form(line):
    """Matches what has this form: with texts of JSON in ASCII, and numbers without leading zeros."""
    for word, pattern in (
        ("GIVEN", r"([0-9a-f]{32} [^\t]*|withheld (?:masked|scope|genetic|redacted NUMBER))"),
        ("TEXT", r'[ !#-\[\]-~]*(?:\\(?:["\\bfnrt]|u[0-9a-f]{4})[ !#-\[\]-~]*)*'),
        ("TIME", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
        ("NUMBER", "(?:0|[1-9][0-9]{0,17})"),
        ("HASH", "[0-9a-f]{64}"),
    ):
        line = line.replace(word, pattern)
    return re.compile(line.encode() + rb"\Z").match


MANIFEST = form(
    "trialog-bundle/2\napp_version [!-~]+\nas_of TIME\nmasked (yes|no)\nparticipant ([A-Z0-9-]+|all)\n"
    "role [a-z_]+\n(?:system (_system) NUMBER HASH\n)?trial ([A-Za-z0-9._-]+) NUMBER HASH\n"
    "((?:log .+\n|witness .+\n){0,1000}quorum none\n)"
    r"((?:record [!-~]+ (?:[a-z0-9_/-]|\{[a-z_]+\}){1,100} \{[!-~]*\}\n)*)"
)
LINES = re.compile(b".*\n|.+").finditer  # Nothing but what stands in them is copied.
SUBTREE = form("(HASH)\t([1-5]?[0-9])\n")
LINE = form(
    '([^\t]*)\t({"actor":"(TEXT","command":NUMBER),"effective_at":"TEXT"(?:,"envelope":"(?P<opens>HASH)")?,'
    '"fact":"(HASH)","log":"(TEXT","position":NUMBER),"protocol_version":"(TEXT)","recorded_at":"(TIME",'
    '"role":"TEXT)","stream":"(TEXT)","topic":"(TEXT)","v":1,"version":(NUMBER)})\tGIVEN\t(?(opens)GIVEN)\n'
)
ENVELOPE = form(
    '{"actor":"(TEXT)","app_version":"TEXT","authentication":"TEXT","causation_id":"TEXT",'
    '"command_id":"TEXT","correlation_id":"TEXT","delegation":"TEXT","digest":"TEXT","first":(NUMBER),'
    '"kind":"TEXT","last":(NUMBER),"name":"TEXT","origin":"TEXT","origin_id":"TEXT","reason_code":"TEXT",'
    '"reason_text":"TEXT","recorded_at":"(TEXT","role":"TEXT)","session":"TEXT","site":"TEXT"}'
)
# Why a fact may be withheld: of the streams that a part leaves out, and of those that it is about.
GROUNDS = ("scope", "masked", "genetic", "redacted"), ("masked", "genetic", "redacted")
SAID = {  # The facts that verification must know of, by topic, and the fields that it reads.
    b"log.checkpoint_signed.v1": {"log": str, "origin": str, "size": int, "root": str},
    b"log.incarnation_declared.v1": {"origin": str, "restored": int, "lost_from": int, "lost_to": int},
    b"log.key_registered.v1": {"vkey": str},
    b"log.key_rotated.v1": {"origin": str, "old": str, "new": str},
    b"log.renewed.v1": {"log": str, "note": str},
    b"record.signed.v1": {"record": str, "covers": int, "facts": int, "content": str},
    b"record.verified.v1": {"record": str, "covers": int, "facts": int, "content": str},
    b"redaction.made.v1": {"position": int, "part": str},
    b"trial.data_cut_named.v1": {"position": int, "root": str},
    b"trial.protocol_adopted.v1": {"document": str, "version": str},
    b"trial.protocol_amended.v1": {"document": str, "version": str},
}


def is_odd(text):
    """Whether some Python may not read it: each has a longest number and a deepest nesting."""
    return re.search("[0-9]{101}", text) or text.count("[") + text.count("{") > 500


def json_of(text):
    """What JSON says, if outside of texts, which an escaped quote neither begins nor ends, it is not odd."""
    need(not is_odd(text) or not is_odd(re.sub('"[^"]*"?', "", text.replace(r"\\", "").replace(r"\"", ""))))
    return json.loads(text)


# ---------------------------------------------------------------- what is read: keys, notes, policies of C2SP


def base64(text):
    data = b64decode(text, validate=True)
    need(b64encode(data).decode() == text)
    return data


def key_of(vkey):
    """The name of a key, its id, its kind (1: of a log, 4: of a witness) and its public half."""
    name, number, public = re.match(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)\Z", vkey.strip()).groups()
    data = base64(public)
    need(len(data) == 33 and data[0] in (1, 4))
    need(sha256(f"{name}\n".encode() + data).hexdigest()[:8] == number)
    return name, number, data[0], data[1:]


def note_of(note):
    """The text of a note, and its signatures by the name and the id of the key."""
    text, lines = re.match(r"(.*\n)\n((?:— [^\s+]+ \S+\n){1,100})\Z", note, re.DOTALL).groups()
    signatures = [(name, base64(value)) for _, name, value in map(str.split, lines.splitlines())]
    need(all(len(value) > 4 for _, value in signatures) and not re.search(r"[\0-\t\x0b-\x1f]", note))
    return text, {(name, value[:4].hex()): value[4:] for name, value in reversed(signatures)}


def checkpoint_of(note):
    """The checkpoint that a note is: how many entries, the text, origin, root and signatures."""
    text, signatures = note_of(note)
    origin, size, root = re.match(r"(.+)\n(0|[1-9][0-9]{0,18})\n(.+)\n\Z", text).groups()
    need(len(base64(root)) == 32)
    return int(size), text, origin, base64(root), signatures


class Policy:
    """The keys that count, each with a witness's name, and which witnesses are enough (C2SP tlog-policy)."""

    def __init__(self, text):
        self.keys, self.groups, self.quorum = [], {"none": (0, [])}, None
        need(not re.search(r"[\0-\x08\x0b-\x1f\x7f]", text))
        for kind, *words in filter(None, (re.findall(r"[^ \t]+", line) for line in text.split("\n"))):
            known = {name for name, _ in self.keys if name} | set(self.groups)
            if kind in ("log", "witness") and len(words) - (kind == "witness") in (1, 2):
                name, key = ("", key_of(words[0])) if kind == "log" else (words[0], key_of(words[1]))
                need(name not in known and key[2] == {"log": 1, "witness": 4}[kind])
                need(all(key[2:] != other[2:] for _, other in self.keys))
                self.keys.append((name, key))
            elif kind == "group" and len(words) > 2 and words[0] not in known:
                name, least, *members = words
                least = {"any": "1", "all": str(len(members))}.get(least, least)
                need(re.match(r"[1-9][0-9]{0,8}\Z", least) and int(least) <= len({*members}) == len(members))
                need(set(members) <= known.difference(["none"], *(each[1] for each in self.groups.values())))
                self.groups[name] = int(least), members
            elif kind == "quorum" and len(words) == 1 and words[0] in known and not self.quorum:
                self.quorum = words[0]
            else:
                need(kind[0] == "#")
        need(self.quorum)

    def met(self, witnesses):
        have = {*witnesses}
        for name, (least, members) in self.groups.items():  # What a group names stands above it.
            have.update([name] if len(have.intersection(members)) >= least else [])
        return self.quorum in have


# ---------------------------------------------------------------- what is hashed: the tree (RFC 6962)


def grow(nodes, hashed=sha256):
    """To complete subtrees, by level and by place in it, add those of which both halves are known."""
    for below, level in zip(nodes, nodes[1:]):
        for place, left in below.items():
            if not place & 1 and place + 1 in below:
                level[place >> 1] = hashed(b"\1" + left + below[place + 1]).digest()


def root_of(nodes, size, hashed=sha256):
    """The root over the first leaves; None where it does not follow from the subtrees that are known."""
    peaks = [level.get((size >> each) - 1) for each, level in enumerate(nodes) if size >> each & 1]
    if None in peaks:
        return None
    return reduce(lambda right, left: hashed(b"\1" + left + right).digest(), peaks or [hashed(b"").digest()])


# ---------------------------------------------------------------- what is signed: Ed25519 (RFC 8032)

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point(y, sign):
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    for turn in (1, pow(2, (P - 1) // 4, P)):
        x = pow(square, (P + 3) // 8, P) * turn % P
        if x * x % P == square:
            x = -x % P if x & 1 != sign else x
            return x, y % P, 1, x * y % P
    return None


BASE = point(4 * pow(5, P - 2, P), 0)


def ed25519(public, signature, message):
    y, s = int.from_bytes(public, "little"), int.from_bytes(signature[32:], "little")
    a = point(y & (2**255 - 1), y >> 255) if len(public) == 32 else None
    if a is None or len(signature) != 64 or s >= L:
        return False
    h = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % L
    minus_a, q = (P - a[0], a[1], 1, P - a[3]), (0, 1, 1, 0)
    for bit in reversed(range(253)):  # q: s times the base point, less h times the key
        q = add(q, q)
        q = add(q, BASE) if s >> bit & 1 else q
        q = add(q, minus_a) if h >> bit & 1 else q
    x, y, z = q[0], q[1], pow(q[2], P - 2, P)
    return (y * z % P | (x * z % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# ---------------------------------------------------------------- what is compared: one log


class Log:
    """One log of a bundle: all of it, or what of it is about a `subject`, a stream."""

    def __init__(self, part, name, subject, files, masked, forms):
        self.part, self.name, self.subject, self.masked, self.forms = part, name, subject, masked, forms
        self.origin, self.files, self.hold = f"trialog/{name}", files, partial(hold, part)
        found, self.ledger = map(NOTE.match, sorted(files)), f"{part}/ledger.txt"
        self.notes = [(name[0], name[1], int(name[3])) for name in found if name and name[2] == part]
        self.nodes, self.said, self.facts = [{} for _ in range(99)], defaultdict(list), defaultdict(list)
        self.protocols, self.in_force, self.openers, self.withheld, self.told = {}, {b""}, [], [], []
        self.signed_to = 0  # how many entries the newest checkpoint that counts is of

    def scan(self):
        """Go over the lines: an entry with what it commits to, or the hash of a subtree that is not here."""
        log, subject, leaves = f'{self.name}","position":'.encode(), self.subject.encode(), self.nodes[0]
        forms, facts, versions, count, clock = self.forms, self.facts, defaultdict(int), 0, b""
        command, upto = None, END  # who wrote it when, and its last position
        for each in LINES(self.files.get(self.ledger, b"")):
            line = each[0]
            subtree = subject and SUBTREE(line)
            level = int(subtree[2]) if subtree else 0
            if subtree and count % 2**level == 0:
                self.nodes[level][count >> level] = unhexlify(subtree[1])
                count += 2**level
                continue
            count += 1
            number, found = b"%d" % count, LINE(line)
            if not found or len(found[2]) > 65535:
                self.hold(count, "line", False)
                continue
            told, entry, head, opens, fact, place, under, tail, stream, topic, nth, sent, envelope = (
                found.groups()
            )
            leaf = leaves[count - 1] = sha256(b"\0" + entry).digest()
            if hexlify(leaf) != told:
                self.hold(count, "tree", False)
            if place != log + number:
                self.hold(count, "place", False)
                continue
            if tail[:27] < clock:
                self.hold(count, "clock", False)
            clock = max(clock, tail[:27])
            if opens:
                right = head.endswith(b":" + number) and (subject or upto in (END, count - 1))
                command, upto = (head, tail), END
                self.openers.append(count)
                data = self.given(count, "envelope", opens, envelope, ("genetic", "redacted"))
                told = data and ENVELOPE(data[16:])
                fits = told and (b'%s","command":%s' % told.group(1, 2), told[4]) == command
                upto = int(told[3]) if fits and int(told[3]) >= count else END
                self.hold(count, "envelope", not data or upto != END)
            else:
                right = (head, tail) == command and count <= upto
            if not right:
                self.hold(count, "command", False)
            own, read = not subject or stream in (subject, b"log/_self"), topic in SAID
            data = self.given(count, "fact", fact, sent, () if own and read else GROUNDS[own])
            if subject and under not in self.in_force:
                self.hold(count, "protocol", False)
            if data and read:
                self.learn(count, stream, topic, data[16:])
            if topic in forms:
                facts[stream].append((count, forms[topic], data, leaf))
            versions[stream] += own
            if versions[stream] != int(nth) if own else data and not read:
                self.hold(count, "place", False)
        self.count, self.clock = count, clock.decode()
        grow(self.nodes)

    def given(self, position, what, commits, column, grounds):
        """Salt and bytes that an entry commits to; None when they are withheld, or are others."""
        if column[:9] != b"withheld ":
            data = unhexlify(column[:32]) + column[33:]
            right = sha256(data).digest() == unhexlify(commits)
            return data if right else self.hold(position, what, False)
        self.withheld.append((position, what, column[9:].decode(), grounds))
        return None

    def learn(self, position, stream, topic, data):
        """What a fact says that verification must know of."""
        with reading(self.part, position, "fact"):
            said = {"root": "", **json_of(data.decode())}
            "".join(str(said[name]) for name in SAID[topic]).encode()  # Half a character is no text.
            need(all(type(said[name]) is kind for name, kind in SAID[topic].items()))
            for name in {"vkey", "old", "new"}.intersection(SAID[topic]):
                said[name] = key_of(said[name])
                need(name == "vkey" or said[name][2] == 1)
            need(topic != b"log.checkpoint_signed.v1" or len(base64(said["root"])) == 32)
            self.said[topic.decode()].append((position, stream.decode(), said))
            if "document" in SAID[topic]:
                self.protocols[position] = said["document"].encode()
                self.in_force.add(json.dumps(said["version"])[1:-1].encode())

    def judge(self, given, claims, policy, known):
        """Hold what is said of the log against it: by checkpoints, by the system log, and by itself."""
        declared = max((each[0] for each in self.said["log.incarnation_declared.v1"]), default=0)
        self.lives = [(self.origin, END, range(0))]
        for _, _, said in self.said["log.incarnation_declared.v1"]:
            lost = range(said["lost_from"], said["lost_to"] + 1) if said["lost_from"] else range(0)
            self.lives[-1:] = (self.lives[-1][0], said["restored"], lost), (said["origin"], END, range(0))
        for name, upto, lost in self.lives[:-1]:
            self.told += [f"  was {name} to {upto}; declared anew, {lost.stop - lost.start} signed lost"]
        names, newest = [life[0] for life in self.lives], (0, "", [], {})
        pinned = policy and any(key[0] in names for name, key in policy.keys if not name)
        self.policy = policy if pinned else known
        notes = sorted([*self.checkpoints(), *given], key=lambda each: each[:2])
        for size, text, origin, root, signatures in reversed(notes):  # The newest vouch for those before.
            wrong = self.wrong(origin, size, root)
            self.hold(min(size, self.count), wrong, not wrong)
            if wrong == "":
                signers, witnesses = self.signed("signature", size, text, origin, signatures)
                if signers and newest[1] in ("", text):
                    newest = size, text, newest[2] or signers, {**witnesses, **newest[3]}
                    self.signed_to = size
        size, _, signers, witnesses = newest
        self.hold(declared, "checkpoint", declared <= size)
        self.hold(0, "policy", pinned or not policy or self.part == "system")
        self.hold(size, "policy", not pinned or (size and self.policy.met(witnesses)))
        for _, _, said in claims:
            if said["log"] == self.name and said["size"] <= self.count:
                wrong = self.wrong(said["origin"], said["size"], base64(said["root"]))
                self.hold(said["size"], "system", not wrong)
        for position, _, said in self.said["trial.data_cut_named.v1"]:
            root = 0 < said["position"] <= self.count and root_of(self.nodes, said["position"])
            self.hold(position, "cut", self.subject or said["root"] in ("", root and root.hex()))
        whose = "" if pinned or not signers else ", a key that the bundle names itself"
        self.told += [f"  signed to {size} by {', '.join(signers) or 'nobody'}{whose}"]
        for name, seconds in witnesses.items():
            self.told += [f"  cosigned by {name} at {strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(seconds))}"]
        if size < self.count:
            self.told += [f"  entries {size + 1} to {self.count} are after the last checkpoint"]

    def wrong(self, origin, size, root):
        """In which respect a root at a size is not that of the log; None if it was declared lost."""
        upto, lost = next((life[1:] for life in self.lives if life[0] == origin), (-1, ()))
        if size in lost:
            return None
        if not 0 <= size <= min(upto, self.count):
            return "checkpoint"
        known = root_of(self.nodes, size)
        return "" if known == root else "root" if known else "proof"

    def checkpoints(self):
        """The signed checkpoints in the bundle. Time stamps must be over one."""
        for name, stem, size in self.notes:
            with reading(self.part, size, "checkpoint", f"{name} is of no such checkpoint"):
                checkpoint = checkpoint_of(str(self.files[f"{stem}.note"], "utf-8"))
                need(checkpoint[0] == size)
                if name == f"{stem}.note":
                    yield checkpoint
                else:
                    need(sha256(checkpoint[1].encode()).digest() in bytes(self.files[name]))
                    self.told += [f"  not checked: the time stamp {name}; 'openssl ts -verify' does that"]

    def signed(self, check, size, text, origin, signatures):
        """Which keys of that name signed a text, and which witnesses cosigned it when."""
        signers, witnesses = [], {}
        turns = [each for each in self.said["log.key_rotated.v1"] if each[2]["origin"] == origin]
        due = [said["new"] for place, _, said in turns if place <= size]
        next_one = [("", said["old"]) for place, _, said in turns[len(due) :] if place <= self.signed_to][:1]
        for name, key in dict.fromkeys(self.policy.keys + next_one):
            if key[:2] in signatures:
                value = signatures[key[:2]]
                seconds = int.from_bytes(value[:8], "big")
                message = f"cosignature/v1\ntime {seconds}\n{text}" if name else text
                right = ed25519(key[3], value[8:] if name else value, message.encode())
                self.hold(size, check, right, f"the signature of {key[0]} is not of its key")
                if right and name:
                    witnesses[name] = min(seconds, 253402300799)  # No later time has a form.
                elif right and key[0] == origin:
                    signers.append(key)
        signers = [f"{key[0]}+{key[1]}" for key in signers if {*due[-1:]} <= {*signers}]
        self.hold(size, check, signers)
        return signers, witnesses

    def check_withheld(self):
        """Is there a ground for what is withheld: masking, scope, genetic data in a protocol, a redaction?"""
        genes = any(b'"data_class":"genetic"' in each for each in self.protocols.values())
        right = {"masked": self.masked, "scope": self.subject, "genetic": genes}
        for order, _, said in self.said["redaction.made.v1"]:
            place = said["position"]
            if said["part"] == "envelope":  # Of the command that the fact there is of.
                place = max((each for each in self.openers if each <= place), default=0)
            right[place, said["part"], f"redacted {order}"] = True
        for position, what, ground, grounds in self.withheld:
            is_right = right.get(ground) or right.get((position, what, ground))
            self.hold(position, "withheld", is_right and ground.split()[0] in grounds)
            self.told += [f"  withheld at {position}: the {what}, {ground}"]

    def check_renewals(self, told):
        """Hold every renewal of the log: who signed it, and the tree made anew where all is here."""
        for position, _, said in told:
            with reading("system", position, "renewal"):
                text, signatures = note_of(said["note"])
                form = "trialog-renewal/1\n(.+)\n([1-9][0-9]{0,18})\n(sha512|sha3-256|sha3-512)\n(.+)\n\\Z"
                origin, size, algorithm, root = re.match(form, text).groups()
                size, root = int(size), base64(root)
                if said["log"] == self.name and size <= self.count:
                    self.hold(size, "renewal", any(origin == life[0] for life in self.lives))
                    self.signed("renewal", size, text, origin, signatures)
                    here = not self.subject and all(each[0] > size for each in self.withheld)
                    self.hold(size, "renewal", not here or self.renewed(size, algorithm) == root)
                    more = "" if here else "; not made again: not all is here"
                    self.told += [f"  renewed under {algorithm} to {size}{more}"]

    def renewed(self, size, algorithm):
        """The root over the first entries under another algorithm."""
        nodes, hashed = [{} for _ in range(61)], getattr(hashlib, algorithm.replace("-", "_"))
        for place, line in zip(range(size), LINES(self.files[self.ledger])):
            _, entry, *given = line[0][:-1].split(b"\t")
            fresh = [hashed(unhexlify(each[:32]) + each[33:]).hexdigest().encode() for each in given if each]
            nodes[0][place] = hashed(b"\0" + b"\n".join([entry, *fresh])).digest()
        grow(nodes, hashed)
        return root_of(nodes, size, hashed)

    def check_covered(self):
        """Is what signatures and verifications of records cover what stood there, hash by hash?"""
        paths = {}
        for position, stream, said in self.said["record.signed.v1"] + self.said["record.verified.v1"]:
            with reading(self.part, position, "covered"):
                if stream not in paths:
                    paths[stream] = list(map(placed, self.facts[stream.encode()]))
                record, facts = said["record"], [each for each in paths[stream] if each[0] <= said["covers"]]
                if record != "casebook":
                    if any(path is None for _, path, _ in facts):
                        self.told += [f"  not checked: what is signed at {position} covers what is withheld"]
                        continue
                    facts = [each for each in facts if f"{each[1]}/".startswith(f"{record}/")]
                lines = [f"trialog/covered/v1 {self.name} {stream.partition('/')[2]} {record}\n"]
                lines += [f"{place} {leaf.hex()}\n" for place, _, leaf in facts]
                content = sha256("".join(lines).encode()).hexdigest()
                need((len(facts), content) == (said["facts"], said["content"]))


def placed(fact):
    """A fact by its path within the casebook, a form with its fields; None where these are withheld."""
    position, (path, defaults), data, leaf = fact
    if "{" in path:
        said = data and {**defaults, **json_of(data[16:].decode())}
        need(not data or all(type(said[name]) in (int, str) for name in re.findall("{(.*?)}", path)))
        path = data and path.format_map(said)
    return position, path, leaf


# ---------------------------------------------------------------- what is told: the whole bundle


def verify(path, policy, notes):
    """Verify the bundle at a path; tells of each part in lines, and leaves what it finds in FOUND."""
    files, known = {}, None
    with reading("bundle", 0, "container"):
        files = files_of(path)
    with reading("bundle", 0, "manifest"):
        manifest = bytes(files["manifest.txt"])
        said = [(each or b"").decode() for each in MANIFEST(manifest).groups()]
        masked, participant, system, log, keys, records = said
        rows = [line.split(" ") for line in records.splitlines()]
        forms = {topic.encode(): (path, json_of(defaults)) for _, topic, path, defaults in rows}
        known = Policy(keys)
    if known is None:
        return []
    subject = "" if participant == "all" else f"participant/{participant}"
    trial = Log("trial", log, subject, files, masked == "yes", forms)
    about = Log("system", system, f"log/{log}", files, masked == "yes", {})
    needed, claims = set(FIXED.split()), []
    for each in (about, trial) if system else (trial,):
        given = [note for note in notes if f"{note[2]}/".startswith(f"{each.origin}/")]
        notes = [note for note in notes if note not in given]
        each.scan()
        name, root = f"{each.part} {each.name}", (root_of(each.nodes, each.count) or b"").hex()
        hold("bundle", 0, "manifest", f"\n{name} {each.count} {root}\n".encode() in manifest)
        each.told += [f"{name}, {'in part' if each.subject else 'whole'}, {each.count} entries, root {root}"]
        each.judge(given, claims, policy, known)
        each.check_withheld()
        claims = each.said["log.checkpoint_signed.v1"]
        needed |= {each.ledger, *(name for name, _, _ in each.notes)}
    given = [key[0] for name, key in policy.keys if not name] if policy else []
    missed = not system and any(f"{name}/".startswith("trialog/_system/") for name in given)
    hold("bundle", 0, "policy", not missed, "the system log, of which a key was given, is not here")
    hold("bundle", 0, "manifest", subject or f"\nas_of {trial.clock}\n".encode() in manifest)
    hold("bundle", 0, "checkpoint", not notes, "a checkpoint that was given is of no log in the bundle")
    for position, document in trial.protocols.items():
        needed.add(f"protocols/{position}.json")
        hold("trial", position, "protocol", files.get(f"protocols/{position}.json") == document)
    check_files(files, needed)
    if not FOUND:
        trial.check_renewals(about.said["log.renewed.v1"])
        trial.check_covered()
    missing = [] if system else ["no system log is here: what else was signed of the trial is not told"]
    return [*trial.told, *about.told, *missing]


def shown(line):
    """A line as a terminal can be given it: nothing of a bundle may move its cursor or hide what follows."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in line)


def main():
    gc.disable()  # nothing here holds itself
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("path", metavar="FOLDER_OR_ZIP", type=Path)
    parser.add_argument("--key", metavar="VKEY", action="append", default=[], help="a log's key that counts")
    parser.add_argument("--policy", metavar="FILE", type=Path, help="a C2SP policy: keys, witnesses, quorum")
    parser.add_argument("--note", metavar="FILE", type=Path, action="append", default=[], help="a checkpoint")
    asked = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        text = asked.policy.read_bytes().decode() if asked.policy else "quorum none"
        policy = Policy("\n".join([text, *(f"log {key}" for key in {*asked.key} - {*text.split()})]))
        notes = [checkpoint_of(note.read_bytes().decode()) for note in asked.note]
        asked.path.stat()
    except UNREADABLE as error:
        parser.error(str(error))
    for line in verify(asked.path, policy if asked.key or asked.policy else None, notes):
        print(shown(line))
    for (part, check), (position, what) in sorted(FOUND.items(), key=lambda each: (each[0][0], each[1][0])):
        print(shown(f"FAIL {part}{f' at {position}' if position else ''}: {what} [{check}]"))
    print("NOT verified" if FOUND else "verified")
    sys.exit(3 if FOUND else 0)


if __name__ == "__main__":
    main()
