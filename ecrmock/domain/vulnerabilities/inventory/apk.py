"""Installed packages of Alpine and its kin."""

from collections.abc import Iterator

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.entries import package, paragraphs

FILES = ("lib/apk/db/installed", "usr/lib/apk/db/installed")


def read(data: bytes, layer: str) -> Iterator[Package]:
    """Packages of an `installed` file: P name, V version, A architecture, o origin (apk's own format, version 2)."""
    for fields in paragraphs(data, ":", "PVAo"):
        if "P" in fields:
            name, version = fields["P"], fields.get("V", "")
            yield package(
                "apk",
                name,
                version,
                arch=fields.get("A", ""),
                source=fields.get("o") or name,
                source_version=version,
                layer=layer,
            )
