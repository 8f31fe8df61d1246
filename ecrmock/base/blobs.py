"""Where do bytes live? Small ones in memory, large ones in a nameless temporary file, hashed as they arrive."""

import hashlib
import os
import threading
from collections.abc import Iterator
from typing import Protocol

BLOCK = 256 * 1024
SMALL = 1024 * 1024


class SpooledFile:
    """A nameless temporary file that closes with its last user, without a word.

    Written at offsets, never "at the end": what a full disk left half written is written over by the next.
    """

    __slots__ = ("_file", "fileno")

    def __init__(self) -> None:
        """Make it. Raises OSError."""
        from tempfile import TemporaryFile  # noqa: PLC0415 (keeps the start light)

        self._file = TemporaryFile(buffering=0)  # noqa: SIM115 (buffering would hide bytes from pread)
        self.fileno = self._file.fileno()

    def __del__(self) -> None:
        """Close it; one that could not be made has nothing to close."""
        file = getattr(self, "_file", None)
        if file is not None:
            file.close()

    def write(self, data: bytes | bytearray, offset: int) -> None:
        """Write all of it there: a file may take less than it is given. Raises OSError."""
        rest = memoryview(data)
        while rest:
            taken = os.pwrite(self.fileno, rest, offset)
            rest, offset = rest[taken:], offset + taken

    def cut(self, size: int) -> None:
        """Give the room after this size back."""
        os.ftruncate(self.fileno, size)


