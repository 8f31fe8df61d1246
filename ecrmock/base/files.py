"""How is a file kept that processes share? Written whole or not at all, never through a link, by one at a time."""

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover (Windows has no such locks; files are whole there too)
    fcntl = None  # type: ignore[assignment]

_OTHERS = 0o077


class UnusableFileError(OSError):
    """The sentence says which file, what is wrong with it, and what to do."""


def write(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Put these bytes in the place of a file: readers see the old ones or the new ones, also after a power cut.

    A link is replaced, not followed. The file has this mode, less what the umask takes away. Raises OSError, and
    leaves nothing behind.
    """
    part = path.with_name(f".ecrmock-{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read(path: Path, *, private: bool = False) -> bytes:
    """The bytes of a plain file.

    Raises OSError; UnusableFileError for what is no file, and for a private one that others than its owner may read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe is not waited for
    with contextlib.ExitStack() as opened:
        opened.callback(os.close, handle)
        found = os.fstat(handle).st_mode
        if not stat.S_ISREG(found):
            raise UnusableFileError(f"{path} is not a file")
        if private and os.name == "posix" and found & _OTHERS:
            raise UnusableFileError(f"{path} is open to others (mode {stat.S_IMODE(found):04o}): chmod 600 {path}")
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read()


def remove(path: Path) -> None:
    """Take a file or a link away; none is no fault. Raises UnusableFileError."""
    try:
        check_file(path)
        path.unlink(missing_ok=True)
    except OSError as error:
        if isinstance(error, UnusableFileError):
            raise
        raise UnusableFileError(f"{path} cannot be removed: {error.strerror}") from None


def remove_folder(folder: Path) -> None:
    """Take a temporary folder away with what is in it, as far as that can be done."""
    shutil.rmtree(folder, ignore_errors=True)


def check_place(path: Path) -> None:
    """Raise UnusableFileError where no file of this name can be written."""
    folder = path.parent
    if not folder.is_dir():
        raise UnusableFileError(f"there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnusableFileError(f"{folder} cannot be written to")
    check_file(path)


def check_file(path: Path) -> None:
    """Raise UnusableFileError for what is there and is neither a file nor a link."""
    try:
        found = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise UnusableFileError(f"{path} cannot be a file: {error.strerror}") from None
    if not stat.S_ISREG(found) and not stat.S_ISLNK(found):
        raise UnusableFileError(f"{path} is not a file")


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Be the only process at work in a folder; others wait. A process that dies lets go. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(folder / ".lock", flags, 0o600)
    try:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
