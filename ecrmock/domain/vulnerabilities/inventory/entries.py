"""What dpkg's and apk's databases have in common: paragraphs of fields, and what a name or version can be."""

import re
from collections.abc import Iterator

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.refusals import UnsupportedImageError

_WORD = re.compile(r"[!-~]{1,256}")
_MOST = 200_000


def paragraphs(data: bytes, separator: str) -> Iterator[dict[str, str]]:
    """Fields of each paragraph; lines that go on, or are none, are left out, of two with one name the first holds."""
    fields: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        if not line.strip():
            if fields:
                yield fields
            fields = {}
        elif line[0] not in " \t":
            name, colon, value = line.partition(separator.strip())
            if colon:
                fields.setdefault(name, value.strip())
    if fields:
        yield fields


def package(kind: str, name: str, version: str, **more: str) -> Package:
    """A package; UnsupportedImageError where name or version are none that a package manager would have written."""
    if not _WORD.fullmatch(name) or not _WORD.fullmatch(version):
        raise UnsupportedImageError(f"the {kind} database is damaged: package {name[:80]!r}, version {version[:80]!r}")
    return Package(kind, name, version, **more)


def bounded(packages: Iterator[Package], what: str) -> tuple[Package, ...]:
    """All of them; UnsupportedImageError for more than any image has."""
    found = []
    for each in packages:
        found.append(each)
        if len(found) > _MOST:
            raise UnsupportedImageError(f"{what} lists more than {_MOST} packages")
    return tuple(found)
