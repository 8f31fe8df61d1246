"""Installed packages of Debian, Ubuntu and distroless images: dpkg's status, or one such file a package."""

import re
from collections.abc import Iterator

from ecrmock.domain.vulnerabilities.findings import Package
from ecrmock.domain.vulnerabilities.inventory.entries import package, paragraphs

STATUS = "var/lib/dpkg/status"
FOLDER = "var/lib/dpkg/status.d"
_FIELDS = ("Package", "Status", "Version", "Architecture", "Source")
_SOURCE = re.compile(r"^(\S+)(?:\s+\(([^)\s]+)\))?$")


def read(data: bytes, layer: str, *, one: bool = False) -> Iterator[Package]:
    """Packages of a status file; `one`: of a file of `status.d`, which says no Status (deb-control(5)).

    Held packages (`hold ok installed`) are installed as well.
    """
    for fields in paragraphs(data, ": ", _FIELDS):
        status = fields.get("Status", "install ok installed" if one else "")
        if "Package" in fields and status.split()[1:] == ["ok", "installed"]:
            name, version = fields["Package"], fields.get("Version", "")
            source = _SOURCE.match(fields.get("Source", name))
            yield package(
                "deb",
                name,
                version,
                arch=fields.get("Architecture", ""),
                source=source[1] if source else name,
                source_version=(source[2] if source else None) or version,
                layer=layer,
            )
