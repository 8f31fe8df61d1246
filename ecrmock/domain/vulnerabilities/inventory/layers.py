"""Which of a few files does an image have, when its layers lie on each other?

By the OCI image layer specification, read from the top, so that a layer says of a file what no layer above it
has said yet; nothing is unpacked anywhere.
"""

import posixpath
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import cached_property

from ecrmock.domain.vulnerabilities.inventory.budget import Budget
from ecrmock.domain.vulnerabilities.inventory.refusals import OverBudgetError, UnsupportedImageError
from ecrmock.domain.vulnerabilities.inventory.streams import LayerSource, Meter, check
from ecrmock.domain.vulnerabilities.inventory.tars import Member, Tar

_HIDDEN, _OPAQUE = ".wh.", ".wh..wh..opq"
_BROKEN = (OSError, EOFError, ValueError, zlib.error)
"""What gzip raises on bytes that are none of its; a stored layer's own OSError ends a scan as well."""
_LONGEST = 4096
"""Of a path that is looked at: Linux knows no longer one."""


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


def look(layers: Sequence[LayerSource], places: Places, enough: Callable[[View], bool], budget: Budget) -> View:
    """The files of interest of these layers, bottom first, until `enough`. Raises UnsupportedImageError.

    A layer that is listed again is read once: what it says, its topmost place has said.
    """
    view, seen = View(), set[str]()
    for layer in reversed(layers):
        if layer.digest in seen:
            continue
        seen.add(layer.digest)
        check(layer)
        try:
            with closing(layer.open()) as raw:
                _lay_under(view, layer.digest, Tar(Meter(raw, budget)), places, budget)
        except _BROKEN as error:
            raise UnsupportedImageError(f"the layer {layer.digest} is no readable tar: {error}") from None
        if enough(view):
            break
    return view


def _lay_under(view: View, digest: str, tar: Tar, places: Places, budget: Budget) -> None:
    """Add what this layer says of paths that no layer above decided."""
    found: dict[str, TarEntry] = {}
    covered: set[str] = set()
    for path, member in _paths(tar, budget):
        folder, name = posixpath.split(path)
        if name == _OPAQUE:
            gone = folder
        elif name.startswith(_HIDDEN * 2):  # aufs' own files
            continue
        elif name.startswith(_HIDDEN):
            gone = posixpath.join(folder, name.removeprefix(_HIDDEN))
        elif places.wanted(path):
            if not view.decides(path):
                known = _known(member, found, digest, noted=path in places.noted)
                found[path] = known or TarEntry(digest, _data(tar, member, budget), size=member.size)
            continue
        elif member.is_folder:
            continue
        else:
            gone = path
        if places.matters(gone):
            covered.add(gone)
    view.entries |= found
    view.covered |= covered


def _known(member: Member, found: dict[str, TarEntry], digest: str, *, noted: bool) -> TarEntry | None:
    """What is said without bytes; None for a file that is to be read."""
    if member.is_link:
        return found.get(_clean(member.target) or "") or TarEntry(digest, target=member.target)
    if not member.is_file:  # a link, a folder, a device
        return TarEntry(digest, target=member.target)
    return TarEntry(digest, size=member.size) if noted else None


def _data(tar: Tar, member: Member, budget: Budget) -> bytes:
    """The bytes of a file of interest. Raises UnsupportedImageError."""
    if member.sparse:
        raise UnsupportedImageError(f"{member.name} is a sparse file in its layer; such ones are not read")
    if member.size > budget.limits.file:
        raise OverBudgetError(f"{member.name} has {member.size} bytes; at most {budget.limits.file} are read")
    budget.keep(member.size)
    return tar.data(member)


def _paths(tar: Tar, budget: Budget) -> Iterator[tuple[str, Member]]:
    """Each member with its path from the root; absolute ones and those that climb are passed over."""
    for member in tar:
        budget.member()
        if path := _clean(member.name):
            yield path, member


def _clean(name: str) -> str | None:
    """The path from the root; None for the root, absolute paths, those that climb out, too long ones."""
    if len(name) > _LONGEST:
        return None
    parts = [part for part in name.split("/") if part not in ("", ".")]
    return None if name.startswith("/") or ".." in parts else "/".join(parts) or None


def _ups(path: str) -> Iterator[str]:
    """The path and all folders above it, but not the root."""
    while path:
        yield path
        path = posixpath.dirname(path)
