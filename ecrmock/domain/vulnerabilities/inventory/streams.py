"""The tar inside a stored layer: decompressed as it is read, and never more of it than allowed."""

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError

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
    """Bytes of a tar, counted: it refuses to give more than `limit`, or more than `until` allows just now."""

    def __init__(self, raw: BinaryIO, limit: int) -> None:
        """A meter on the tar in these stored bytes; UnsupportedImageError for a compression that is not read."""
        self._pull = _decompressed(raw)
        self._limit = limit
        self._ends = 0
        self.until = limit
        """A position that may be read up to, set by who knows how long the next part is."""
        self.position = 0

    def read(self, size: int) -> bytes:
        """Up to this many bytes; tarfile asks on and on at an end inside a file, so the third time is an error."""
        data = self._pull(size)
        self.position += len(data)
        if self.position > self._limit:
            raise UnsupportedImageError(f"a layer holds more than {self._limit} bytes")
        if self.position > self.until:
            raise UnsupportedImageError("a layer has tar headers of unreasonable length")
        self._ends += not data
        if self._ends > 2:  # noqa: PLR2004 (once for the header, once for the padding)
            raise UnsupportedImageError("a layer is cut off")
        return data


def check(layer: LayerSource) -> None:
    """Refuse a layer whose media type is none of a (possibly compressed) tar; its bytes say how it is compressed."""
    kind = layer.media_type.split(";")[0].strip().lower()
    if "encrypted" in kind or not kind.endswith((".tar", ".tar.gzip", ".tar+gzip", ".tar+zstd", ".tar.zstd")):
        raise UnsupportedImageError(f"a layer of type {layer.media_type!r} is no tar")


def _decompressed(raw: BinaryIO) -> Callable[[int], bytes]:
    """The function that reads on, by the first bytes: clients often name another compression than they use."""
    start = raw.read(6)
    whole = io.BufferedReader(_Rest(start, raw), PIECE)
    for magic, name in _FOREIGN.items():
        if start.startswith(magic):
            raise UnsupportedImageError(f"a layer is compressed with {name}; tar, gzip and zstd are read")
    if start.startswith(_GZIP):
        import gzip  # noqa: PLC0415 (late: 4 ms)

        return gzip.GzipFile(fileobj=whole, mode="rb").read
    if start.startswith(_ZSTD):
        return _Zstd(whole).read
    return whole.read


class _Rest(io.RawIOBase):
    """A stream whose first bytes were looked at."""

    def __init__(self, start: bytes, raw: BinaryIO) -> None:
        self._start, self._raw = start, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override] # what BufferedReader gives
        data = self._start[: len(buffer)] or self._raw.read(len(buffer))
        self._start = self._start[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


class _Zstd:
    """Frames one after another; an end inside a frame is an error, which the library's own reader passes over."""

    def __init__(self, raw: BinaryIO) -> None:
        self._pieces = _frames(raw)
        self._held = b""

    def read(self, size: int) -> bytes:
        while not self._held:
            piece = next(self._pieces, None)
            if piece is None:
                return b""
            self._held = piece
        data, self._held = self._held[:size], self._held[size:]
        return data


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