class Content:
    """Immutable bytes that can be read by many at once; an open reader outlives a deletion."""

    __slots__ = ("_data", "_file", "size")

    def __init__(self, size: int, data: bytes | None, file: SpooledFile | None) -> None:
        """Hold the bytes themselves, or the file that has them."""
        self.size = size
        self._data = data
        self._file = file

    def blocks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes from start to stop in blocks of at most 256 KiB."""
        stop = self.size if stop is None else min(stop, self.size)
        if self._data is not None:
            if start < stop:
                yield self._data[start:stop]
            return
        file = self._file
        if file is None:  # pragma: no cover (one of the two is always there)
            return
        while start < stop:
            block = os.pread(file.fileno, min(BLOCK, stop - start), start)
            if not block:  # pragma: no cover (nobody truncates a sealed file)
                raise OSError("a temporary file lost its end")
            start += len(block)
            yield block

    def read(self) -> bytes:
        """All bytes; for manifests and other small things."""
        return b"".join(self.blocks())

    def digest(self, algorithm: str) -> str:
        """The hex digest by an algorithm that hashlib knows."""
        hasher = hashlib.new(algorithm)
        for block in self.blocks():
            hasher.update(block)
        return hasher.hexdigest()


class Writer:
    """Bytes of one upload as they arrive: appended, hashed, and rewound to an offset that was agreed on.

    One thread at a time; the domain's lease sees to that.
    """

    __slots__ = ("_clean", "_data", "_file", "_hash", "_hashing", "_mark", "_others", "_turn", "size")

    def __init__(self, hashing: threading.Semaphore) -> None:
        """Be empty; hash large blocks only while holding the semaphore, so that API calls stay quick."""
        self.size = 0
        self._data = bytearray()
        self._file: SpooledFile | None = None
        self._hash = hashlib.sha256()
        self._mark = (0, self._hash.copy())
        self._hashing = hashing
        self._others: dict[str, tuple[int, str]] = {}
        self._turn = 0
        self._clean = True
        """Whether bytes and hash are those of `size`; not while a write is under way, nor after one that failed."""

    def write(self, block: bytes) -> None:
        """Append bytes: kept first, then hashed, then counted. Raises OSError where there is no room for them.

        After a failure only `rewind` may follow.
        """
        if not self._clean:
            raise OSError("a write failed before this one")
        self._clean = False
        self._others.clear()
        self._turn += 1
        self._keep(block)
        if len(block) > SMALL // 16:
            with self._hashing:
                self._hash.update(block)
        else:
            self._hash.update(block)
        self.size += len(block)
        self._clean = True

    def _keep(self, block: bytes) -> None:
        if self._file is None and self.size + len(block) > SMALL:
            self._spool()
        if self._file is None:
            self._data += block
        else:
            self._file.write(block, self.size)

    def _spool(self) -> None:
        """Go on in a file; until it has all that was kept so far, the memory has."""
        file = SpooledFile()
        file.write(self._data, 0)
        self._file, self._data = file, bytearray()

    def mark(self) -> None:
        """Remember the hash at this size, so that rewinding here costs nothing."""
        self._mark = (self.size, self._hash.copy())

    def rewind(self, size: int) -> None:
        """Forget the bytes after this size, and whatever a write that failed left behind.

        Raises ValueError for more than there are: what was never written cannot count.
        """
        if size == self.size and self._clean:
            return
        if size > self.size:
            raise ValueError(f"{size} bytes of {self.size}")
        self._clean = False
        self._others.clear()
        self._turn += 1
        self.size = size
        if self._file is None:
            del self._data[size:]
        else:
            self._file.cut(size)
        self._rehash()
        self._clean = True

    def _rehash(self) -> None:
        if self._mark[0] == self.size:
            self._hash = self._mark[1].copy()
            return
        self._hash = hashlib.sha256()
        for block in self.content().blocks():
            self._hash.update(block)
        self.mark()  # the old one may stand beyond what is left

    def sha256(self) -> str:
        """The hex digest of all bytes so far."""
        return self._hash.hexdigest()

    def other(self, algorithm: str) -> str | None:
        """The hex digest by another algorithm; None when that would take long and `compute` has not been called."""
        size, known = self._others.get(algorithm, (-1, ""))
        if size != self.size and self._file is None:
            self.compute(algorithm)
            return self._others[algorithm][1]
        return known if size == self.size else None

    def compute(self, algorithm: str) -> None:
        """Work out a digest by another algorithm; may take seconds, and is void if somebody writes meanwhile."""
        turn, content = self._turn, self.content()
        try:
            digest = content.digest(algorithm)
        except OSError:
            if self._turn == turn:
                raise
            return  # somebody rewound: the file lost its end under us
        if self._turn == turn:
            self._others[algorithm] = (content.size, digest)

    def content(self) -> Content:
        """What was written, to be kept; the writer must not write on while others read it."""
        if self._file is None:
            return Content(self.size, bytes(self._data), None)
        return Content(self.size, None, self._file)


class BlobStore(Protocol):
    """Content by its sha256, and writers by the id of their upload.

    Which repository may see a blob, and how often it is used, is the domain's knowledge.
    """

    def get(self, sha256: str) -> Content | None:
        """The content with this hex digest."""

    def keep(self, sha256: str, content: Content) -> bool:
        """Keep content under its digest; False when it was there already."""

    def forget(self, sha256: str) -> None:
        """Drop content; readers that have it open finish."""

    def writer(self, upload: str) -> Writer:
        """The writer of an upload, made when first asked for."""

    def drop(self, upload: str) -> None:
        """Drop an upload's writer and its bytes."""

    def names(self) -> set[str]:
        """The digests of all content kept."""


class MemoryBlobs:
    """The BlobStore that vanishes with its process."""

    __slots__ = ("_contents", "_hashing", "_writers")

    def __init__(self) -> None:
        """Begin empty."""
        self._contents: dict[str, Content] = {}
        self._writers: dict[str, Writer] = {}
        self._hashing = threading.Semaphore(os.cpu_count() or 1)

    def get(self, sha256: str) -> Content | None:
        """As the protocol says."""
        return self._contents.get(sha256)

    def keep(self, sha256: str, content: Content) -> bool:
        """As the protocol says."""
        if sha256 in self._contents:
            return False
        self._contents[sha256] = content
        return True

    def forget(self, sha256: str) -> None:
        """As the protocol says."""
        self._contents.pop(sha256, None)

    def writer(self, upload: str) -> Writer:
        """As the protocol says."""
        found = self._writers.get(upload)
        if found is None:
            found = self._writers.setdefault(upload, Writer(self._hashing))
        return found

    def drop(self, upload: str) -> None:
        """As the protocol says."""
        self._writers.pop(upload, None)

    def names(self) -> set[str]:
        """As the protocol says."""
        return set(self._contents)
