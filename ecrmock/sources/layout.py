"""A folder as upstream: an OCI image layout, or one for each repository (OCI image-spec, image-layout.md)."""

import os
import stat
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from ecrmock.base.blobs import BLOCK
from ecrmock.base.jsons import loads
from ecrmock.domain import names
from ecrmock.domain.images.manifests import OCI, OCI_INDEX
from ecrmock.domain.pull_through.upstreams import Found, MissingError, UpstreamError

_NAME = "org.opencontainers.image.ref.name"
_FULL_NAME = "io.containerd.image.name"
_LARGEST_INDEX = 16 * 1024 * 1024


class LayoutSource:
    """Finds `name` in FOLDER/name when that is a layout, else among the names in FOLDER's own index.json.

    There an image is called `name:tag`, with a host before it or not; one called by a tag alone is found under every
    name.
    """

    def __init__(self, folder: str, largest: int) -> None:
        """Look into a folder; a manifest is no larger than this."""
        self._folder = Path(folder)
        self._largest = largest

    def check(self) -> None:
        """There is a layout. Raises UpstreamError."""
        if next(self._folder.glob("**/oci-layout"), None) is None:
            raise UpstreamError(f"{self._folder} holds no OCI layout")

    def manifest(self, name: str, reference: str) -> Found:
        """The manifest under a tag or digest. Raises UpstreamError."""
        layout = self._layout(name)
        if ":" in reference:
            return self._found(layout, reference, "")
        entries = _entries(layout)
        called = [each for each in entries if _called(each, name, reference, own=layout != self._folder)]
        if not called:
            raise MissingError(f"{layout} has no image {name}:{reference}")
        digest, kind = called[-1].get("digest"), called[-1].get("mediaType")
        return self._found(layout, str(digest), str(kind or ""))

    def blob(self, name: str, digest: str) -> Iterator[bytes]:
        """The bytes of a layer. Raises UpstreamError."""
        path = _path(self._layout(name), digest)
        try:
            _opened(path).close()
        except FileNotFoundError:
            raise MissingError(f"{path} is not there") from None
        return _blocks(path)

    def close(self) -> None:
        """Nothing was opened."""

    def _layout(self, name: str) -> Path:
        """Where a repository's images are; a name cannot lead out of the folder."""
        if names.repository_fault(name):
            raise MissingError(f"{name!r} is no repository name")
        own = self._folder / name
        try:
            return own if (own / "oci-layout").is_file() else self._folder
        except OSError:  # a name too long for a file, a folder that may not be entered
            return self._folder

    def _found(self, layout: Path, digest: str, kind: str) -> Found:
        path = _path(layout, digest)
        try:
            data = _read(path, self._largest)
        except FileNotFoundError:
            raise MissingError(f"{path} is not there") from None
        return Found(data, kind or _kind(data), digest)


def _path(layout: Path, digest: str) -> Path:
    known = names.digest(digest)
    if known is None:
        raise UpstreamError(f"{layout} names something by {digest!r}, which is no digest")
    return layout / "blobs" / known.algorithm / known.hex


def _entries(layout: Path) -> list[dict[str, Any]]:
    """The descriptors of index.json. Raises UpstreamError."""
    try:
        body = loads(_read(layout / "index.json", _LARGEST_INDEX))
    except FileNotFoundError:
        raise MissingError(f"{layout} has no index.json") from None
    except ValueError:
        raise UpstreamError(f"{layout / 'index.json'} is no JSON") from None
    rows = body.get("manifests") if isinstance(body, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _called(entry: dict[str, Any], name: str, tag: str, *, own: bool) -> bool:
    """Whether an entry is this image; in a layout of the repository's own the tag is enough."""
    annotations = entry.get("annotations")
    called = annotations.get(_NAME) if isinstance(annotations, dict) else None
    full = annotations.get(_FULL_NAME) if isinstance(annotations, dict) else None
    if any(isinstance(each, str) and _without_host(each) == f"{name}:{tag}" for each in (called, full)):
        return True
    return called == tag and (own or full is None)


def _without_host(name: str) -> str:
    """As docker tells a host from a name: it has a dot or a port, or is localhost."""
    first, _, rest = name.partition("/")
    return rest if rest and ("." in first or ":" in first or first == "localhost") else name


def _kind(data: bytes) -> str:
    """The media type of a manifest that nothing describes: its own, else by its members."""
    try:
        body = loads(data)
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    return str(body.get("mediaType") or (OCI_INDEX if "manifests" in body else OCI))


def _read(path: Path, largest: int) -> bytes:
    """A small file whole. Raises FileNotFoundError, UpstreamError."""
    parts, size = [], 0
    with _opened(path) as file:
        while block := _block(file, path):
            parts.append(block)
            size += len(block)
            if size > largest:
                raise UpstreamError(f"{path} is too large")
    return b"".join(parts)


def _blocks(path: Path) -> Iterator[bytes]:
    with _opened(path) as file:
        while block := _block(file, path):
            yield block


def _opened(path: Path) -> FileIO:
    """A regular file, of which alone is known that it ends. Raises FileNotFoundError, UpstreamError."""
    try:
        file = FileIO(path, opener=_at_once)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UpstreamError(f"{path}: {error.strerror}") from error
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise UpstreamError(f"{path} is no regular file")


def _at_once(path: str, flags: int) -> int:
    """Open without waiting for whoever writes into a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _block(file: FileIO, path: Path) -> bytes:
    try:
        return file.read(BLOCK)
    except OSError as error:
        raise UpstreamError(f"{path}: {error.strerror}") from error
