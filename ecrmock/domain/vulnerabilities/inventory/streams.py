"""The tar inside a stored layer: decompressed as it is read, and never more of it than the budget allows."""

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from ecrmock.base.web import media_type
from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError

if TYPE_CHECKING:
    from ecrmock.domain.vulnerabilities.inventory.budget import Budget

PIECE = 1 << 16
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_FOREIGN = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x04\x22\x4d\x18": "lz4"}
_ZSTD_SIP = 256
"""Compressed bytes taken at once: 4 of them can make 128 KiB, so this makes 8 MiB at most."""
_ZSTD_WINDOW = 1 << 27
_NO_ZSTD = "a layer is compressed with zstd, which needs one more library: pip install 'ecrmock[scan]'"


class LayerSource(NamedTuple):
    """One layer, as it is stored."""

    digest: str
    media_type: str
    open: Callable[[], BinaryIO]
    """Its bytes from the start, compressed as they are; whoever calls closes."""


class Meter:
    """Bytes of a layer's tar, paid for out of the image's budget, in steps of 64 KiB."""

    def __init__(self, raw: BinaryIO, budget: "Budget") -> None:
        """A meter on the tar in these stored bytes; UnsupportedImageError for a compression that is not read."""
        self._budget = budget
        self._pull = _decompressed(_Paid(raw, budget))
        self._held, self._at = b"", 0

    def most(self, size: int) -> bytes:
        """So many bytes, fewer at the end."""
        parts, left = [], size
        while left and self._there():
            part = self._held[self._at : self._at + left]
            parts.append(part)
            self._at += len(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def exactly(self, size: int) -> bytes:
        """So many bytes. Raises UnsupportedImageError where there are fewer."""
        data = self.most(size)
        if len(data) < size:
            raise UnsupportedImageError("a layer is cut off")
        return data

    def skip(self, size: int) -> None:
        """Pass over so many bytes. Raises UnsupportedImageError where there are fewer."""
        while size:
            if not self._there():
                raise UnsupportedImageError("a layer is cut off")
            step = min(size, len(self._held) - self._at)
            self._at += step
            size -= step

    def _there(self) -> bool:
        """Is there a byte more?"""
        if self._at == len(self._held):
            self._held, self._at = self._pull(PIECE), 0
            self._budget.spend(len(self._held))
        return bool(self._held)


def check(layer: LayerSource) -> None:
    """Refuse a layer whose media type is none of a (possibly compressed) tar; its bytes say how it is compressed."""
    kind = media_type(layer.media_type)
    if "encrypted" in kind or not kind.endswith((".tar", ".tar.gzip", ".tar+gzip", ".tar+zstd", ".tar.zstd")):
        raise UnsupportedImageError(f"a layer of type {layer.media_type!r} is no tar")


def _decompressed(raw: io.RawIOBase) -> Callable[[int], bytes]:
    """The function that reads on, by the first bytes: clients often name another compression than they use."""
    whole = io.BufferedReader(raw, PIECE)
    start = whole.peek(6)[:6]
    for magic, name in _FOREIGN.items():
        if start.startswith(magic):
            raise UnsupportedImageError(f"a layer is compressed with {name}; tar, gzip and zstd are read")
    if start.startswith(_GZIP):
        import gzip  # noqa: PLC0415 (late: 4 ms)

        return gzip.GzipFile(fileobj=whole, mode="rb").read
    if start.startswith(_ZSTD):
        return _Zstd(whole).read
    return whole.read


class _Paid(io.RawIOBase):
    """Stored bytes; each step costs time, also where nothing comes out of them."""

    def __init__(self, raw: BinaryIO, budget: "Budget") -> None:
        self._raw, self._budget = raw, budget

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # what BufferedReader gives
        self._budget.wait()
        data = self._raw.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Zstd:
    """Frames one after another; an end inside a frame is an error, which the library's own reader passes over."""

    def __init__(self, raw: BinaryIO) -> None:
        self._pieces = _frames(raw)
        self._held = memoryview(b"")

    def read(self, size: int) -> bytes:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = memoryview(piece)
        data, self._held = self._held[:size], self._held[size:]
        return bytes(data)


def _frames(raw: BinaryIO) -> Iterator[bytes]:
    try:
        import zstandard  # noqa: PLC0415 (of an extra)
    except ImportError:
        raise UnsupportedImageError(_NO_ZSTD) from None
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    data = raw.read(_ZSTD_SIP)
    while data:
        frame = decompressor.decompressobj()
        while not frame.eof:
            if not data:
                raise UnsupportedImageError("a layer is cut off")
            try:
                yield frame.decompress(data)
            except zstandard.ZstdError as error:
                raise UnsupportedImageError(f"a layer is no zstd: {error}") from None
            data = b"" if frame.eof else raw.read(_ZSTD_SIP)
        data = frame.unused_data + data or raw.read(_ZSTD_SIP)
