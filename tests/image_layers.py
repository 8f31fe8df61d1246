"""Layers of images for tests of scanning: tars from paths, dpkg, apk and rpm databases from packages."""

import gzip
import io
import sqlite3
import struct
import tarfile
import tempfile
from pathlib import Path

from constants import LAYER
from images import digest_of

from ecrmock.domain.vulnerabilities.inventory import LayerSource

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'
ALPINE = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n'
ROCKY = 'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.4"\n'


def tar(files, **options):
    """A tar of {path: text, bytes, None (a folder), or a TarInfo (a link, a device)}."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as archive:
        for path, content in files.items():
            info = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(path)
            data = content.encode() if isinstance(content, str) else content
            if content is None:
                info.type = tarfile.DIRTYPE
            if isinstance(data, bytes):
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
            else:
                archive.addfile(info)
    return out.getvalue()


def link(path, target, kind=tarfile.SYMTYPE):
    """A link, symbolic if not said otherwise."""
    info = tarfile.TarInfo(path)
    info.type, info.linkname = kind, target
    return info


def source(data, media_type=LAYER):
    """A layer of these stored bytes."""
    return LayerSource(digest_of(data), media_type, lambda: io.BytesIO(data))


def layer(files, **options):
    """A gzip layer of these files."""
    return source(gzip.compress(tar(files, **options), 1, mtime=0))


def dpkg(*packages):
    """A dpkg status file of (name, version, other fields) rows."""
    rows = []
    for name, version, *more in packages:
        fields = {"Package": name, "Status": "install ok installed", "Architecture": "amd64", "Version": version}
        fields |= more[0] if more else {}
        rows.append("".join(f"{key}: {value}\n" for key, value in fields.items() if value is not None))
    return "\n".join(rows)


def apk(*packages):
    """An apk database of (name, version, origin) rows."""
    return "".join(
        f"C:Q1abc=\nP:{name}\nV:{version}\nA:x86_64\no:{origin}\nF:lib\n\n" for name, version, origin in packages
    )


def header(name, version, release, *, epoch=None, arch="x86_64", source=None):  # noqa: PLR0913 (tags of a header)
    """An RPM header as the database keeps it: counts, index, store; with the immutable region before all tags."""
    texts = {1000: name, 1001: version, 1002: release, 1022: arch}
    texts[1044] = f"{name}-{version}-{release}.src.rpm" if source is None else source
    index, store = [], b""
    for tag, text in texts.items():
        if text is not None:
            index.append((tag, 6, len(store), 1))
            store += text.encode() + b"\0"
    if epoch is not None:
        store += b"\0" * (-len(store) % 4)
        index.append((1003, 4, len(store), 1))
        store += struct.pack(">I", epoch)
    index.sort()
    index.insert(0, (63, 7, len(store), 16))
    store += struct.pack(">iiii", 63, 7, -16 * len(index), 16)
    return struct.pack(">II", len(index), len(store)) + b"".join(struct.pack(">IIII", *row) for row in index) + store


def rpmdb(*blobs, wal=True):
    """An rpmdb.sqlite with these headers, in the mode in which rpm leaves it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "rpmdb.sqlite")
        connection = sqlite3.connect(path)
        if wal:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(blob,) for blob in blobs])
        connection.commit()
        connection.close()
        return path.read_bytes()
