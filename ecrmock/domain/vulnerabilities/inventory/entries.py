"""What dpkg's and apk's databases have in common: paragraphs of fields, and what a name or version can be."""

import io
import re
from collections.abc import Collection, Iterator

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.refusals import OverBudgetError, UnsupportedImageError

_WORD = re.compile(r"[!-~]{1,256}")
_MOST = 200_000
_MOST_LINES = 2_000_000
"""Of one database; the largest real ones have some hundred thousand."""
_LONGEST = 4000
"""Of a line that is looked at, in bytes."""


def paragraphs(data: bytes, separator: str, wanted: Collection[str]) -> Iterator[dict[str, str]]:
    """These fields of each paragraph, without lines that go on or are none; of two with one name the first holds.

    Line by line, so that nothing grows with what nobody asked for; a value is cut after 4,000 bytes.
    """
    mark, names = separator.strip().encode(), {name.encode(): name for name in wanted}
    fields: dict[str, str] = {}
    for number, line in enumerate(io.BytesIO(data)):
        if number == _MOST_LINES:
            raise OverBudgetError(f"a package database has more than {_MOST_LINES} lines")
        start = line[:_LONGEST]
        if not start.strip():
            if fields:
                yield fields
            fields = {}
            continue
        name, colon, value = start.partition(mark)
        if colon and name in names:
            fields.setdefault(names[name], value.decode("utf-8", "replace").strip())
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
