"""Which of a few files does an image have, when its layers lie on each other?

By the OCI image layer specification, read from the top, so that a layer says of a file what no layer above it
has said yet; nothing is unpacked anywhere.
"""

import posixpath
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, NamedTuple, cast

from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError
from ecrmock.domain.vulnerabilities.inventory.streams import PIECE, LayerSource, Meter, check

_HEADERS = 1 << 20
"""Bytes of headers before one file: long names, extended attributes, maps of sparse files."""
_MEMBERS = 2_000_000
_GLOBALS = 64
_HIDDEN, _OPAQUE = ".wh.", ".wh..wh..opq"
_BROKEN = (tarfile.TarError, OSError, EOFError, ValueError, ArithmeticError, IndexError, RecursionError, zlib.error)
"""What tarfile and gzip raise on bytes that are none of theirs; a stored layer's own OSError ends a scan as well."""


class Limits(NamedTuple):
    """How much is read before an image is refused, in bytes."""

    layer: int = 8 << 30
    """Of one layer, decompressed."""
    file: int = 64 << 20
    """Of one file of interest."""
    kept: int = 128 << 20
    """Of all of them."""


@dataclass(frozen=True)
class Places:
    """The paths of interest."""

    read: frozenset[str]
    """Files to read."""
    noted: frozenset[str]
    """Files whose being there is enough."""
    folder: str
    """A folder whose files are read, but not those below its folders."""

    @cached_property
    def around(self) -> frozenset[str]:
        """All of them and the folders above: what replaces one of these removes something of interest."""
        return frozenset(up for path in (*self.read, *self.noted, self.folder) for up in _ups(path))

    def wanted(self, path: str) -> bool:
        """Is there something of interest at this path?"""
        return path in self.read or path in self.noted or posixpath.dirname(path) == self.folder

    def matters(self, path: str) -> bool:
        """Does something of interest go if this path goes?"""
        return not path or path in self.around or posixpath.dirname(path) == self.folder


@dataclass(frozen=True, slots=True)
class TarEntry:
    """What the topmost layer that knows a path says of it."""

    layer: str
    """Its digest."""
    data: bytes = b""
    target: str | None = None
    """Where a symbolic link (or a hard link to a file that is not read) points; it is not followed."""
    size: int = 0
    """Of a file that is only noted, not read."""


@dataclass(slots=True)
class View:
    """The files of interest, as far as the layers read so far decide them."""

    entries: dict[str, TarEntry] = field(default_factory=dict)
    covered: set[str] = field(default_factory=set)
    """Paths that a layer above replaced or removed, with all below them; "" is everything."""

    def decides(self, path: str) -> bool:
        """Has a layer above the next one already said what is at this path?"""
        return path in self.entries or "" in self.covered or any(above in self.covered for above in _ups(path))

    def data(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        entry = self.entries.get(path)
        return None if entry is None or entry.target is not None else entry.data


def look(
    layers: Sequence[LayerSource],
    places: Places,
    enough: Callable[[View], bool],
    limits: Limits = Limits(),  # noqa: B008 (a constant)
) -> View:
    """The files of interest of these layers, bottom first, until `enough`. Raises UnsupportedImageError."""
    view = View()
    for layer in reversed(layers):
        check(layer)
        try:
            with closing(layer.open()) as raw:
                _lay_under(view, layer.digest, Meter(raw, limits.layer), places, limits)
        except _BROKEN as error:
            raise UnsupportedImageError(f"the layer {layer.digest} is no readable tar: {error}") from None
        if enough(view):
            break
    return view


def _lay_under(view: View, digest: str, meter: Meter, places: Places, limits: Limits) -> None:
    """Add what this layer says of paths that no layer above decided."""
    found: dict[str, TarEntry] = {}
    covered: set[str] = set()
    left = limits.kept - sum(len(entry.data) for entry in view.entries.values())
    for tar, path, member in _members(meter):
        folder, name = posixpath.split(path)
        if name == _OPAQUE:
            gone = folder
        elif name.startswith(_HIDDEN * 2):  # aufs' own files
            continue
        elif name.startswith(_HIDDEN):
            gone = posixpath.join(folder, name.removeprefix(_HIDDEN))
        elif places.wanted(path):
            if not view.decides(path):
                found[path] = _entry(tar, member, found, digest, None if path in places.noted else limits.file)
                if sum(len(entry.data) for entry in found.values()) > left:
                    raise UnsupportedImageError(f"the package databases hold more than {limits.kept} bytes")
            continue
        elif member.isdir():
            continue
        else:
            gone = path
        if places.matters(gone):
            covered.add(gone)
    view.entries |= found
    view.covered |= covered


def _entry(
    tar: tarfile.TarFile, member: tarfile.TarInfo, found: dict[str, TarEntry], digest: str, limit: int | None
) -> TarEntry:
    if member.islnk():
        linked = found.get(_clean(member.linkname) or "")
        return linked or TarEntry(digest, target=member.linkname)
    if not member.isreg():  # a link, a folder, a device
        return TarEntry(digest, target=member.linkname)
    if limit is None:
        return TarEntry(digest, size=member.size)
    if member.size > limit:
        raise UnsupportedImageError(f"{member.name} has {member.size} bytes; at most {limit} are read")
    taken = tar.extractfile(member)
    data = taken.read() if taken else b""
    if len(data) != member.size:
        raise UnsupportedImageError(f"the layer {digest} is cut off in {member.name}")
    return TarEntry(digest, data, size=member.size)


def _members(meter: Meter) -> Iterator[tuple[tarfile.TarFile, str, tarfile.TarInfo]]:
    """Each member with its path from the root; absolute ones and those that climb are passed over."""
    meter.until = _HEADERS + 2 * PIECE
    with tarfile.open(fileobj=cast("BinaryIO", meter), mode="r|", bufsize=PIECE, tarinfo=_Member) as tar:
        for _ in range(_MEMBERS):
            meter.until = tar.offset + _HEADERS + 2 * PIECE
            member = tar.next()
            if member is None:
                return
            meter.until = member.offset_data + max(member.size, 0) + _HEADERS + 2 * PIECE
            tar.members = []  # type: ignore[attr-defined] # else it keeps all of them
            if len(tar.pax_headers) > _GLOBALS:
                raise UnsupportedImageError("a layer has too many global headers")
            if path := _clean(member.name):
                yield tar, path, member
    raise UnsupportedImageError(f"a layer has more than {_MEMBERS} files")


class _Member(tarfile.TarInfo):
    """A header of a tar; tarfile takes a broken one for the end, we do not."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Member":
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.TarError as error:
            if not buf or not any(buf):  # the end, told or not
                raise
            raise UnsupportedImageError(f"a layer is no tar: {error}") from None


def _clean(name: str) -> str | None:
    """The path from the root; None for the root, absolute paths and those that climb out."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if name.startswith("/") or ".." in parts else "/".join(parts) or None


def _ups(path: str) -> Iterator[str]:
    """The path and all folders above it, but not the root."""
    while path:
        yield path
        path = posixpath.dirname(path)
