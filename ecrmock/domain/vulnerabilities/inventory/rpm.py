"""Installed packages of Amazon Linux, Red Hat, Fedora, SUSE and their kin: rpm's sqlite database.

Each row holds one header: two counts, an index of 16 byte entries, and a store of values (rpm's own format, read here
with every offset checked, since an image is anybody's).
"""

import re
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.entries import package
from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError

if TYPE_CHECKING:
    import sqlite3

FOLDERS = ("usr/lib/sysimage/rpm", "var/lib/rpm")
FILES = tuple(f"{folder}/rpmdb.sqlite" for folder in FOLDERS)
OLD = {
    f"{folder}/{name}": kind
    for folder in FOLDERS
    for name, kind in (("Packages", "Berkeley DB"), ("Packages.db", "ndb"))
}
"""Databases that are not read, and what they are."""

_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE = 1000, 1001, 1002, 1003, 1022, 1044
_INT32, _STRING, _I18N = 4, 6, 9
_TAGS = frozenset({_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCE})
_PREAMBLE = struct.Struct(">II")
_ENTRY = struct.Struct(">IIII")
_MOST_ENTRIES = 65_535
_MOST_STEPS = 50_000_000
"""Of sqlite's virtual machine: seconds; a database of 5,000 packages needs some 50,000."""
_SCHEMA_STEPS = 20_000
"""While the schema is read: some thousand tables; rpm's has about fifty."""
_LARGEST_VALUE = 32 << 20
"""Of a row, in bytes; headers of the largest packages have a few MiB."""
_MOST_COLUMNS = 32
_PLAIN = re.compile(r"CREATE (TABLE|INDEX|UNIQUE INDEX)\b", re.IGNORECASE)
_BROKEN = "the RPM database is damaged"


def read(data: bytes, layer: str) -> Iterator[Package]:
    """Packages of an rpmdb.sqlite; UnsupportedImageError where it is none or damaged."""
    import sqlite3  # noqa: PLC0415 (late: only scans of such images need it)

    if len(data) < 100 or not data.startswith(b"SQLite format 3\0"):  # noqa: PLR2004 (its header's length)
        raise UnsupportedImageError(f"{_BROKEN}: it is no SQLite file")
    # A file in WAL mode cannot be opened in memory; 1 at both places says that there is no log (fileformat2, 1.3.3).
    copy = data[:18] + b"\x01\x01" + data[20:]
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(copy)
        _distrust(connection)
        for (blob,) in connection.execute("SELECT blob FROM Packages"):
            if not isinstance(blob, bytes):
                raise UnsupportedImageError(f"{_BROKEN}: a row is no header")
            if found := _package(_tags(blob), layer):
                yield found
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError) as error:
        raise UnsupportedImageError(f"{_BROKEN}: {error}") from None
    finally:
        connection.close()


def _distrust(connection: "sqlite3.Connection") -> None:
    """Let nothing in a foreign schema run: only reading a real table, no functions, no views, no endless loops."""
    import sqlite3  # noqa: PLC0415 (see above)

    for limit, most in ((sqlite3.SQLITE_LIMIT_LENGTH, _LARGEST_VALUE), (sqlite3.SQLITE_LIMIT_COLUMN, _MOST_COLUMNS)):
        connection.setlimit(limit, most)
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA cell_size_check=ON")
    connection.set_progress_handler(lambda: 1, _SCHEMA_STEPS)
    _check_schema(connection)
    connection.set_progress_handler(lambda: 1, _MOST_STEPS)
    allowed = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}
    connection.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY)


def _check_schema(connection: "sqlite3.Connection") -> None:
    """Tables and indexes as rpm makes them, and Packages one of plain columns: a schema of others is a program."""
    rows = connection.execute("SELECT type, name, rootpage, substr(sql, 1, 20) FROM sqlite_master").fetchall()
    if [(kind, bool(page)) for kind, name, page, _ in rows if name == "Packages"] != [("table", True)]:
        raise UnsupportedImageError(f"{_BROKEN}: it has no table Packages")
    if not all(kind in {"table", "index"} and _PLAIN.match(sql or "CREATE INDEX") for kind, _, _, sql in rows):
        raise UnsupportedImageError(f"{_BROKEN}: it has more than tables and indexes")
    columns = connection.execute("PRAGMA table_xinfo(Packages)").fetchall()
    if not columns or any(hidden for *_, hidden in columns):
        raise UnsupportedImageError(f"{_BROKEN}: a column of Packages is made of others")


def _tags(blob: bytes) -> dict[int, str]:
    """The values of interest of a header, as text."""
    if len(blob) < _PREAMBLE.size:
        raise UnsupportedImageError(f"{_BROKEN}: a header is cut off")
    count, length = _PREAMBLE.unpack_from(blob)
    store = _PREAMBLE.size + count * _ENTRY.size
    if not 0 < count <= _MOST_ENTRIES or store + length > len(blob):
        raise UnsupportedImageError(f"{_BROKEN}: a header is cut off")
    found: dict[int, str] = {}
    for place in range(_PREAMBLE.size, store, _ENTRY.size):
        tag, kind, offset, _ = _ENTRY.unpack_from(blob, place)
        if tag in _TAGS and tag not in found:
            found[tag] = _value(blob[store : store + length], kind, offset)
    return found


def _value(store: bytes, kind: int, offset: int) -> str:
    """The first value of an entry: a string ends with a zero, a number has four bytes."""
    if kind == _INT32 and offset + 4 <= len(store):
        return str(struct.unpack_from(">I", store, offset)[0])
    end = store.find(b"\0", offset, offset + 1024)
    if kind not in (_STRING, _I18N) or end < 0:
        raise UnsupportedImageError(f"{_BROKEN}: a value is of the wrong kind or length")
    return store[offset:end].decode("utf-8", "replace")


def _package(tags: dict[int, str], layer: str) -> Package | None:
    """The package of a header; None for a key that rpm keeps like a package."""
    name, version, release = (tags.get(tag, "") for tag in (_NAME, _VERSION, _RELEASE))
    if name == "gpg-pubkey":
        return None
    epoch = tags.get(_EPOCH, "0")
    if not version or not release or not epoch.isdecimal():
        raise UnsupportedImageError(f"{_BROKEN}: package {name[:80]!r} has no version or release")
    whole = f"{version}-{release}" if epoch == "0" else f"{epoch}:{version}-{release}"
    parts = tags.get(_SOURCE, "").removesuffix(".src.rpm").removesuffix(".nosrc.rpm").rsplit("-", 2)
    source, built = (parts[0], f"{parts[1]}-{parts[2]}") if len(parts) == 3 else (name, "")  # noqa: PLR2004
    return package(
        "rpm",
        name,
        whole,
        arch=tags.get(_ARCH, ""),
        source=source,
        source_version=whole.replace(f"{version}-{release}", built) if built else whole,
        layer=layer,
    )
