"""The members of a tar, one after the other (POSIX pax and ustar, GNU's long names).

The library's own reader looks for pax records with a regular expression that needs, up to CPython 3.11.9 and 3.12.5,
the square of their length (CVE-2024-6232) and lets no other thread work meanwhile. This one takes steps of bounded
length, and only reads what a scan asks for: names, kinds, where links point, bytes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError

if TYPE_CHECKING:
    from ecrmock.domain.vulnerabilities.inventory.streams import Meter

_BLOCK = 512
_HEADERS = 1 << 20
"""Bytes of headers before one file: long names, extended attributes, maps of sparse files."""
_LONGEST = 4096
"""Of a name that is looked at, in bytes: Linux' longest path."""
_OCTAL = re.compile(rb"[ \0]*([0-7]{1,12})?[ \0]*")
_PAX, _PAX_GLOBAL, _GNU_NAME, _GNU_LINK, _GNU_SPARSE = b"x", b"g", b"L", b"K", b"S"
_BEFORE = frozenset({_PAX, b"X", _PAX_GLOBAL, _GNU_NAME, _GNU_LINK})
"""Headers that say something of the next member; Solaris wrote X for x."""
_FILE, _LINK, _SYMLINK, _FOLDER = b"0", b"1", b"2", b"5"
_FILES = frozenset({_FILE, b"\0", b"7", _GNU_SPARSE})
_EMPTY = frozenset({_LINK, _SYMLINK, b"3", b"4", _FOLDER, b"6"})
"""Kinds that bring no bytes, whatever size they claim."""
_KEYS = {b"path": "name", b"linkpath": "target", b"size": "size", b"GNU.sparse.name": "name"}
"""Records of pax that are looked at."""
_SPARSE = b"GNU.sparse."


@dataclass(slots=True)
class Member:
    """One member; its bytes are there until the next one is asked for."""

    name: str
    kind: bytes
    size: int
    target: str
    sparse: bool
    """Its bytes are pieces with a map; they are not put together here."""

    @property
    def is_file(self) -> bool:
        """A file with bytes of its own."""
        return self.kind in _FILES and not self.is_folder

    @property
    def is_link(self) -> bool:
        """A further name of a file before it."""
        return self.kind == _LINK

    @property
    def is_folder(self) -> bool:
        """A folder."""
        return self.kind == _FOLDER or (self.kind == b"\0" and self.name.endswith("/"))


class Tar:
    """A tar that is read once, from its start to its end."""

    def __init__(self, meter: "Meter") -> None:
        """Read on from this meter."""
        self._meter = meter
        self._left = 0
        """Bytes of the member that were not read, with its padding."""
        self._always: dict[str, bytes] = {}
        """What global headers said of all members."""

    def __iter__(self) -> Iterator[Member]:
        """The members. Raises UnsupportedImageError."""
        while (member := self._next()) is not None:
            yield member

    def data(self, member: Member) -> bytes:
        """The bytes of the member that came last. Raises UnsupportedImageError."""
        self._left -= member.size
        return self._meter.exactly(member.size)

    def _next(self) -> Member | None:
        self._meter.skip(self._left)
        self._left, room, said = 0, _HEADERS, dict(self._always)
        while (block := self._block()) is not None:
            kind, size = block[156:157], _number(block[124:136])
            if kind not in _BEFORE:
                return self._member(block, size, said)
            room -= _padded(size) + _BLOCK
            if room < 0:
                raise UnsupportedImageError("a layer has tar headers of unreasonable length")
            self._heed(kind, self._meter.exactly(_padded(size))[:size], said)
        return None

    def _heed(self, kind: bytes, data: bytes, said: dict[str, bytes]) -> None:
        if kind in {_GNU_NAME, _GNU_LINK}:
            said["name" if kind == _GNU_NAME else "target"] = data.partition(b"\0")[0]
            return
        for record in _records(data):
            if record.key.startswith(_SPARSE):
                said["sparse"] = b"1"
            if key := _KEYS.get(record.key):
                said[key] = record.value
                if kind == _PAX_GLOBAL:
                    self._always[key] = record.value

    def _member(self, block: bytes, size: int, said: dict[str, bytes]) -> Member:
        kind = block[156:157]
        name, target = said.get("name", _name(block, kind)), said.get("target", _text(block[157:257]))
        if "size" in said:
            size = _decimal(said["size"])
        if kind == _GNU_SPARSE:
            self._pass_map(block)
        self._left = 0 if kind in _EMPTY else _padded(size)
        return Member(_shown(name), kind, size, _shown(target), kind == _GNU_SPARSE or "sparse" in said)

    def _pass_map(self, block: bytes) -> None:
        """Further headers with GNU's older map of a sparse file."""
        more = block[482]
        while more:
            more = self._meter.exactly(_BLOCK)[504]

    def _block(self) -> bytes | None:
        """The next header; None at the end. Raises UnsupportedImageError for bytes that are none."""
        block = self._meter.most(_BLOCK)
        if not block or not any(block):  # the end, told or not
            return None
        if len(block) < _BLOCK:
            raise UnsupportedImageError("a layer is cut off")
        said = _number(block[148:156])
        plain = sum(block) - sum(block[148:156]) + 256
        if said != plain and said != plain - 256 * sum(byte > 127 for byte in block[:148] + block[156:]):  # noqa: PLR2004 (some count signed bytes)
            raise UnsupportedImageError("a layer is no tar: a header has a wrong checksum")
        return block


class _Record(NamedTuple):
    key: bytes
    value: bytes


def _records(data: bytes) -> Iterator[_Record]:
    """`LENGTH KEY=VALUE` and a line's end, each; the length counts all of that."""
    place = 0
    while place < len(data) and data[place]:
        blank = data.find(b" ", place, place + 10)
        if blank < 0:
            raise UnsupportedImageError("a layer is no tar: a pax header is broken")
        end = place + _decimal(data[place:blank])
        key, equals, value = data[blank + 1 : end - 1].partition(b"=")
        if not equals or end > len(data) or data[end - 1 : end] != b"\n":
            raise UnsupportedImageError("a layer is no tar: a pax header is broken")
        yield _Record(key, value)
        place = end


def _name(block: bytes, kind: bytes) -> bytes:
    name, prefix = _text(block[:100]), _text(block[345:500])
    return prefix + b"/" + name if prefix and kind != _GNU_SPARSE else name


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]


def _shown(name: bytes) -> str:
    """A name as text; one that no system could have given is cut off, and is of no interest then."""
    return name[: _LONGEST + 1].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Octal digits, or (where the first bit is set) the number itself."""
    if field[0] == 0x80:  # noqa: PLR2004 (GNU's sign for it)
        return int.from_bytes(field[1:])
    match = _OCTAL.fullmatch(field.partition(b"\0")[0])
    if match is None:
        raise UnsupportedImageError("a layer is no tar: a header has a broken number")
    return int(match[1] or b"0", 8)


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 20:  # noqa: PLR2004 (2**64)
        raise UnsupportedImageError("a layer is no tar: a pax header has a broken number")
    return int(digits)


def _padded(size: int) -> int:
    return -(-size // _BLOCK) * _BLOCK
